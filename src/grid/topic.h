#pragma once
/// A topic: where events are published. Custom topics have keys; system topics are fed from inside,
/// each with the events of one resource, its source.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/event.h"
#include "event/input_mapping.h"
#include "queue/ids.h"

namespace fanfare::grid {

enum class TopicKind { Custom, System };

struct Topic {
  queue::TopicId id;
  TopicKind kind = TopicKind::Custom;
  std::string subscription_id;  ///< Azure subscription, a GUID
  std::string resource_group;
  std::string name;
  std::string location = "local";
  event::Schema input_schema = event::Schema::EventGrid;
  event::InputMapping mapping;  ///< for event::Schema::Custom
  std::string key1;             ///< base64
  std::string key2;
  bool disable_local_auth = false;
  std::vector<std::pair<std::string, std::string>> tags;

  bool public_network_access = true;          ///< off: every publish is refused with 403
  std::vector<std::string> inbound_ip_rules;  ///< addresses and CIDR ranges; empty: all may publish
  std::string data_residency_boundary;  ///< kept and shown, without effect; empty when never set
  std::string metric_resource_id;       ///< a GUID, made with the topic

  /// `/subscriptions/S/resourceGroups/G/providers/Microsoft.EventGrid/topics/NAME`
  std::string arm_id() const;

  // Of system topics.
  std::string source;      ///< ARM id of the resource whose events these are
  std::string topic_type;  ///< such as `Microsoft.Communication.CommunicationServices`

  /// What its events name as their topic or source, and what its event subscriptions hang on: the
  /// source of a system topic, else the topic itself.
  std::string source_id() const { return source.empty() ? arm_id() : source; }
};

/// 3 to 50 letters, digits and hyphens, not starting with Microsoft, EventGrid or System.
bool valid_topic_name(std::string_view name);

/// What valid_topic_name() wants, for error messages.
inline constexpr std::string_view kTopicNameRule =
    "a topic's name has 3 to 50 letters, digits and hyphens, and does not start with Microsoft, "
    "EventGrid or System";

}  // namespace fanfare::grid
