#pragma once
/// Reading the members of one published event: their checks and the words for what is wrong.
/// Shared by the three schemas.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "event/event.h"
#include "event/publish_body.h"
#include "json/index.h"

namespace fanfare::event {

/// What the error messages call the schema of the topic; clients know the first two by these names.
inline constexpr std::string_view kEventGridName = "EventGridEvent";
inline constexpr std::string_view kCloudEventName = "CloudEventV10";
inline constexpr std::string_view kCustomName = "CustomEvent";

/// A name that a sender chose, cut so that messages stay short.
std::string shortened(std::string_view name);

/// Where in the request an event stands: `[3]` in an array, nothing when it is alone.
class Place {
 public:
  static Place alone(std::string_view schema) { return Place(schema, std::nullopt); }
  static Place at(std::string_view schema, std::size_t index) { return Place(schema, index); }

  /// An InvalidArgument about `member` (may be empty): "'EventGridEvent': …", target `[3].member`.
  base::Error invalid(std::string_view member, std::string_view what) const;
  base::Error too_large(std::size_t bytes_max) const;
  base::Error repeated(std::string_view member) const;
  base::Error missing(std::string_view member) const;

 private:
  Place(std::string_view schema, std::optional<std::size_t> index)
      : schema_(schema), index_(index) {}
  std::string target(std::string_view member) const;

  std::string_view schema_;
  std::optional<std::size_t> index_;
};

/// The Index of this thread for publish bodies. Gives large memory back when it goes out of scope.
class BodyIndex {
 public:
  BodyIndex();
  ~BodyIndex();
  BodyIndex(const BodyIndex&) = delete;
  BodyIndex& operator=(const BodyIndex&) = delete;

  /// The whole body as an array of at most `limits.events_max` items.
  base::Result<json::Node> array(std::string_view text, std::string_view schema,
                                 const Limits& limits);
  /// The whole body as one object.
  base::Result<json::Node> object(std::string_view text, std::string_view schema,
                                  const Limits& limits);
  /// The whole body as any value.
  base::Result<json::Node> value(std::string_view text, const Limits& limits);

 private:
  json::Index& index_;
};

/// An item of the array: an object within the size limit.
base::Result<void> check_item(json::Node item, const Place& place, const Limits& limits);

/// A member's name without its quotes; escapes are resolved into `buffer`.
std::string_view name_text(json::Node name, std::string& buffer);

enum class Empty { Allowed, Refused };

/// A string that must be there; a null counts as absent.
base::Result<RawJson> required_string(json::Node value, std::string_view member, Empty empty,
                                      const Place& place);
/// A string, or the empty view when it is absent or null.
base::Result<RawJson> optional_string(json::Node value, std::string_view member, Empty empty,
                                      const Place& place);
/// Checks that a string token is an RFC 3339 timestamp.
base::Result<void> check_time(RawJson token, std::string_view member, const Place& place);

/// True when the token's text is `text`, escapes or not.
bool token_is(RawJson token, std::string_view text);

/// Appends `"name":value,`, or nothing when the value is absent.
void append_member(std::string& out, std::string_view quoted_name_and_colon, RawJson value);

}  // namespace fanfare::event
