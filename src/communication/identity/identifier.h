#pragma once
/// Identifiers of people and things that take part in a communication: users, phone numbers, Teams
/// users and applications, in JSON and as raw ids. Pure. Source: the published identifier model and
/// raw id formats; 2025-06-30 is the newest description read.
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/value.h"

namespace fanfare::communication::identity {

enum class IdentifierKind {
  Unknown,
  CommunicationUser,
  PhoneNumber,
  MicrosoftTeamsUser,
  MicrosoftTeamsApp,
  TeamsExtensionUser,
};
std::string_view to_string(IdentifierKind kind);  ///< `communicationUser`, …

enum class Cloud { Public, Dod, Gcch };

/// Which of the members mean something follows from `kind`; `raw_id` always does.
struct Identifier {
  IdentifierKind kind = IdentifierKind::Unknown;
  std::string raw_id;
  std::string value;        ///< phone number, or id of the Teams user, application, extension user
  std::string asserted_id;  ///< of a phone number that joined the same call more than once
  std::string tenant;       ///< of a Teams extension user
  std::string resource;     ///< of a Teams extension user
  bool anonymous = false;   ///< phone number or Teams user
  Cloud cloud = Cloud::Public;

  bool operator==(const Identifier&) const = default;
};

/// `8:acs:…`, `4:+…`, `8:orgid:…`; whatever has no known form is Unknown.
Identifier from_raw_id(std::string_view raw_id);

/// A model with at most one nested member; `kind` and `rawId` may be absent, but not everything. A
/// `rawId` beside a nested member must be of the same kind and wins, as clients write both.
/// `target` names the model in errors. Errors: InvalidArgument.
base::Result<Identifier> parse_identifier(const json::Value& model, std::string_view target);

/// Whether `kind` is written: api-versions before 2022-07-13 of the shared model have none.
enum class KindMember { Written, Absent };
json::Value to_json(const Identifier& identifier, KindMember kind = KindMember::Written);

}  // namespace fanfare::communication::identity
