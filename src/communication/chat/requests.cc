#include "communication/chat/requests.h"

#include <algorithm>

namespace fanfare::communication::chat {

namespace {

constexpr std::size_t kTokenBytesMax = 256;

std::size_t bytes_of(const Metadata& metadata) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : metadata) bytes += name.size() + value.size();
  return bytes;
}

}  // namespace

Metadata merged(Metadata metadata, const MetadataPatch& patch) {
  if (patch.clear_first) metadata.clear();
  for (const auto& [name, value] : patch.entries) {
    const auto found = std::ranges::find(metadata, name, &Metadata::value_type::first);
    if (!value) {
      if (found != metadata.end()) metadata.erase(found);
    } else if (found != metadata.end()) {
      found->second = *value;
    } else {
      metadata.emplace_back(name, *value);
    }
  }
  return metadata;
}

base::Result<void> check_topic(const std::string& topic) {
  if (topic.empty()) return base::invalid("A thread must have a topic.", "topic");
  if (topic.size() <= kTopicBytesMax) return {};
  return base::invalid("A topic has at most " + std::to_string(kTopicBytesMax) + " bytes.",
                       "topic");
}

base::Result<void> check_retention(const std::optional<int>& days) {
  if (!days || (*days >= kRetentionDaysMin && *days <= kRetentionDaysMax)) return {};
  return base::invalid("deleteThreadAfterDays must be from " + std::to_string(kRetentionDaysMin) +
                           " to " + std::to_string(kRetentionDaysMax) + ".",
                       "retentionPolicy.deleteThreadAfterDays");
}

base::Result<void> check_metadata(const Metadata& metadata, const std::string& target) {
  if (bytes_of(metadata) <= kMetadataBytesMax) return {};
  return base::invalid("Names and values of metadata have at most " +
                           std::to_string(kMetadataBytesMax) + " bytes in all.",
                       target);
}

base::Result<void> check_batch(const std::vector<Participant>& participants) {
  if (participants.size() > kParticipantBatchMax) {
    return base::invalid(
        "At most " + std::to_string(kParticipantBatchMax) + " participants can be added at once.",
        "participants");
  }
  for (std::size_t i = 0; i < participants.size(); ++i) {
    const auto target = "participants[" + std::to_string(i) + "]";
    if (participants[i].display_name.size() > kDisplayNameBytesMax) {
      return base::invalid(
          "A display name has at most " + std::to_string(kDisplayNameBytesMax) + " bytes.",
          target + ".displayName");
    }
    if (auto fine = check_metadata(participants[i].metadata, target + ".metadata"); !fine) {
      return fine;
    }
  }
  return {};
}

base::Result<void> check(const NewThread& thread) {
  if (thread.token.size() > kTokenBytesMax) {
    return base::invalid(
        "A repeatability-request-id has at most " + std::to_string(kTokenBytesMax) + " bytes.",
        "repeatability-request-id");
  }
  if (auto fine = check_topic(thread.topic); !fine) return fine;
  if (auto fine = check_retention(thread.delete_after_days); !fine) return fine;
  if (auto fine = check_metadata(thread.metadata, "metadata"); !fine) return fine;
  return check_batch(thread.participants);
}

base::Result<void> check_message(const std::string& content, const std::string& sender_display_name,
                                 const Metadata& metadata) {
  if (content.empty()) return base::invalid("A message must have content.", "content");
  if (sender_display_name.size() > kDisplayNameBytesMax) {
    return base::invalid(
        "A display name has at most " + std::to_string(kDisplayNameBytesMax) + " bytes.",
        "senderDisplayName");
  }
  if (content.size() + sender_display_name.size() + bytes_of(metadata) <= kMessageBytesMax) {
    return {};
  }
  return base::Error{base::Errc::TooLarge,
                     "A message has at most " + std::to_string(kMessageBytesMax) +
                         " bytes, its metadata included.",
                     "content"};
}

}  // namespace fanfare::communication::chat
