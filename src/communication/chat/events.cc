#include "communication/chat/events.h"

#include <array>
#include <utility>

#include "base/bytes.h"
#include "json/text.h"

namespace fanfare::communication::chat {

namespace {

enum class Level : std::uint8_t { User, Thread };

/// How people are named: by plain ids (`senderId`), by identifiers, or by both.
enum class Wording : std::uint8_t { Ids, Identifiers, Both };

using Revisions = std::uint8_t;
constexpr Revisions bit(EventsRevision revision) {
  return static_cast<Revisions>(1U << static_cast<unsigned>(revision));
}
constexpr Revisions kSeeds = bit(EventsRevision::Seed2020) | bit(EventsRevision::Seed2021);
constexpr Revisions kTransitional = bit(EventsRevision::Transitional);
constexpr Revisions kModern = kTransitional | bit(EventsRevision::Current);

struct EventType {
  std::string_view name;
  Happening happening;
  Level level;
  Wording wording;
  Revisions revisions;
};

/// The one table of types.
constexpr std::array kTypes{
    EventType{"ChatMessageReceived", Happening::MessageReceived, Level::User, Wording::Ids, kSeeds},
    EventType{"ChatMessageReceived", Happening::MessageReceived, Level::User, Wording::Both,
              kModern},
    EventType{"ChatMessageReceivedInThread", Happening::MessageReceived, Level::Thread,
              Wording::Identifiers, kModern},
    EventType{"ChatMessageEdited", Happening::MessageEdited, Level::User, Wording::Ids, kSeeds},
    EventType{"ChatMessageEdited", Happening::MessageEdited, Level::User, Wording::Both, kModern},
    EventType{"ChatMessageEditedInThread", Happening::MessageEdited, Level::Thread,
              Wording::Identifiers, kModern},
    EventType{"ChatMessageDeleted", Happening::MessageDeleted, Level::User, Wording::Ids, kSeeds},
    EventType{"ChatMessageDeleted", Happening::MessageDeleted, Level::User, Wording::Both, kModern},
    EventType{"ChatMessageDeletedInThread", Happening::MessageDeleted, Level::Thread,
              Wording::Identifiers, kModern},
    EventType{"ChatThreadCreatedWithUser", Happening::ThreadCreated, Level::User, Wording::Ids,
              kSeeds},
    EventType{"ChatThreadCreatedWithUser", Happening::ThreadCreated, Level::User, Wording::Both,
              kModern},
    EventType{"ChatThreadCreated", Happening::ThreadCreated, Level::Thread, Wording::Identifiers,
              kModern},
    EventType{"ChatThreadWithUserDeleted", Happening::ThreadDeleted, Level::User, Wording::Ids,
              kSeeds},
    EventType{"ChatThreadWithUserDeleted", Happening::ThreadDeleted, Level::User, Wording::Both,
              kModern},
    EventType{"ChatThreadDeleted", Happening::ThreadDeleted, Level::Thread, Wording::Identifiers,
              kModern},
    EventType{"ChatThreadPropertiesUpdatedPerUser", Happening::ThreadUpdated, Level::User,
              Wording::Ids, kSeeds},
    EventType{"ChatThreadPropertiesUpdatedPerUser", Happening::ThreadUpdated, Level::User,
              Wording::Both, kModern},
    EventType{"ChatThreadPropertiesUpdated", Happening::ThreadUpdated, Level::Thread,
              Wording::Identifiers, kModern},
    EventType{"ChatMemberAddedToThreadWithUser", Happening::ParticipantAdded, Level::User,
              Wording::Ids, kSeeds | kTransitional},
    EventType{"ChatParticipantAddedToThreadWithUser", Happening::ParticipantAdded, Level::User,
              Wording::Identifiers, kModern},
    EventType{"ChatThreadParticipantAdded", Happening::ParticipantAdded, Level::Thread,
              Wording::Identifiers, kModern},
    EventType{"ChatMemberRemovedFromThreadWithUser", Happening::ParticipantRemoved, Level::User,
              Wording::Ids, kSeeds | kTransitional},
    EventType{"ChatParticipantRemovedFromThreadWithUser", Happening::ParticipantRemoved,
              Level::User, Wording::Identifiers, kModern},
    EventType{"ChatThreadParticipantRemoved", Happening::ParticipantRemoved, Level::Thread,
              Wording::Identifiers, kModern},
};

constexpr std::string_view kNamespace = "Microsoft.Communication.";

std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

std::string identifier(std::string_view id) {
  const auto text = quoted(id);
  return R"({"rawId":)" + text + R"(,"communicationUser":{"id":)" + text + "}}";
}

/// Members of a JSON object, one after the other, without its braces.
class Members {
 public:
  void raw(std::string_view name, std::string_view json) {
    if (!text_.empty()) text_ += ',';
    text_.append("\"").append(name).append("\":").append(json);
  }
  void text(std::string_view name, std::string_view value) { raw(name, quoted(value)); }
  void object(std::string_view name, const Members& members) {
    raw(name, "{" + members.text_ + "}");
  }
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

std::string json_of(const Metadata& metadata) {
  std::string out = "{";
  for (const auto& [name, value] : metadata) {
    if (out.size() > 1) out += ',';
    json::append_string(out, name);
    out += ':';
    json::append_string(out, value);
  }
  return out + "}";
}

/// How times go out: without zeros at the end of the fraction; per-thread events have an offset.
std::string time_text(base::TimePoint time, int digits, Level level) {
  auto out = base::format_rfc3339(time, digits);
  out.pop_back();
  if (out.contains('.')) {
    while (out.ends_with('0')) out.pop_back();
    if (out.ends_with('.')) out.pop_back();
  }
  return out + (level == Level::Thread ? "+00:00" : "Z");
}

/// Opaque to whoever reads it; the form is the service's. `recipient` is 0 for per-thread events.
class Transaction {
 public:
  Transaction(Happening happening, base::Random& random) {
    std::string bytes;
    base::ByteWriter writer(bytes);
    writer.u64(random.next());
    writer.u64(random.next());
    auto text = base::base64_encode(bytes);
    while (text.ends_with('=')) text.pop_back();
    const bool ends = happening == Happening::MessageEdited ||
                      happening == Happening::MessageDeleted ||
                      happening == Happening::ThreadDeleted;
    text += happening == Happening::MessageEdited ? ".2.1." : ".1.1.";
    text += ends ? "2.1." : "1.1.";
    text_ = text + std::to_string(random.next() >> 33) + ".1";
  }
  std::string of(std::size_t recipient) const {
    return recipient == 0 ? text_ : text_ + "." + std::to_string(recipient);
  }

