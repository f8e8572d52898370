#pragma once
/// Topics as JSON: the stored form, and the parts of it that the ARM form shares.
///
/// Stored under `grid/topic/<id>`, the id as ten decimal digits, so that the order of keys is the
/// order of ids. Holds the access keys: what stores it is readable by its owner alone.
///   {"id": n, "kind": "Custom"|"System", "subscriptionId": s, "resourceGroup": s, "name": s,
///    "location": s, "inputSchema": s, "inputSchemaMapping": {…}, "key1": s, "key2": s,
///    "disableLocalAuth": b, "tags": {s: s}, "publicNetworkAccess": "Enabled"|"Disabled",
///    "inboundIpRules": [s], "dataResidencyBoundary": s, "metricResourceId": s,
///    "source": s, "topicType": s: of system topics}
/// Members at their default may be absent; members unknown to an older reader are skipped by it.
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "grid/topic.h"
#include "json/value.h"

namespace fanfare::grid {

inline constexpr std::string_view kTopicPrefix = "grid/topic/";
std::string topic_key(queue::TopicId id);

std::string write_topic(const Topic& topic);
/// Errors: Corrupt.
base::Result<Topic> read_topic(std::string_view text);

/// `EventGridSchema`, `CloudEventSchemaV1_0`, `CustomEventSchema`.
std::string_view to_string(event::Schema schema);
std::optional<event::Schema> parse_input_schema(std::string_view text);  ///< ignoring case

/// `{"inputSchemaMappingType":"Json","properties":{…}}` of the ARM form.
json::Value to_json(const event::InputMapping& mapping);
base::Result<event::InputMapping> parse_input_mapping(const json::Value& value, std::string path);

}  // namespace fanfare::grid
