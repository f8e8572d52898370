#pragma once
/// What clients ask of chat, read and checked: the services take these and nothing rawer.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "communication/chat/options.h"
#include "communication/chat/thread.h"

namespace fanfare::communication::chat {

/// A merge patch (RFC 7396) of names and values: nullopt removes a name.
struct MetadataPatch {
  bool clear_first = false;  ///< the whole was null
  std::vector<std::pair<std::string, std::optional<std::string>>> entries;
};
Metadata merged(Metadata metadata, const MetadataPatch& patch);

struct NewThread {
  std::string topic;
  std::vector<Participant> participants;
  Metadata metadata;
  std::optional<int> delete_after_days;
  /// `repeatability-request-id`, empty when the client sent none, and the digest of the request.
  std::string token;
  std::uint64_t digest = 0;
};

struct ThreadPatch {
  std::optional<std::string> topic;
  std::optional<MetadataPatch> metadata;
  std::optional<std::optional<int>> delete_after_days;  ///< set to nullopt: no retention
};

struct NewMessage {
  MessageType type = MessageType::Text;
  std::string content;
  std::string sender_display_name;
  Metadata metadata;
};

struct MessagePatch {
  std::optional<std::string> content;
  std::optional<MetadataPatch> metadata;
};

/// Errors: InvalidArgument naming the member, TooLarge for messages.
base::Result<void> check(const NewThread& thread);
base::Result<void> check_topic(const std::string& topic);
base::Result<void> check_retention(const std::optional<int>& days);
/// Of threads and participants: at most 1 KB in all.
base::Result<void> check_metadata(const Metadata& metadata, const std::string& target);
base::Result<void> check_batch(const std::vector<Participant>& participants);
/// Content, names and metadata together: 28 KB.
base::Result<void> check_message(const std::string& content, const std::string& sender_display_name,
                                 const Metadata& metadata);

}  // namespace fanfare::communication::chat
