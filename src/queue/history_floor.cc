#include "queue/history_floor.h"

namespace fanfare::queue {

namespace {
constexpr std::uint64_t kMarks = 64;  // the floor moves in steps of a 64th
}

void HistoryFloor::add(log::Position position, std::uint64_t bytes) {
  if (marks_.empty() || total_ - marks_.back().before >= bytes_ / kMarks) {
    marks_.push_back({position, total_});
  }
  total_ += bytes;
  while (!marks_.empty() && total_ - marks_.front().before >= bytes_) {
    floor_ = marks_.front().position;
    marks_.pop_front();
  }
}

}  // namespace fanfare::queue
