#pragma once
/// The Log of one machine: a Store for the bytes, a Committer for the order.
#include <memory>

#include "log/committer.h"
#include "log/log.h"
#include "log/store.h"

namespace fanfare::log {

class GroupLog final : public Log {
 public:
  GroupLog(std::unique_ptr<Store> store, CommitLimits limits);
  ~GroupLog() override;

  base::Result<void> start(Position from, Apply apply) override;
  base::Async<base::Result<Position>> append(Record record) override;
  bool append_relaxed(Payload payload) override;
  base::Result<Payload> read(Position position) override;
  Position first() const override { return store_->first(); }
  Position next() const override { return committer_.next(); }
  void trim(Position before) override;
  std::uint64_t size_bytes() const override { return store_->size_bytes(); }
  Health health() const override { return committer_.health(); }
  void yield_reserve() override { store_->yield_reserve(); }
  void close() override { committer_.close(); }

 private:
  std::unique_ptr<Store> store_;
  Committer committer_;
};

}  // namespace fanfare::log
