#include "communication/identity/identifier.h"

#include <array>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace fanfare::communication::identity {

namespace {

constexpr std::string_view kPhonePrefix = "4:";
constexpr std::string_view kAnonymous = "anonymous";

constexpr std::array kKinds{
    std::pair{IdentifierKind::Unknown, std::string_view("unknown")},
    std::pair{IdentifierKind::CommunicationUser, std::string_view("communicationUser")},
    std::pair{IdentifierKind::PhoneNumber, std::string_view("phoneNumber")},
    std::pair{IdentifierKind::MicrosoftTeamsUser, std::string_view("microsoftTeamsUser")},
    std::pair{IdentifierKind::MicrosoftTeamsApp, std::string_view("microsoftTeamsApp")},
    std::pair{IdentifierKind::TeamsExtensionUser, std::string_view("teamsExtensionUser")},
};

constexpr std::array kClouds{
    std::pair{Cloud::Public, std::string_view("public")},
    std::pair{Cloud::Dod, std::string_view("dod")},
    std::pair{Cloud::Gcch, std::string_view("gcch")},
};

struct Prefix {
  std::string_view text;
  IdentifierKind kind;
  Cloud cloud = Cloud::Public;
  bool anonymous = false;
};

/// The first row of a kind and cloud is how such an id is written.
constexpr std::array<Prefix, 11> kPrefixes{{
    {"8:acs:", IdentifierKind::CommunicationUser},
    {"8:gcch-acs:", IdentifierKind::CommunicationUser, Cloud::Gcch},
    {"8:dod-acs:", IdentifierKind::CommunicationUser, Cloud::Dod},
    {"8:spool:", IdentifierKind::CommunicationUser},
    {"8:orgid:", IdentifierKind::MicrosoftTeamsUser},
    {"8:gcch:", IdentifierKind::MicrosoftTeamsUser, Cloud::Gcch},
    {"8:dod:", IdentifierKind::MicrosoftTeamsUser, Cloud::Dod},
    {"8:teamsvisitor:", IdentifierKind::MicrosoftTeamsUser, Cloud::Public, true},
    {"28:orgid:", IdentifierKind::MicrosoftTeamsApp},
    {"28:gcch:", IdentifierKind::MicrosoftTeamsApp, Cloud::Gcch},
    {"28:dod:", IdentifierKind::MicrosoftTeamsApp, Cloud::Dod},
}};

std::string_view to_string(Cloud cloud) {
  for (const auto& [value, name] : kClouds) {
    if (value == cloud) return name;
  }
  return {};
}

std::string_view prefix_of(IdentifierKind kind, Cloud cloud, bool anonymous) {
  for (const auto& row : kPrefixes) {
    if (row.kind == kind && row.anonymous == anonymous && (anonymous || row.cloud == cloud))
      return row.text;
  }
  return {};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

Identifier phone_number(std::string_view raw_id) {
  Identifier out{.kind = IdentifierKind::PhoneNumber, .raw_id = std::string(raw_id)};
  out.value = raw_id.substr(kPhonePrefix.size());
  out.anonymous = out.value == kAnonymous;
  const auto mark = out.value.rfind('_');
  if (!out.anonymous && mark != std::string::npos) out.asserted_id = out.value.substr(mark + 1);
  return out;
}

/// Three parts instead of two make an extension user of a communication user.
void split_extension_user(Identifier& out, std::string_view suffix) {
  const auto parts = split(suffix, '_');
  if (parts.size() != 3) return;
  out.kind = IdentifierKind::TeamsExtensionUser;
  out.resource = parts[0];
  out.tenant = parts[1];
  out.value = parts[2];
}

/// Reads the members of one nested model.
class Nested {
 public:
  Nested(const json::Value& model, std::string target)
      : model_(model), target_(std::move(target)) {}

  base::Result<std::string> text(std::string_view name) const {
    const auto* value = model_.find(name);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr || text->empty())
      return base::invalid(target_ + "." + std::string(name) + ": a text is required", target_);
    return *text;
  }

  base::Result<bool> flag(std::string_view name) const {
    const auto* value = model_.find(name);
    if (value == nullptr || value->is_null()) return false;
    const auto* flag = value->if_bool();
    if (flag == nullptr)
      return base::invalid(target_ + "." + std::string(name) + ": not a boolean", target_);
    return *flag;
  }

  base::Result<Cloud> cloud() const {
    const auto* value = model_.find("cloud");
    if (value == nullptr || value->is_null()) return Cloud::Public;
    const auto* text = value->if_string();
    for (const auto& [cloud, name] : kClouds) {
      if (text != nullptr && *text == name) return cloud;
    }
    return base::invalid(target_ + ".cloud: public, dod or gcch", target_);
  }

 private:
  const json::Value& model_;
  std::string target_;
};

base::Result<Identifier> parse_user(const Nested& in) {
  const auto id = in.text("id");
  if (!id) return id.error();
  auto out = from_raw_id(*id);
  if (out.kind == IdentifierKind::Unknown) out.kind = IdentifierKind::CommunicationUser;
  return out;
}

base::Result<Identifier> parse_phone_number(const Nested& in) {
  const auto value = in.text("value");
  if (!value) return value.error();
  return phone_number(std::string(kPhonePrefix) + *value);
}

base::Result<Identifier> parse_teams(const Nested& in, IdentifierKind kind, std::string_view id) {
  auto value = in.text(id);
  const auto cloud = in.cloud();
  const auto anonymous = in.flag("isAnonymous");
  if (!value) return value.error();
  if (!cloud) return cloud.error();
  if (!anonymous) return anonymous.error();
  // The raw id is what is kept: what it cannot carry (the cloud of a visitor) is not told either.
  const bool visitor = *anonymous && kind == IdentifierKind::MicrosoftTeamsUser;
  return from_raw_id(std::string(prefix_of(kind, *cloud, visitor)) + *value);
}

base::Result<Identifier> parse_extension_user(const Nested& in) {
  auto user = in.text("userId");
  auto tenant = in.text("tenantId");
  auto resource = in.text("resourceId");
  const auto cloud = in.cloud();
  if (!user) return user.error();
  if (!tenant) return tenant.error();
  if (!resource) return resource.error();
  if (!cloud) return cloud.error();
  Identifier out{.kind = IdentifierKind::TeamsExtensionUser,
                 .value = *std::move(user),
                 .tenant = *std::move(tenant),
                 .resource = *std::move(resource),
                 .cloud = *cloud};
  out.raw_id = std::string(prefix_of(IdentifierKind::CommunicationUser, out.cloud, false)) +
               out.resource + "_" + out.tenant + "_" + out.value;
  return out;
}

base::Result<Identifier> parse_nested(IdentifierKind kind, const Nested& in) {
  switch (kind) {
    case IdentifierKind::CommunicationUser:
      return parse_user(in);
    case IdentifierKind::PhoneNumber:
      return parse_phone_number(in);
    case IdentifierKind::MicrosoftTeamsUser:
      return parse_teams(in, kind, "userId");
    case IdentifierKind::MicrosoftTeamsApp:
      return parse_teams(in, kind, "appId");
    case IdentifierKind::TeamsExtensionUser:
      return parse_extension_user(in);
    case IdentifierKind::Unknown:
      break;
  }
  return base::invalid("no such kind", "kind");
}

/// The kinds whose nested model is there.
std::vector<IdentifierKind> nested_kinds(const json::Value& model) {
  std::vector<IdentifierKind> out;
  for (const auto& [kind, name] : kKinds) {
    const auto* value = kind == IdentifierKind::Unknown ? nullptr : model.find(name);
    if (value != nullptr && !value->is_null()) out.push_back(kind);
  }
  return out;
}

json::Value nested_json(const Identifier& of) {
  switch (of.kind) {
    case IdentifierKind::CommunicationUser:
      return json::Value::object({{"id", of.raw_id}});
    case IdentifierKind::PhoneNumber: {
      auto out = json::Value::object({{"value", of.value}});
      if (of.anonymous) out.set("isAnonymous", true);
      if (!of.asserted_id.empty()) out.set("assertedId", of.asserted_id);
      return out;
    }
    case IdentifierKind::MicrosoftTeamsUser:
      return json::Value::object(
          {{"userId", of.value}, {"isAnonymous", of.anonymous}, {"cloud", to_string(of.cloud)}});
    case IdentifierKind::MicrosoftTeamsApp:
      return json::Value::object({{"appId", of.value}, {"cloud", to_string(of.cloud)}});
    case IdentifierKind::TeamsExtensionUser:
      return json::Value::object({{"userId", of.value},
                                  {"tenantId", of.tenant},
                                  {"resourceId", of.resource},
                                  {"cloud", to_string(of.cloud)}});
    case IdentifierKind::Unknown:
      break;
  }
  return {};
}

}  // namespace

