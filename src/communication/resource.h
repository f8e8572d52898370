#pragma once
/// A Communication Services resource: whose identities, threads and messages something is, and how
/// it behaves. Azure's name for it is communicationServices.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/keys.h"
#include "queue/ids.h"

namespace fanfare::http {
struct Request;
}

namespace fanfare::communication {

/// In which vocabulary its events are told. Stored and configured by the names of to_string().
enum class EventsRevision {
  Seed2020,      ///< `2020-09-18`: ten types, to the letter of the first published event reference
  Seed2021,      ///< `2021-02-11`: the same; message events only with a sender display name
  Transitional,  ///< `transitional`: member and participant types side by side
  Current,       ///< `current`: today's types and fields, per-thread events included
};
std::string_view to_string(EventsRevision revision);
std::optional<EventsRevision> parse_events_revision(std::string_view text);  ///< ignoring case

/// Numbers resources in keys of the view; never given out twice.
struct ResourceId {
  std::uint32_t value = 0;
  auto operator<=>(const ResourceId&) const = default;
};

struct Resource {
  ResourceId id;
  std::string subscription_id;  ///< Azure subscription, a GUID
  std::string resource_group;
  std::string name;
  std::string immutable_id;  ///< the GUID in the ids of its identities, lower case
  std::string data_location = "unitedstates";
  std::string key1;  ///< base64
  std::string key2;
  EventsRevision events_revision = EventsRevision::Current;
  queue::TopicId system_topic;  ///< where its events are published
  std::vector<std::pair<std::string, std::string>> tags;

  /// `/subscriptions/S/resourceGroups/G/providers/Microsoft.Communication/communicationServices/NAME`
  std::string arm_id() const;
  auth::KeyPair keys() const { return {key1, key2}; }
};

/// Immutable; a change makes a new one.
using ResourcePtr = std::shared_ptr<const Resource>;

/// Which resource a request means: by the port it arrived at, by the first label of its Host name,
/// else the default one. Never null on a server that has a communication resource at all.
using ResourceResolver = std::function<ResourcePtr(const http::Request&)>;

/// Prefix of an area's keys in the view: `comm/<id, ten digits>/<area>/`.
std::string area_prefix(ResourceId id, std::string_view area);

}  // namespace fanfare::communication
