#include "communication/identity/scope.h"

#include <array>
#include <utility>

namespace fanfare::communication::identity {

namespace {

constexpr std::array kNames{
    std::pair{Scope::Chat, std::string_view("chat")},
    std::pair{Scope::Voip, std::string_view("voip")},
    std::pair{Scope::ChatJoin, std::string_view("chat.join")},
    std::pair{Scope::ChatJoinLimited, std::string_view("chat.join.limited")},
    std::pair{Scope::VoipJoin, std::string_view("voip.join")},
};

}  // namespace

std::optional<Scope> parse_scope(std::string_view name) {
  for (const auto& [scope, known] : kNames) {
    if (known == name) return scope;
  }
  return std::nullopt;
}

std::string join_scopes(Scopes scopes) {
  std::string out;
  for (const auto& [scope, name] : kNames) {
    if (!has(scopes, scope)) continue;
    if (!out.empty()) out.push_back(',');
    out.append(name);
  }
  return out;
}

std::optional<Scopes> split_scopes(std::string_view joined) {
  Scopes out = 0;
  for (;;) {
    const auto end = joined.find(',');
    const auto scope = parse_scope(joined.substr(0, end));
    if (!scope) return std::nullopt;
    out = static_cast<Scopes>(out | static_cast<Scopes>(*scope));
    if (end == std::string_view::npos) return out;
    joined.remove_prefix(end + 1);
  }
}

}  // namespace fanfare::communication::identity