 private:
  std::string text_;
};

/// Writes what one row of the table tells of an occurrence. The data of per-user events differ in
/// the recipient alone, so that they are written once and completed for each.
class Teller {
 public:
  Teller(const EventType& type, const Occurrence& occurrence, EventsRevision revision,
         const ChatOptions& options)
      : type_(type), of_(occurrence), revision_(revision), options_(options) {
    write();
  }

  RaisedEvent tell(const Participant* recipient, const std::string& transaction) const {
    RaisedEvent event;
    event.type = std::string(kNamespace).append(type_.name);
    event.subject = subject_;
    event.time = of_.at;
    event.time_text = time_text(of_.at, 7, Level::User);
    event.source_case = type_.level == Level::Thread ? SourceCase::Lower : SourceCase::AsGiven;
    Members rest;
    if (recipient != nullptr) {
      event.subject += "/recipient/" + recipient->id;
      name(rest, "recipientId", "recipientCommunicationIdentifier", recipient->id);
    }
    rest.text("transactionId", transaction);
    rest.text("threadId", of_.thread.id());
    event.data = "{" + told_.str() + "," + rest.str() + "}";
    return event;
  }

 private:
  void name(Members& out, std::string_view id_name, std::string_view identifier_name,
            std::string_view id) const {
    if (type_.wording != Wording::Identifiers) out.text(id_name, id);
    if (type_.wording != Wording::Ids) out.raw(identifier_name, identifier(id));
  }
  bool tells_metadata() const {
    return type_.wording != Wording::Ids && revision_ == EventsRevision::Current;
  }
  std::string ms_time(base::TimePoint time) const { return time_text(time, 3, type_.level); }
  std::string full_time(base::TimePoint time) const { return time_text(time, 7, type_.level); }

  void write() {
    subject_ = "thread/" + of_.thread.id() + "/";
    switch (of_.happening) {
      case Happening::MessageReceived:
      case Happening::MessageEdited:
      case Happening::MessageDeleted:
        return write_message(*of_.message);
      case Happening::ThreadCreated:
        return write_created();
      case Happening::ThreadDeleted:
        return write_deleted();
      case Happening::ThreadUpdated:
        return write_updated();
      case Happening::ParticipantAdded:
        return write_participant("Added", "added", "addedBy");
      case Happening::ParticipantRemoved:
        return write_participant("Removed", "removed", "removedBy");
    }
  }

  void write_message(const Message& message) {
    subject_ += "sender/" + message.sender;
    if (of_.happening == Happening::MessageEdited) {
      told_.text("editTime", ms_time(message.edited.value_or(of_.at)));
    }
    if (of_.happening == Happening::MessageDeleted) {
      told_.text("deleteTime", ms_time(message.deleted.value_or(of_.at)));
    } else {
      told_.text("messageBody", message.content);
    }
    told_.text("messageId", std::to_string(message.id));
    if (of_.happening != Happening::MessageDeleted && type_.wording != Wording::Ids) {
      told_.raw("metadata", json_of(message.metadata));
    }
    name(told_, "senderId", "senderCommunicationIdentifier", message.sender);
    if (!message.sender_display_name.empty()) {
      told_.text("senderDisplayName", message.sender_display_name);
    }
    told_.text("composeTime", ms_time(message.created));
    told_.text("type", message.type == MessageType::Html ? "RichText/Html" : "Text");
    const auto version = std::to_string(message.version);
    const bool as_text = type_.level == Level::Thread && options_.in_thread_version_is_text;
    told_.raw("version", as_text ? quoted(version) : version);
  }

