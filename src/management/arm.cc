#include "management/arm.h"

#include <algorithm>
#include <ranges>

#include "base/bytes.h"
#include "http/url.h"

namespace fanfare::management {

namespace {

constexpr std::size_t kSegmentsMax = 64;
constexpr std::size_t kNameBytesMax = 260;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

base::Result<std::string> decode_segment(std::string_view raw) {
  auto text = http::percent_decode(raw);
  if (!text) return base::invalid("The path has a malformed percent escape.");
  if (text->empty() || *text == "." || *text == "..") {
    return base::invalid("The path has an empty or relative segment.");
  }
  const auto forbidden = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '/' || c == '\\' || c == '%';
  };
  if (text->size() > kNameBytesMax || std::ranges::any_of(*text, forbidden)) {
    return base::invalid("A segment of the path is too long or holds characters that no name has.");
  }
  return *std::move(text);
}

using Segments = std::span<const std::string>;

bool literal_at(Segments segments, std::size_t at, std::string_view text) {
  return at < segments.size() && same_segment(segments[at], text);
}

base::Error no_scope() {
  return base::invalid(
      "The scope must be a subscription, a resource group or a resource, as in "
      "/subscriptions/{id}/resourceGroups/{group}/providers/Microsoft.EventGrid/topics/{name}.");
}

base::Result<void> read_group(Segments& rest, Scope& scope) {
  if (!literal_at(rest, 0, "resourceGroups")) return {};
  if (rest.size() < 2) return no_scope();
  if (!valid_resource_group_name(rest[1])) {
    return base::invalid("'" + rest[1] + "' is not a name of a resource group.",
                         "resourceGroupName");
  }
  scope.resource_group = rest[1];
  rest = rest.subspan(2);
  return {};
}

base::Result<void> read_resource(Segments& rest, Scope& scope) {
  if (rest.empty()) return {};
  if (!literal_at(rest, 0, "providers") || rest.size() < 4 || rest.size() % 2 != 0)
    return no_scope();
  scope.provider = rest[1];
  for (std::size_t i = 2; i < rest.size(); i += 2) {
    scope.resource.emplace_back(rest[i], rest[i + 1]);
  }
  rest = {};
  return {};
}

}  // namespace

bool same_segment(std::string_view a, std::string_view b) { return base::ascii_iequals(a, b); }

base::Result<std::vector<std::string>> parse_segments(std::string_view raw_path) {
  while (raw_path.starts_with('/')) raw_path.remove_prefix(1);
  if (raw_path.ends_with('/')) raw_path.remove_suffix(1);
  std::vector<std::string> out;
  for (const auto part : std::views::split(raw_path, '/')) {
    auto segment = decode_segment(std::string_view(part.begin(), part.end()));
    if (!segment) return segment.error();
    out.push_back(*std::move(segment));
    if (out.size() > kSegmentsMax) return base::invalid("The path has too many segments.");
  }
  if (out.empty()) return base::invalid("The path names no resource.");
  return out;
}

bool Scope::is(std::string_view of_provider, std::string_view type) const {
  return !resource_group.empty() && same_segment(provider, of_provider) && resource.size() == 1 &&
         same_segment(resource[0].first, type);
}

std::optional<std::string> Scope::topic_name() const {
  return is(kProvider, "topics") ? std::optional(resource[0].second) : std::nullopt;
}

bool Scope::is_event_source() const {
  return topic_name() || is(kProvider, "systemTopics") ||
         is(kCommunicationProvider, "communicationServices");
}

std::string Scope::arm_id() const {
  std::string out = "/subscriptions/" + subscription;
  if (!resource_group.empty()) out += "/resourceGroups/" + resource_group;
  if (!provider.empty()) out += "/providers/" + provider;
  for (const auto& [type, name] : resource) out += "/" + type + "/" + name;
  return out;
}

bool Scope::covers(std::string_view arm_id) const {
  const auto own = this->arm_id();
  if (arm_id.size() < own.size() || !same_segment(arm_id.substr(0, own.size()), own)) return false;
  return arm_id.size() == own.size() || arm_id[own.size()] == '/';
}

base::Result<Scope> parse_scope(std::span<const std::string> segments) {
  if (!literal_at(segments, 0, "subscriptions") || segments.size() < 2) return no_scope();
  if (!valid_subscription_id(segments[1])) {
    return base::invalid("'" + segments[1] + "' is not a subscription id: it must be a GUID.",
                         "subscriptionId");
  }
  Scope scope;
  scope.subscription = segments[1];
  auto rest = segments.subspan(2);
  if (auto read = read_group(rest, scope); !read) return read.error();
  if (auto read = read_resource(rest, scope); !read) return read.error();
  return scope;
}

base::Result<Scope> parse_scope(std::string_view arm_id) {
  const auto segments = parse_segments(arm_id);
  if (!segments) return segments.error();
  return parse_scope(std::span(*segments));
}

base::Result<SubscriptionPath> parse_subscription_path(std::span<const std::string> segments) {
  constexpr std::string_view kLiteral = "eventSubscriptions";
  std::size_t at = segments.size();
  while (at > 0 && !same_segment(segments[at - 1], kLiteral)) --at;
  if (at == 0) return base::invalid("The path names no event subscription.");
  SubscriptionPath out;
  if (at < segments.size()) out.name = segments[at];
  auto before = segments.first(at - 1);
  const bool extension = before.size() >= 2 && same_segment(before.back(), kProvider) &&
                         same_segment(before[before.size() - 2], "providers");
  out.form = extension ? IdForm::Extension : IdForm::Nested;
  if (extension) before = before.first(before.size() - 2);
  auto scope = parse_scope(before);
  if (!scope) return scope.error();
  out.scope = *std::move(scope);
  return out;
}

base::Result<std::string> api_version(const http::Request& request) {
  auto version = http::query_parameter(request.query(), "api-version");
  if (!version || version->empty()) {
    return base::invalid("The api-version query parameter (?api-version=) is required.",
                         "MissingApiVersionParameter");
  }
  constexpr std::string_view kForm = "20dd-dd-dd";
  const auto date = std::string_view(*version).substr(0, kForm.size());
  const auto rest = std::string_view(*version).substr(date.size());
  const bool shaped =
      date.size() == kForm.size() && std::ranges::equal(date, kForm, [](char c, char form) {
        return form == 'd' ? is_digit(c) : c == form;
      });
  if (!shaped || !(rest.empty() || rest == "-preview")) {
    return base::invalid(
        "The api-version '" + *version + "' is invalid: it must be a date, as in 2022-06-15.",
        "InvalidApiVersionParameter");
  }
  return *std::move(version);
}

std::string origin_of(const http::Request& request) {
  std::string out = request.tls ? "https://" : "http://";
  return out.append(request.headers.get("Host"));
}

bool valid_subscription_id(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, kForm,
                            [](char c, char form) { return form == 'x' ? is_hex(c) : c == form; });
}

bool valid_resource_group_name(std::string_view text) {
  constexpr std::string_view kPunctuation = "-.()";
  return !text.empty() && text.size() <= 90 && text.back() != '.' &&
         std::ranges::all_of(text, [&](char c) {
           return is_word(c) || kPunctuation.find(c) != std::string_view::npos;
         });
}

}  // namespace fanfare::management
