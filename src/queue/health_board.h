#pragma once
/// What is wrong with the queue at the moment, by the part that noticed. Thread-safe.
#include <array>
#include <mutex>
#include <string>

#include "queue/queue.h"

namespace fanfare::queue {

class HealthBoard {
 public:
  enum class Part : std::size_t { Writing, Checkpoint, Scanning, Reading };

  /// Logs when the reason is new.
  void fail(Part part, const std::string& reason);
  void recover(Part part);
  Health health() const;

 private:
  mutable std::mutex mutex_;
  std::array<std::string, 4> reasons_;
};

}  // namespace fanfare::queue
