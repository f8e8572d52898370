#include "communication/chat/rates.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fanfare::communication::chat {

namespace {

enum class Whose : std::uint8_t { User, Thread, UserInThread };

struct Rate {
  Operation operation;
  Whose whose;
  std::uint32_t in_ten_seconds;
  std::uint32_t in_a_minute;  ///< 0: no bound of its own
};

constexpr std::array kRates{
    Rate{Operation::CreateThread, Whose::User, 10, 0},
    Rate{Operation::DeleteThread, Whose::User, 10, 0},
    Rate{Operation::UpdateThread, Whose::Thread, 5, 0},
    Rate{Operation::AddParticipants, Whose::Thread, 10, 30},
    Rate{Operation::RemoveParticipant, Whose::Thread, 10, 30},
    Rate{Operation::GetThread, Whose::User, 50, 0},
    Rate{Operation::ListThreads, Whose::User, 50, 0},
    Rate{Operation::GetMessage, Whose::UserInThread, 50, 0},
    Rate{Operation::GetMessage, Whose::Thread, 250, 0},
    Rate{Operation::ListMessages, Whose::UserInThread, 50, 200},
    Rate{Operation::ListMessages, Whose::Thread, 250, 400},
    Rate{Operation::ListReceipts, Whose::UserInThread, 5, 0},
    Rate{Operation::ListReceipts, Whose::Thread, 100, 0},
    Rate{Operation::ListParticipants, Whose::UserInThread, 10, 0},
    Rate{Operation::ListParticipants, Whose::Thread, 250, 0},
    Rate{Operation::SendMessage, Whose::Thread, 10, 30},
    Rate{Operation::UpdateMessage, Whose::Thread, 10, 30},
    Rate{Operation::DeleteMessage, Whose::Thread, 10, 30},
    Rate{Operation::SendReceipt, Whose::UserInThread, 10, 30},
    Rate{Operation::SendTyping, Whose::UserInThread, 5, 15},
    Rate{Operation::SendTyping, Whose::Thread, 10, 30},
};

constexpr std::uint64_t kShortMs = 10'000;
constexpr std::uint64_t kLongMs = 60'000;

std::string key_of(ResourceId resource, const Rate& rate, std::string_view user,
                   std::string_view thread) {
  std::string key = std::to_string(resource.value);
  key.append("/").append(std::to_string(static_cast<int>(rate.operation))).append("/");
  if (rate.whose != Whose::Thread) key.append(user);
  key.append("/");
  if (rate.whose != Whose::User) key.append(thread);
  return key;
}

base::Duration rest_of_window(std::uint64_t now_ms, std::uint64_t length_ms) {
  return base::milliseconds(static_cast<std::int64_t>(length_ms - now_ms % length_ms));
}

}  // namespace

void Rates::forget_old(std::uint64_t minute) {
  if (minute == minute_) return;
  minute_ = minute;
  in_ten_seconds_.clear();
  in_minute_.clear();
}

std::optional<base::Duration> Rates::refuse(ResourceId resource, Operation operation,
                                            std::string_view user, std::string_view thread,
                                            base::TimePoint now) {
  const auto ms = to_ms(now);
  const std::lock_guard lock(mutex_);
  forget_old(ms / kLongMs);
  std::optional<base::Duration> wait;
  for (const auto& rate : kRates) {
    if (rate.operation != operation) continue;
    const auto key = key_of(resource, rate, user, thread);
    auto& brief = in_ten_seconds_[key];
    if (brief.window != ms / kShortMs) brief = {ms / kShortMs, 0};
    if (++brief.count > rate.in_ten_seconds) {
      wait = std::max(wait.value_or(base::Duration::zero()), rest_of_window(ms, kShortMs));
    }
    if (rate.in_a_minute > 0 && ++in_minute_[key] > rate.in_a_minute) {
      wait = std::max(wait.value_or(base::Duration::zero()), rest_of_window(ms, kLongMs));
    }
  }
  return wait;
}

}  // namespace fanfare::communication::chat
