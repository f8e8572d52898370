#include "communication/chat/thread.h"

#include <algorithm>

namespace fanfare::communication::chat {

namespace {

constexpr std::size_t kThreadIdBytesMax = 200;

bool is_id_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-';
}

}  // namespace

const Participant* Thread::participant(std::string_view user) const {
  const auto found = std::ranges::find(*roster, user, &Participant::id);
  return found == roster->end() ? nullptr : &*found;
}

std::string_view to_string(MessageType type) {
  switch (type) {
    case MessageType::Text:
      return "text";
    case MessageType::Html:
      return "html";
    case MessageType::TopicUpdated:
      return "topicUpdated";
    case MessageType::ParticipantAdded:
      return "participantAdded";
    case MessageType::ParticipantRemoved:
      return "participantRemoved";
  }
  return "text";
}

bool is_thread_id(std::string_view text) {
  constexpr std::string_view kBegin = "19:";
  constexpr std::string_view kEnd = "@thread.v2";
  if (text.size() > kThreadIdBytesMax || text.size() <= kBegin.size() + kEnd.size()) return false;
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd)) return false;
  text.remove_prefix(kBegin.size());
  text.remove_suffix(kEnd.size());
  return std::ranges::all_of(text, is_id_char);
}

std::uint64_t to_ms(base::TimePoint time) {
  const auto ms = std::chrono::floor<base::milliseconds>(time).time_since_epoch().count();
  return ms > 0 ? static_cast<std::uint64_t>(ms) : 0;
}

base::TimePoint cut_to_ms(base::TimePoint time) {
  return base::TimePoint(std::chrono::floor<base::milliseconds>(time));
}

}  // namespace fanfare::communication::chat
