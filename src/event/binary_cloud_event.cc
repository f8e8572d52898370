#include "event/binary_cloud_event.h"

#include <array>
#include <map>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "event/envelope.h"
#include "event/extension.h"

namespace fanfare::event {

namespace {

constexpr std::string_view kPrefix = "ce-";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The text of a quoted-string (RFC 9110), which older senders use; any other value as it is.
std::string without_quotes(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  std::string out;
  value = value.substr(1, value.size() - 2);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    out.push_back(value[i]);
  }
  return out;
}

/// A percent sign that starts no escape stands for itself: senders of the first edition did not
/// encode.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    if (!escape) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
    i += 2;
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// `type/subtype` in lower case, parameters cut off.
std::string media_type(std::string_view content_type) {
  return base::ascii_lower(trimmed(content_type.substr(0, content_type.find(';'))));
}

bool is_json(std::string_view type) {
  return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

bool is_text(std::string_view type) {
  return type.starts_with("text/") || type == "application/xml" || type.ends_with("+xml");
}

/// Attributes by lower-case name, as text.
using Attributes = std::map<std::string, std::string, std::less<>>;

class Reader {
 public:
  Reader(EventBatch& batch, const Limits& limits) : batch_(batch), limits_(limits) {
    event_.schema = Schema::CloudEvents;
  }

  base::Result<void> read(std::span<const HeaderField> headers, const BodyView& body) {
    for (const auto& header : headers) {
      if (auto taken = take(header); !taken) return taken;
    }
    if (auto set = set_required(); !set) return set;
    if (auto set = set_optional(); !set) return set;
    if (auto set = set_extensions(); !set) return set;
    if (auto set = set_data(body.text); !set) return set;
    if (event_.bytes() > limits_.event_bytes_max) return place_.too_large(limits_.event_bytes_max);
    batch_.events.push_back(event_);
    return {};
  }

 private:
  base::Result<void> take(const HeaderField& header) {
    if (base::ascii_iequals(header.name, "content-type")) {
      content_type_ = trimmed(header.value);
      if (is_utf8(content_type_)) return {};
      return place_.invalid("content-type", "the header 'content-type' must be UTF-8");
    }
    if (!base::ascii_iequals(header.name.substr(0, kPrefix.size()), kPrefix)) return {};
    const std::string name = base::ascii_lower(header.name.substr(kPrefix.size()));
    auto value = percent_decoded(without_quotes(trimmed(header.value)));
    if (!is_utf8(value)) {
      return invalid(name, "must be UTF-8, percent-encoded where it is not ASCII");
    }
    if (!attributes_.emplace(name, std::move(value)).second) return invalid(name, "occurs twice");
    return {};
  }

  /// What a JSON string may hold.
  bool is_utf8(std::string_view text) const {
    BodyIndex index;
    return index.value(quote(text), limits_).has_value();
  }

  base::Result<void> set_required() {
    if (const auto version = attributes_.find("specversion");
        version != attributes_.end() && version->second != "1.0") {
      return invalid("specversion", "must be '1.0'");
    }
    for (const auto& [name, member] :
         {Named{"id", &Event::id}, Named{"source", &Event::source}, Named{"type", &Event::type},
          Named{"specversion", nullptr}}) {
      const auto value = take_attribute(name);
      if (!value || value->empty()) return invalid(name, "is required and must not be empty");
      if (member != nullptr) event_.*member = batch_.keep(quote(*value));
    }
    return {};
  }

  base::Result<void> set_optional() {
    for (const auto& [name, member] :
         {Named{"subject", &Event::subject}, Named{"time", &Event::time},
          Named{"dataschema", &Event::data_schema}}) {
      const auto value = take_attribute(name);
      if (!value) continue;
      if (value->empty()) return invalid(name, "must not be empty");
      event_.*member = batch_.keep(quote(*value));
    }
    if (!content_type_.empty()) event_.data_content_type = batch_.keep(quote(content_type_));
    return event_.time.empty() ? base::Result<void>() : check_time(event_.time, "ce-time", place_);
  }

  /// What is left after the attributes of the specification were taken.
  base::Result<void> set_extensions() {
    std::string text;
    for (const auto& [name, value] : attributes_) {
      if (name == "datacontenttype") return invalid(name, "must not be sent: Content-Type says it");
      if (!valid_extension_name(name) || name == "data") {
        return invalid(
            name, "is no attribute: extensions are named by lower-case letters and digits alone");
      }
      text += ",\"" + name + "\":" + quote(value);
    }
    if (!text.empty()) event_.extensions = batch_.keep(std::move(text));
    return {};
  }

  base::Result<void> set_data(std::string_view body) {
    if (body.empty()) return {};
    const std::string type = media_type(content_type_);
    BodyIndex index;
    if (type.empty() || is_json(type)) {
      const auto value = index.value(body, limits_);
      if (!value) return value.error();
      event_.data = value->raw();
      return {};
    }
    std::string text = is_text(type) ? quote(body) : std::string();
    if (!text.empty() && index.value(text, limits_)) {
      event_.data = batch_.keep(std::move(text));
    } else {
      event_.data_base64 = batch_.keep(quote(base::base64_encode(body)));
    }
    return {};
  }

  struct Named {
    std::string_view name;
    RawJson Event::* member;
  };

  std::optional<std::string> take_attribute(std::string_view name) {
    const auto found = attributes_.find(name);
    if (found == attributes_.end()) return std::nullopt;
    return std::move(attributes_.extract(found).mapped());
  }

  base::Error invalid(std::string_view name, std::string_view what) const {
    const std::string field = std::string(kPrefix) + std::string(name);
    return place_.invalid(field, "the header '" + field + "' " + std::string(what));
  }

  EventBatch& batch_;
  const Limits& limits_;
  const Place place_ = Place::alone(kCloudEventName);
  Attributes attributes_;
  std::string_view content_type_;
  Event event_;
};

}  // namespace

base::Result<EventBatch> parse_binary_cloud_event(std::span<const HeaderField> headers,
                                                  const BodyView& body, const Limits& limits) {
  EventBatch batch;
  batch.body = body.owner;
  if (body.text.size() > limits.event_bytes_max)
    return Place::alone(kCloudEventName).too_large(limits.event_bytes_max);
  Reader reader(batch, limits);
  if (auto read = reader.read(headers, body); !read) return read.error();
  return batch;
}

}  // namespace fanfare::event
