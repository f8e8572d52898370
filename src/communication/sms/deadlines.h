#pragma once
/// What happens to messages with time: a sent one whose report does not come in time fails, and old
/// ones go. One alarm; the store says what is due.
#include <memory>

#include "base/time.h"
#include "communication/sms/options.h"
#include "communication/sms/progress.h"

namespace fanfare::communication::sms {

class Deadlines {
 public:
  Deadlines(Around around, const Options& options, Progress& progress);
  ~Deadlines();

  /// Looks into the store first.
  void start();
  /// A message waits for its report until then, by Clock::now(). From any thread.
  void note(base::TimePoint due);
  /// So many messages were added to a resource. From any thread.
  void added(ResourceId resource, std::size_t messages);

  /// True when no sweep goes on. From any thread.
  bool idle() const;

  base::Async<void> close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::communication::sms
