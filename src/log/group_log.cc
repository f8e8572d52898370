#include "log/group_log.h"

#include <algorithm>
#include <string>
#include <utility>

namespace fanfare::log {

GroupLog::GroupLog(std::unique_ptr<Store> store, CommitLimits limits)
    : store_(std::move(store)), committer_(*store_, limits) {
  store_->on_room([this] { committer_.retry_held(); });
}

GroupLog::~GroupLog() { committer_.close(); }

base::Result<void> GroupLog::start(Position from, Apply apply) {
  from = std::max<Position>(from, 1);
  if (from > store_->next()) {
    return base::Error{base::Errc::Corrupt,
                       "the log ends at record " + std::to_string(store_->next() - 1) +
                           ", but the views have applied up to " + std::to_string(from - 1) +
                           ": records are missing",
                       {}};
  }
  if (from < store_->first()) {
    return base::Error{base::Errc::Corrupt,
                       "the views have applied up to record " + std::to_string(from - 1) +
                           ", but the log was trimmed to " + std::to_string(store_->first()) +
                           ": the views are older than the log",
                       {}};
  }
  auto guards = store_->replay(from, apply);
  if (!guards) return std::move(guards.error());
  committer_.start(store_->next(), std::move(*guards), std::move(apply));
  return {};
}

base::Async<base::Result<Position>> GroupLog::append(Record record) {
  return committer_.append(std::move(record));
}

bool GroupLog::append_relaxed(Payload payload) {
  return committer_.append_relaxed(std::move(payload));
}

base::Result<Payload> GroupLog::read(Position position) {
  if (position < store_->first() || position >= committer_.next()) {
    return base::Error{base::Errc::NotFound, "no record " + std::to_string(position), {}};
  }
  return store_->read(position);
}

/// What the committer has not published yet is not the caller's to drop.
void GroupLog::trim(Position before) { store_->trim(std::min(before, committer_.next())); }

}  // namespace fanfare::log
