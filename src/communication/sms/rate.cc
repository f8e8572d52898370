#include "communication/sms/rate.h"

#include <algorithm>

namespace fanfare::communication::sms {

void Rates::turn(Count& count, base::TimePoint now) const {
  if (now < count.began + window_) return;
  count.before = now < count.began + 2 * window_ ? count.present : 0;
  count.present = 0;
  count.began = now - (now - count.began) % window_;
}

/// Senders that were quiet for two windows; looked for once a window.
void Rates::forget_old(base::TimePoint now) {
  if (now < swept_ + window_) return;
  swept_ = now;
  std::erase_if(counts_,
                [&](const auto& entry) { return now >= entry.second.began + 2 * window_; });
}

std::optional<base::Duration> Rates::take(const std::string& sender, std::uint32_t messages,
                                          std::uint32_t limit, base::TimePoint now) {
  if (limit == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  forget_old(now);
  const auto [entry, is_new] = counts_.try_emplace(sender);
  auto& count = entry->second;
  if (is_new) count.began = now;
  turn(count, now);
  const auto elapsed = now - count.began;
  const double left =
      1.0 - static_cast<double>(elapsed.count()) / static_cast<double>(window_.count());
  const double used = count.present + count.before * left;
  if (used > 0 && used + messages > limit) {
    return std::max<base::Duration>(window_ - elapsed, base::seconds(1));
  }
  count.present += messages;
  return std::nullopt;
}

}  // namespace fanfare::communication::sms