  void write_thread_times() {
    told_.text("createTime", ms_time(of_.thread.properties->created));
    told_.raw("version", std::to_string(of_.thread.tail.version));
  }

  void write_topic() {
    Members properties;
    properties.text("topic", of_.thread.properties->topic);
    told_.object("properties", properties);
  }

  void write_thread_metadata() {
    if (tells_metadata()) told_.raw("metadata", json_of(of_.thread.properties->metadata));
  }

  /// As a member (`memberId`) or a participant.
  Members person(const Participant& participant, bool member) const {
    Members out;
    if (!participant.display_name.empty()) out.text("displayName", participant.display_name);
    if (member) {
      out.text("memberId", participant.id);
      return out;
    }
    out.raw("participantCommunicationIdentifier", identifier(participant.id));
    if (tells_metadata()) out.raw("metadata", json_of(participant.metadata));
    return out;
  }

  void write_people(std::string_view list, bool members) {
    std::string out = "[";
    for (const auto& participant : *of_.thread.roster) {
      if (out.size() > 1) out += ',';
      out.append("{").append(person(participant, members).str()).append("}");
    }
    told_.raw(list, out + "]");
  }

  void write_created() {
    subject_.append("createdBy/").append(of_.by);
    name(told_, "createdBy", "createdByCommunicationIdentifier", of_.by);
    write_topic();
    if (type_.wording != Wording::Identifiers) write_people("members", true);
    if (type_.wording != Wording::Ids) write_people("participants", false);
    write_thread_metadata();
    write_thread_times();
  }

  void write_deleted() {
    subject_.append("deletedBy/").append(of_.by);
    name(told_, "deletedBy", "deletedByCommunicationIdentifier", of_.by);
    told_.text("deleteTime", full_time(of_.at));
    write_thread_times();
  }

  void write_updated() {
    subject_.append("editedBy/").append(of_.by);
    name(told_, "editedBy", "editedByCommunicationIdentifier", of_.by);
    told_.text("editTime", full_time(of_.at));
    write_topic();
    write_thread_metadata();
    write_thread_times();
  }

  void write_participant(std::string_view did, std::string_view did_lower, std::string_view by) {
    const bool member = type_.wording == Wording::Ids;
    if (type_.level == Level::Thread) {
      subject_.append("participant").append(did_lower);
    } else {
      subject_.append(member ? "member" : "participant").append(did);
    }
    subject_.append("/").append(of_.participant->id);
    told_.text("time", full_time(of_.at));
    name(told_, by, std::string(by) + "CommunicationIdentifier", of_.by);
    told_.object(std::string(member ? "member" : "participant").append(did),
                 person(*of_.participant, member));
    write_thread_times();
  }

  const EventType& type_;
  const Occurrence& of_;
  EventsRevision revision_;
  const ChatOptions& options_;
  std::string subject_;
  Members told_;
};

/// The first published reference of 2021 raises message events only under a sender's name.
bool is_told(const Occurrence& occurrence, EventsRevision revision) {
  if (occurrence.message == nullptr) return true;
  if (is_system(occurrence.message->type)) return false;
  return revision != EventsRevision::Seed2021 || !occurrence.message->sender_display_name.empty();
}

}  // namespace

bool told_themselves(Happening happening, const ChatOptions& options) {
  return happening == Happening::ParticipantAdded ? options.added_user_gets_event
                                                  : options.removed_user_gets_event;
}

std::vector<RaisedEvent> events_of(const Occurrence& occurrence, EventsRevision revision,
                                   const ChatOptions& options, base::Random& random) {
  std::vector<RaisedEvent> out;
  if (!is_told(occurrence, revision)) return out;
  const Transaction transaction(occurrence.happening, random);
  const auto tell = [&](const Teller& teller, const Participant* recipient, std::size_t number) {
    out.push_back(teller.tell(recipient, transaction.of(number)));
    out.back().id = base::uuid4(random);
  };
  for (const auto& type : kTypes) {
    if (type.happening != occurrence.happening || (type.revisions & bit(revision)) == 0) continue;
    const Teller teller(type, occurrence, revision, options);
    if (type.level == Level::Thread) {
      tell(teller, nullptr, 0);
      continue;
    }
    std::size_t number = 0;
    for (const auto& recipient : occurrence.audience) {
      if (recipient.id == occurrence.by && !occurrence.by_itself) continue;
      tell(teller, &recipient, ++number);
    }
  }
  return out;
}

std::vector<std::string> event_types(EventsRevision revision) {
  std::vector<std::string> out;
  for (const auto& type : kTypes) {
    if ((type.revisions & bit(revision)) != 0) {
      out.push_back(std::string(kNamespace).append(type.name));
    }
  }
  return out;
}

}  // namespace fanfare::communication::chat
