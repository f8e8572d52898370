#pragma once
/// A chat thread and its messages as values. Times are cut to milliseconds where the wire shows
/// them so: creation of threads and messages, edits and deletions of messages.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace fanfare::communication::chat {

/// Names and values that a client attached, in the order it sent them.
using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Participant {
  std::string id;            ///< raw id, `8:acs:…`
  std::string display_name;  ///< empty when none was given
  std::optional<base::TimePoint> share_history_from;
  Metadata metadata;
  std::uint32_t order = 0;  ///< in which they joined; never given out twice in a thread
};

/// Whoever was once in the thread, and what of its history remains theirs.
struct FormerParticipant {
  std::optional<base::TimePoint> share_history_from;
  std::uint64_t last_message_id = 0;  ///< the newest message of their time
};

/// What changes seldom.
struct Properties {
  std::string id;  ///< `19:…@thread.v2`
  std::string topic;
  std::string created_by;
  base::TimePoint created;
  Metadata metadata;
  std::optional<int> delete_after_days;    ///< counted from its creation
  std::optional<base::TimePoint> deleted;  ///< a thread that is gone but still told of
};

/// What changes with every message.
struct Tail {
  std::uint64_t sequence = 0;         ///< of the newest message
  std::uint64_t last_message_id = 0;  ///< ids only grow
  base::TimePoint last_message{};     ///< when the newest message arrived
  std::uint64_t version = 0;          ///< ms of the last change of properties or participants
  std::uint64_t place = 0;            ///< ms; where it stands in its participants' lists
  std::uint32_t joined = 0;           ///< how many have ever joined
};

using Roster = std::vector<Participant>;  ///< in the order of joining, at most 250

/// Immutable parts are shared, so that the next state costs no copy of the participants.
struct Thread {
  std::shared_ptr<const Properties> properties;
  std::shared_ptr<const Roster> roster;
  Tail tail;

  const std::string& id() const { return properties->id; }
  const Participant* participant(std::string_view user) const;
};
using ThreadPtr = std::shared_ptr<const Thread>;

/// Stored: never renumber.
enum class MessageType : std::uint8_t {
  Text = 1,
  Html = 2,
  TopicUpdated = 3,
  ParticipantAdded = 4,
  ParticipantRemoved = 5,
};
std::string_view to_string(MessageType type);  ///< as the API has it: `text`, `topicUpdated`
constexpr bool is_system(MessageType type) {
  return type != MessageType::Text && type != MessageType::Html;
}

struct Message {
  std::uint64_t id = 0;        ///< ms of its arrival, or the next free number
  std::uint64_t sequence = 0;  ///< 1 for a thread's first message, system messages counted
  std::uint64_t version = 0;   ///< ms of its last change
  MessageType type = MessageType::Text;
  std::string sender;  ///< of system messages: who caused them
  std::string sender_display_name;
  std::string content;  ///< text, sanitised HTML or the new topic; empty once deleted
  base::TimePoint created;
  std::optional<base::TimePoint> edited;
  std::optional<base::TimePoint> deleted;
  Metadata metadata;
  std::vector<Participant> participants;  ///< of participantAdded and participantRemoved
};

/// The newest message that a participant has read.
struct Receipt {
  std::string user;
  std::uint64_t message_id = 0;
  base::TimePoint read;
};

/// Whether `text` has the form of a thread's id; what has not is no thread.
bool is_thread_id(std::string_view text);

std::uint64_t to_ms(base::TimePoint time);
base::TimePoint cut_to_ms(base::TimePoint time);

}  // namespace fanfare::communication::chat
