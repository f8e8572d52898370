#pragma once
/// Waits for what ends a command: a signal, its own work, or time.
#include "base/time.h"

namespace fanfare::cli {

/// Holds SIGINT, SIGTERM and SIGHUP back from their usual effect while it exists. Made in the main
/// thread before any other is started, since threads inherit what is held back.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  enum class Reason { Stop, Reload, Done, TimedOut };

  /// Blocks. Stop is SIGINT or SIGTERM, Reload is SIGHUP, Done is done().
  Reason wait();
  Reason wait_for(base::Duration limit);

  /// Ends the wait, now or the next one. From any thread.
  void done();

  /// From here on SIGINT and SIGTERM end the process at once again: for a stop that takes its time.
  void release();

 private:
  Reason wait_milliseconds(int limit);

  int signals_;
  int done_;
};

}  // namespace fanfare::cli