std::string_view to_string(IdentifierKind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  return {};
}

Identifier from_raw_id(std::string_view raw_id) {
  if (raw_id.starts_with(kPhonePrefix)) return phone_number(raw_id);
  Identifier out{.raw_id = std::string(raw_id)};
  if (split(raw_id, ':').size() != 3) return out;
  for (const auto& row : kPrefixes) {
    if (!raw_id.starts_with(row.text)) continue;
    const auto suffix = raw_id.substr(row.text.size());
    out.kind = row.kind;
    out.cloud = row.cloud;
    out.anonymous = row.anonymous;
    if (row.kind != IdentifierKind::CommunicationUser) {
      out.value = suffix;
    } else if (row.text.ends_with("acs:")) {
      split_extension_user(out, suffix);
    }
    break;
  }
  return out;
}

base::Result<Identifier> parse_identifier(const json::Value& model, std::string_view target) {
  const std::string where(target);
  if (!model.is_object()) return base::invalid(where + ": not an object", where);
  const auto* raw_member = model.find("rawId");
  const auto* raw_id = raw_member != nullptr ? raw_member->if_string() : nullptr;
  if (raw_member != nullptr && !raw_member->is_null() && raw_id == nullptr)
    return base::invalid(where + ".rawId: not a text", where);
  const auto kinds = nested_kinds(model);
  if (kinds.size() > 1)
    return base::invalid(where + ": more than one kind of identifier is given", where);
  if (kinds.empty()) {
    if (raw_id == nullptr || raw_id->empty())
      return base::invalid(where + ": neither a rawId nor an identifier is given", where);
    return from_raw_id(*raw_id);
  }
  const auto name = to_string(kinds.front());
  const Nested nested(*model.find(name), where + "." + std::string(name));
  auto parsed = parse_nested(kinds.front(), nested);
  if (!parsed || raw_id == nullptr || raw_id->empty()) return parsed;
  auto from_raw = from_raw_id(*raw_id);
  const bool user = kinds.front() == IdentifierKind::CommunicationUser;
  if (user && from_raw.raw_id == parsed->raw_id) return parsed;
  if (!user && from_raw.kind == kinds.front()) return from_raw;
  return base::invalid(where + ": rawId and " + std::string(name) + " name different identifiers",
                       where);
}

json::Value to_json(const Identifier& identifier, KindMember kind) {
  json::Value out = json::Value::object();
  if (kind == KindMember::Written) out.set("kind", to_string(identifier.kind));
  out.set("rawId", identifier.raw_id);
  if (identifier.kind != IdentifierKind::Unknown)
    out.set(to_string(identifier.kind), nested_json(identifier));
  return out;
}

}  // namespace fanfare::communication::identity
