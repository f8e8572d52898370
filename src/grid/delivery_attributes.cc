#include "grid/delivery_attributes.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "grid/members.h"

namespace fanfare::grid {

namespace {

constexpr std::size_t kAttributesMax = 10;
constexpr std::size_t kValueBytesMax = 4096;

// Fields that frame, route or negotiate the request: the delivery writes them itself.
constexpr std::array<std::string_view, 13> kReservedNames = {"connection",
                                                             "content-length",
                                                             "content-type",
                                                             "expect",
                                                             "host",
                                                             "keep-alive",
                                                             "proxy-authenticate",
                                                             "proxy-authorization",
                                                             "proxy-connection",
                                                             "te",
                                                             "trailer",
                                                             "transfer-encoding",
                                                             "upgrade"};

bool is_token(std::string_view name) {
  static constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kPunctuation.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

base::Result<DeliveryAttribute> parse_one(const json::Value& value, std::string path) {
  Members members(value, std::move(path));
  DeliveryAttribute out;
  out.name = members.text("name").value_or("");
  const auto type = members.text("type").value_or("");
  const bool dynamic = base::ascii_iequals(type, "Dynamic");
  if (!dynamic && !base::ascii_iequals(type, "Static")) {
    members.fail("must be 'Static' or 'Dynamic'", members.path_of("type"));
  }
  out.kind = dynamic ? DeliveryAttribute::Kind::Dynamic : DeliveryAttribute::Kind::Static;
  if (const auto* inner = members.object("properties")) {
    Members properties(*inner, members.path_of("properties"));
    if (dynamic) {
      out.source_field = properties.text("sourceField").value_or("");
    } else {
      out.value = properties.text("value").value_or("");
      out.is_secret = properties.flag("isSecret").value_or(false);
    }
    if (auto done = properties.finish(); !done) return done.error();
  }
  if (auto done = members.finish(); !done) return done.error();
  return out;
}

base::Result<void> check_name(const DeliveryAttribute& attribute, const std::string& path) {
  const auto lower = base::ascii_lower(attribute.name);
  if (!is_token(attribute.name)) return base::invalid("must be the name of an HTTP header", path);
  if (lower.starts_with("aeg-")) return base::invalid("must not start with 'aeg-'", path);
  if (std::ranges::find(kReservedNames, lower) != kReservedNames.end()) {
    return base::invalid("is a header that the delivery writes itself", path);
  }
  return {};
}

base::Result<void> check_value(const DeliveryAttribute& attribute, const std::string& path) {
  if (attribute.kind == DeliveryAttribute::Kind::Dynamic) {
    if (!attribute.source_field.empty()) return {};
    return base::invalid("is required", path + ".sourceField");
  }
  if (attribute.value.empty()) return base::invalid("is required", path + ".value");
  if (attribute.value.size() > kValueBytesMax) {
    return base::invalid("must not be longer than 4096 bytes", path + ".value");
  }
  if (!is_field_value(attribute.value)) {
    return base::invalid("must not hold control characters", path + ".value");
  }
  return {};
}

}  // namespace

base::Result<std::vector<DeliveryAttribute>> parse_delivery_attributes(const json::Array& items,
                                                                       const std::string& path) {
  std::vector<DeliveryAttribute> out;
  for (const auto& item : items) {
    auto attribute = parse_one(item, path + "[" + std::to_string(out.size()) + "]");
    if (!attribute) return attribute.error();
    out.push_back(*std::move(attribute));
  }
  return out;
}

json::Value to_json(const std::vector<DeliveryAttribute>& attributes, Secrets secrets) {
  auto out = json::Value::array();
  for (const auto& attribute : attributes) {
    auto properties = json::Value::object();
    if (attribute.kind == DeliveryAttribute::Kind::Dynamic) {
      properties.set("sourceField", attribute.source_field);
    } else {
      const bool hide = attribute.is_secret && secrets == Secrets::Hidden;
      properties.set("value", hide ? kHiddenValue : std::string_view(attribute.value));
      properties.set("isSecret", attribute.is_secret);
    }
    const bool dynamic = attribute.kind == DeliveryAttribute::Kind::Dynamic;
    out.push(json::Value::object({{"name", attribute.name},
                                  {"type", dynamic ? "Dynamic" : "Static"},
                                  {"properties", std::move(properties)}}));
  }
  return out;
}

base::Result<void> check_delivery_attributes(const std::vector<DeliveryAttribute>& attributes,
                                             const std::string& path) {
  if (attributes.size() > kAttributesMax) {
    return base::invalid("must not have more than 10 entries", path);
  }
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const auto here = path + "[" + std::to_string(i) + "]";
    if (auto name = check_name(attributes[i], here + ".name"); !name) return name;
    if (auto value = check_value(attributes[i], here + ".properties"); !value) return value;
    const auto same = [&](const DeliveryAttribute& other) {
      return base::ascii_iequals(other.name, attributes[i].name);
    };
    if (std::any_of(attributes.begin(), attributes.begin() + static_cast<std::ptrdiff_t>(i),
                    same)) {
      return base::invalid("is there twice", here + ".name");
    }
  }
  return {};
}

void keep_hidden_values(std::vector<DeliveryAttribute>& attributes,
                        const std::vector<DeliveryAttribute>& before) {
  for (auto& attribute : attributes) {
    if (!attribute.is_secret || attribute.value != kHiddenValue) continue;
    for (const auto& old : before) {
      if (old.is_secret && base::ascii_iequals(old.name, attribute.name))
        attribute.value = old.value;
    }
  }
}

}  // namespace fanfare::grid
