#include "queue/health_board.h"

#include "base/log.h"

namespace fanfare::queue {

void HealthBoard::fail(Part part, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  auto& now = reasons_[static_cast<std::size_t>(part)];
  if (now == reason) return;
  now = reason;
  base::log(base::LogLevel::Error, "queue", "the view has failed", {{"reason", reason}});
}

void HealthBoard::recover(Part part) {
  const std::lock_guard lock(mutex_);
  auto& now = reasons_[static_cast<std::size_t>(part)];
  if (now.empty()) return;
  now.clear();
  base::log(base::LogLevel::Info, "queue", "the view works again");
}

Health HealthBoard::health() const {
  const std::lock_guard lock(mutex_);
  for (const auto& reason : reasons_) {
    if (!reason.empty()) return {false, reason};
  }
  return {};
}

}  // namespace fanfare::queue
