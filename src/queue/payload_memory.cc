#include "queue/payload_memory.h"

namespace fanfare::queue {

namespace {

constexpr std::size_t kOverheadBytes = 128;  // control blocks and string head

struct Pinned {
  Pinned(log::Payload p, std::shared_ptr<std::atomic<std::size_t>> counter)
      : payload(std::move(p)), used(std::move(counter)), bytes(payload->size() + kOverheadBytes) {
    used->fetch_add(bytes, std::memory_order_relaxed);
  }
  ~Pinned() { used->fetch_sub(bytes, std::memory_order_relaxed); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

  log::Payload payload;
  std::shared_ptr<std::atomic<std::size_t>> used;
  std::size_t bytes;
};

}  // namespace

PayloadMemory::PayloadMemory(std::size_t bytes_max)
    : bytes_max_(bytes_max), used_(std::make_shared<std::atomic<std::size_t>>(0)) {}

log::Payload PayloadMemory::pin(const log::Payload& payload) const {
  const auto pinned = std::make_shared<Pinned>(payload, used_);
  return log::Payload(pinned, payload.get());
}

std::size_t PayloadMemory::lane_share() const {
  const auto held = used();
  return held >= bytes_max_ ? 0 : (bytes_max_ - held) / 4;
}

}  // namespace fanfare::queue
