#include "communication/event_types.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace fanfare::communication {

namespace {

constexpr std::string_view kNamespace = "Microsoft.Communication.";

constexpr std::array<std::string_view, 49> kNames = {
    "AdvancedMessageDeliveryStatusUpdated",
    "AdvancedMessageReceived",
    "ChatMemberAddedToThreadWithUser",
    "ChatMemberRemovedFromThreadWithUser",
    "ChatMessageDeleted",
    "ChatMessageDeletedInThread",
    "ChatMessageEdited",
    "ChatMessageEditedInThread",
    "ChatMessageReceived",
    "ChatMessageReceivedInThread",
    "ChatParticipantAddedToThreadWithUser",
    "ChatParticipantRemovedFromThreadWithUser",
    "ChatThreadCreated",
    "ChatThreadCreatedWithUser",
    "ChatThreadDeleted",
    "ChatThreadParticipantAdded",
    "ChatThreadParticipantRemoved",
    "ChatThreadPropertiesUpdated",
    "ChatThreadPropertiesUpdatedPerUser",
    "ChatThreadWithUserDeleted",
    "EmailDeliveryReportReceived",
    "EmailEngagementTrackingReportReceived",
    "IncomingCall",
    "RecordingFileStatusUpdated",
    "RouterJobCancelled",
    "RouterJobClassificationFailed",
    "RouterJobClassified",
    "RouterJobClosed",
    "RouterJobCompleted",
    "RouterJobDeleted",
    "RouterJobExceptionTriggered",
    "RouterJobQueued",
    "RouterJobReceived",
    "RouterJobSchedulingFailed",
    "RouterJobUnassigned",
    "RouterJobWaitingForActivation",
    "RouterJobWorkerSelectorsExpired",
    "RouterWorkerDeleted",
    "RouterWorkerDeregistered",
    "RouterWorkerOfferAccepted",
    "RouterWorkerOfferDeclined",
    "RouterWorkerOfferExpired",
    "RouterWorkerOfferIssued",
    "RouterWorkerOfferRevoked",
    "RouterWorkerRegistered",
    "RouterWorkerUpdated",
    "SMSDeliveryReportReceived",
    "SMSReceived",
    "UserDisconnected",
};

}  // namespace

bool is_event_type(std::string_view type) {
  if (!base::ascii_iequals(type.substr(0, kNamespace.size()), kNamespace)) return false;
  const auto name = type.substr(kNamespace.size());
  return std::ranges::any_of(kNames,
                             [name](auto known) { return base::ascii_iequals(known, name); });
}

}  // namespace fanfare::communication
