#include "event/envelope.h"

#include "base/time.h"
#include "json/text.h"

namespace fanfare::event {

namespace {

json::Index& thread_index() {
  static thread_local json::Index index;
  return index;
}

/// The kinds of JSON token by the names that clients of the service see.
std::string_view token_name(json::Node node) {
  if (node.is_object()) return "StartObject";
  if (node.is_array()) return "StartArray";
  if (node.is_string()) return "String";
  if (node.is_number()) return "Number";
  if (node.is_bool()) return "Boolean";
  return "Null";
}

base::Error wrong_token(const Place& place, std::string_view expected, json::Node received) {
  return place.invalid("", "expected token " + std::string(expected) + ", received token " +
                               std::string(token_name(received)));
}

bool is_absent(json::Node value) { return !value || value.is_null(); }

}  // namespace

std::string shortened(std::string_view name) {
  constexpr std::size_t kLongest = 100;
  if (name.size() <= kLongest) return std::string(name);
  std::size_t end = kLongest;
  while (end > 0 && (name[end] & 0xC0) == 0x80) --end;  // not within a character
  return std::string(name.substr(0, end)) + "…";
}

std::string Place::target(std::string_view member) const {
  std::string out;
  if (index_) out = "[" + std::to_string(*index_) + "]";
  if (!out.empty() && !member.empty()) out.push_back('.');
  return out + shortened(member);
}

base::Error Place::invalid(std::string_view member, std::string_view what) const {
  return base::invalid(
      "the topic takes events in the '" + std::string(schema_) + "' schema: " + std::string(what),
      target(member));
}

base::Error Place::too_large(std::size_t bytes_max) const {
  return {base::Errc::TooLarge, "an event may have at most " + std::to_string(bytes_max) + " bytes",
          target("")};
}

base::Error Place::repeated(std::string_view member) const {
  return invalid(member, "the property '" + shortened(member) + "' occurs twice");
}

base::Error Place::missing(std::string_view member) const {
  return invalid(member, "the property '" + std::string(member) + "' is required, a string");
}

BodyIndex::BodyIndex() : index_(thread_index()) {}
BodyIndex::~BodyIndex() { index_.trim(); }

base::Result<json::Node> BodyIndex::value(std::string_view text, const Limits& limits) {
  if (auto built = index_.build(text, limits.depth_max); !built) return built.error();
  return index_.root();
}

base::Result<json::Node> BodyIndex::array(std::string_view text, std::string_view schema,
                                          const Limits& limits) {
  auto root = value(text, limits);
  if (!root) return root;
  const auto place = Place::alone(schema);
  if (!root->is_array()) return wrong_token(place, "StartArray", *root);
  std::size_t count = 0;
  for ([[maybe_unused]] const json::Node item : root->elements()) ++count;
  if (count > limits.events_max) {
    return base::Error{base::Errc::TooLarge,
                       "a request may hold at most " + std::to_string(limits.events_max) +
                           " events, this one has " + std::to_string(count),
                       ""};
  }
  return root;
}

base::Result<json::Node> BodyIndex::object(std::string_view text, std::string_view schema,
                                           const Limits& limits) {
  auto root = value(text, limits);
  if (root && !root->is_object()) return wrong_token(Place::alone(schema), "StartObject", *root);
  return root;
}

base::Result<void> check_item(json::Node item, const Place& place, const Limits& limits) {
  if (!item.is_object()) return wrong_token(place, "StartObject", item);
  if (item.raw().size() > limits.event_bytes_max) return place.too_large(limits.event_bytes_max);
  return {};
}

std::string_view name_text(json::Node name, std::string& buffer) {
  const auto token = name.raw();
  const auto plain = token.substr(1, token.size() - 2);
  if (plain.find('\\') == std::string_view::npos) return plain;
  buffer = json::unescape(token);
  return buffer;
}

base::Result<RawJson> required_string(json::Node value, std::string_view member, Empty empty,
                                      const Place& place) {
  if (is_absent(value)) return place.missing(member);
  return optional_string(value, member, empty, place);
}

base::Result<RawJson> optional_string(json::Node value, std::string_view member, Empty empty,
                                      const Place& place) {
  if (is_absent(value)) return RawJson();
  if (!value.is_string()) {
    return place.invalid(member, "the property '" + std::string(member) +
                                     "' must be a string, not a " + std::string(token_name(value)));
  }
  const auto token = value.raw();
  if (empty == Empty::Refused && token.size() == 2) {
    return place.invalid(member, "the property '" + std::string(member) + "' must not be empty");
  }
  return token;
}

base::Result<void> check_time(RawJson token, std::string_view member, const Place& place) {
  const bool plain = token.find('\\') == std::string_view::npos;
  const auto read = plain ? base::read_rfc3339(token.substr(1, token.size() - 2))
                          : base::read_rfc3339(json::unescape(token));
  if (!read)
    return place.invalid(member,
                         "the property '" + std::string(member) + "' is " + read.error().message);
  return {};
}

bool token_is(RawJson token, std::string_view text) {
  if (token.find('\\') != std::string_view::npos) return json::unescape(token) == text;
  return token.substr(1, token.size() - 2) == text;
}

void append_member(std::string& out, std::string_view quoted_name_and_colon, RawJson value) {
  if (value.empty()) return;
  out += quoted_name_and_colon;
  out += value;
  out.push_back(',');
}

}  // namespace fanfare::event
