#include "queue/backlog.h"

#include <algorithm>
#include <tuple>

namespace fanfare::queue {

namespace {

constexpr EntryKey kFirstDue{0, base::TimePoint(base::Duration(1)), 0};

EntryKey after(const EntryKey& key) { return {key.position, key.due, key.label + 1}; }

}  // namespace

bool row_before(const EntryKey& a, const EntryKey& b) {
  return std::tie(a.due, a.position, a.label) < std::tie(b.due, b.position, b.label);
}

bool is_untried(const EntryKey& key) { return key.due == base::TimePoint{}; }

void Backlog::row_put(const EntryKey& key) {
  if (is_untried(key)) {
    ++untried_;
    ++untried_put_during_scan_;
    return;
  }
  next_due_ = std::min(next_due_, key.due);
  if (row_before(key, due_from_)) due_from_ = key;
  if (!scanning_) return;
  if (!put_during_scan_ || row_before(key, *put_during_scan_)) put_during_scan_ = key;
}

void Backlog::row_erased(const EntryKey& key) {
  if (const auto at = std::find(leaving_.begin(), leaving_.end(), key); at != leaving_.end()) {
    leaving_.erase(at);
  }
  if (scanning_) erased_during_scan_.push_back(key);
}

Backlog::Scan Backlog::begin_scan(base::TimePoint now) {
  const bool due = next_due_ <= now;
  const bool untried = has_untried() && (turn_untried_ || !due);
  turn_untried_ = !untried;
  scanning_ = true;
  put_during_scan_.reset();
  untried_put_during_scan_ = 0;
  erased_during_scan_.clear();
  return {untried, untried ? untried_from_ : std::max(due_from_, kFirstDue, row_before)};
}

bool Backlog::is_stale(const EntryKey& key) const {
  return std::find(leaving_.begin(), leaving_.end(), key) != leaving_.end() ||
         std::find(erased_during_scan_.begin(), erased_during_scan_.end(), key) !=
             erased_during_scan_.end();
}

void Backlog::end_scan(const Scan& scan, const Seen& seen) {
  scanning_ = false;
  const EntryKey from = seen.last_seen ? after(*seen.last_seen) : scan.from;
  if (scan.untried) {
    untried_from_ = from;
    untried_ -= static_cast<std::int64_t>(seen.loaded);
    if (!seen.unseen) untried_ = std::min(untried_, untried_put_during_scan_);
    return;
  }
  due_from_ = from;
  next_due_ = seen.unseen ? seen.unseen->due : base::TimePoint::max();
  if (!put_during_scan_) return;
  next_due_ = std::min(next_due_, put_during_scan_->due);
  if (row_before(*put_during_scan_, due_from_)) due_from_ = *put_during_scan_;
}

}  // namespace fanfare::queue
