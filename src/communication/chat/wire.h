#pragma once
/// The JSON of the Chat API: requests read into requests.h, answers written. Pure.
/// What depends on the api-version is told by Version: older clients see what their version knows.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "communication/chat/admission.h"
#include "communication/chat/requests.h"
#include "communication/chat/store.h"
#include "json/value.h"

namespace fanfare::communication::chat {

/// An api-version of the Chat API, by its date.
class Version {
 public:
  explicit Version(std::string_view date) : date_(date) {}
  bool message_metadata() const { return date_ >= "2021-09-07"; }
  bool identifier_kind() const { return date_ >= "2023-11-07"; }
  /// Metadata of threads and participants, retention.
  bool thread_metadata() const { return date_ >= "2025-03-15"; }
  const std::string& date() const { return date_; }

 private:
  std::string date_;
};

/// Errors of all readers: InvalidArgument naming the member. An empty body is an empty object where
/// nothing is required.
base::Result<NewThread> read_new_thread(std::string_view body, const Version& version);
base::Result<ThreadPatch> read_thread_patch(std::string_view body, const Version& version);
base::Result<std::vector<Participant>> read_participants(std::string_view body,
                                                         const Version& version);
base::Result<std::string> read_identifier(std::string_view body);
base::Result<NewMessage> read_new_message(std::string_view body, const Version& version);
base::Result<MessagePatch> read_message_patch(std::string_view body, const Version& version);
base::Result<std::string> read_receipt(std::string_view body);
base::Result<std::string> read_typing(std::string_view body);

json::Value identifier_json(std::string_view id, const Version& version);
json::Value thread_json(const Properties& properties, const Version& version);
json::Value thread_item_json(const ListedThread& thread);
json::Value participant_json(const Participant& participant, const Version& version);
json::Value message_json(const Message& message, const Version& version);
json::Value receipt_json(const Receipt& receipt, const Version& version);
json::Value invalid_json(const std::vector<InvalidParticipant>& invalid);

/// Where a listing of threads goes on, as an opaque text; nullopt for what was never given out.
std::string write_cursor(const ListCursor& cursor);
std::optional<ListCursor> parse_cursor(std::string_view text);

/// The digest of a request that may be repeated.
std::uint64_t digest_of(std::string_view body);

}  // namespace fanfare::communication::chat
