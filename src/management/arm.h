#pragma once
/// Paths of the management surface: `/subscriptions/S/resourceGroups/G/providers/NS/TYPE/NAME…`,
/// read once and strictly, so that no two parts of the server see different resources in one path.
/// Literals and names compare without case; repeated slashes at the start and one at the end do not
/// count.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace fanfare::management {

inline constexpr std::string_view kProvider = "Microsoft.EventGrid";
inline constexpr std::string_view kCommunicationProvider = "Microsoft.Communication";

/// Percent-decoded segments in the case they came in. Errors: InvalidArgument for an empty segment,
/// `.` or `..`, and for escapes that hide a slash, a backslash, a control character or another
/// escape: an id made of the segments reads back as the same segments.
base::Result<std::vector<std::string>> parse_segments(std::string_view raw_path);

/// What an event subscription can hang on.
struct Scope {
  std::string subscription;    ///< a GUID
  std::string resource_group;  ///< empty: the whole subscription
  std::string provider;        ///< empty: the whole group (or subscription)
  std::vector<std::pair<std::string, std::string>> resource;  ///< (type, name), outermost first

  /// The name of the topic it is; nullopt when it is anything else.
  std::optional<std::string> topic_name() const;
  /// Whether it is of a kind that raises events here: a custom topic, a system topic or a
  /// communication resource.
  bool is_event_source() const;
  std::string arm_id() const;
  /// Whether `arm_id` is this scope or lies below it, ignoring case.
  bool covers(std::string_view arm_id) const;

 private:
  /// Whether it is a resource of this type, in a group.
  bool is(std::string_view of_provider, std::string_view type) const;
};

/// Errors: InvalidArgument.
base::Result<Scope> parse_scope(std::span<const std::string> segments);
base::Result<Scope> parse_scope(std::string_view arm_id);

/// The id of an event subscription; one resource in two forms.
enum class IdForm {
  Extension,  ///< {scope}/providers/Microsoft.EventGrid/eventSubscriptions/{name}
  Nested,     ///< {topic or system topic}/eventSubscriptions/{name}
};
struct SubscriptionPath {
  Scope scope;
  std::string name;  ///< empty for a list
  IdForm form = IdForm::Extension;
};
/// Reads up to the name and passes over an action behind it (`/getFullUrl`).
base::Result<SubscriptionPath> parse_subscription_path(std::span<const std::string> segments);

/// The same, ASCII case aside.
bool same_segment(std::string_view a, std::string_view b);

/// The request's api-version. Any date from 2000 on, with or without `-preview`, is taken.
/// Errors: InvalidArgument with the ARM code (MissingApiVersionParameter,
/// InvalidApiVersionParameter) as target.
base::Result<std::string> api_version(const http::Request& request);

/// "https://host:port" as the client wrote it; the base of absolute links in answers.
std::string origin_of(const http::Request& request);

bool valid_subscription_id(std::string_view text);  ///< a GUID
bool valid_resource_group_name(std::string_view text);

}  // namespace fanfare::management
