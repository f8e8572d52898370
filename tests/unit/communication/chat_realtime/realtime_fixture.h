#pragma once
/// Notifications to tell, for the tests of those who tell them.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "communication/chat/notifications.h"

namespace fanfare::communication::chat::realtime {

inline const std::string kAnn = "8:acs:res_ann";
inline const std::string kBob = "8:acs:res_bob";
inline const std::string kThreadId = "19:abc@thread.v2";

/// 2026-01-02T03:04:05.678Z
inline const base::TimePoint kNow{std::chrono::milliseconds(1'767'323'045'678)};

inline ResourcePtr test_resource(std::uint32_t number = 1) {
  auto resource = std::make_shared<Resource>();
  resource->id.value = number;
  return resource;
}

inline Participant participant(std::string id, std::string name) {
  Participant made;
  made.id = std::move(id);
  made.display_name = std::move(name);
  return made;
}

inline Thread test_thread() {
  auto properties = std::make_shared<Properties>();
  properties->id = kThreadId;
  properties->topic = "Käse & \"more\"";
  properties->created_by = kAnn;
  properties->created = kNow;
  properties->metadata = {{"colour", "blau"}};
  properties->delete_after_days = 60;
  auto ann = participant(kAnn, "Ann \xF0\x9F\x98\x80");
  ann.metadata = {{"role", "host"}};
  ann.share_history_from = kNow;
  Thread thread;
  thread.properties = std::move(properties);
  thread.roster = std::make_shared<const Roster>(Roster{ann, participant(kBob, "Bob")});
  thread.tail.version = 1'767'323'045'678;
  return thread;
}

inline Message test_message(std::string content = "hello") {
  Message message;
  message.id = message.version = 1'767'323'045'678;
  message.sequence = 3;
  message.sender = kAnn;
  message.sender_display_name = "Ann";
  message.content = std::move(content);
  message.created = kNow;
  message.metadata = {{"k", "v"}};
  return message;
}

inline Notification notification(NotificationKind kind, decltype(Notification::body) body,
                                 std::vector<std::string> recipients = {kAnn, kBob}) {
  return {kind, test_thread(), std::move(recipients), std::move(body)};
}

inline Notification said(std::string content = "hello",
                         std::vector<std::string> recipients = {kAnn, kBob}) {
  return notification(NotificationKind::MessageReceived,
                      MessageNotice{test_message(std::move(content))}, std::move(recipients));
}

}  // namespace fanfare::communication::chat::realtime
