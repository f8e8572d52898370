#pragma once
/// The log in memory: same contract, nothing survives. For `--data memory` and for tests.
/// Bounded only by trim().
#include <atomic>
#include <deque>
#include <mutex>

#include "log/store.h"

namespace fanfare::log {

class MemoryStore final : public Store {
 public:
  base::Result<Guards> replay(Position from, const Apply& apply) override;
  void prepare(Entry&) const override {}
  AggregateKey aggregate_key(const std::string& aggregate) const override;
  std::uint64_t cost(const Entry& entry) const override { return entry.payload->size(); }
  base::Result<std::uint64_t> room(std::uint64_t bytes) override;
  base::Result<void> write(const std::vector<Entry*>& group, Sync sync) override;
  void finish() override {}
  base::Result<Payload> read(Position position) override;
  Position first() const override { return first_.load(std::memory_order_acquire); }
  Position next() const override;
  void trim(Position before) override;
  std::uint64_t size_bytes() const override;
  Health health() const override { return {}; }
  bool has_failed() const override { return false; }
  void yield_reserve() override {}
  void on_room(std::function<void()>) override {}

 private:
  mutable std::mutex mutex_;
  std::deque<Payload> records_;  ///< from first_ on
  std::uint64_t bytes_ = 0;
  std::atomic<Position> first_{1};
};

}  // namespace fanfare::log
