#pragma once
/// A topic's ARM form: bodies of PUT and PATCH, and the resource as it is shown.
/// Source: Topic and TopicUpdateParameters of the ARM specification 2022-06-15.
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "grid/topic.h"
#include "json/value.h"

namespace fanfare::management {

/// The topic that a PUT's body asks for; keys and ids are left empty. What the body does not say
/// takes its default, save for the input schema and its mapping: those stay what they are with
/// `existing`. Errors: InvalidArgument, target is the property.
base::Result<grid::Topic> topic_from_put(const json::Value& body, const grid::Topic* existing);

/// `existing` with what a PATCH's body names: tags and the properties that may change.
base::Result<grid::Topic> topic_from_patch(const json::Value& body, const grid::Topic& existing);

/// How much of a resource is shown. A change's own answer has not got everything yet.
enum class ShownAs { Creating, Updating, Succeeded };

/// `base_url` is where the server is reached: the start of `endpoint`.
json::Value topic_resource(const grid::Topic& topic, std::string_view base_url, ShownAs shown);

std::string topic_endpoint(const grid::Topic& topic, std::string_view base_url);

}  // namespace fanfare::management
