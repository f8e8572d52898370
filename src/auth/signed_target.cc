#include "auth/signed_target.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "auth/percent.h"

namespace fanfare::auth {

namespace {

void add_new(std::vector<std::string>& out, std::string candidate) {
  if (std::ranges::find(out, candidate) == out.end()) out.push_back(std::move(candidate));
}

/// As the URL standard serialises a form: a space is a plus sign, and only letters, digits and
/// `*-._` stay as they are.
void append_form_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == ' ') {
      out.push_back('+');
    } else if (c == '*') {
      out.push_back('*');
    } else if (c == '~') {
      out.append("%7E");
    } else {
      out.append(percent_encode({&c, 1}));
    }
  }
}

/// nullopt when an escape is malformed.
std::optional<std::string> form_encoded(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const auto item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(item.size() + 1, query.size()));
    if (item.empty()) continue;
    const auto equals = std::min(item.find('='), item.size());
    const auto name = percent_decode(item.substr(0, equals), PlusSign::Space);
    const auto value =
        percent_decode(item.substr(std::min(equals + 1, item.size())), PlusSign::Space);
    if (!name || !value) return std::nullopt;
    if (!out.empty()) out.push_back('&');
    append_form_encoded(out, *name);
    out.push_back('=');
    append_form_encoded(out, *value);
  }
  return out;
}

/// Decodes every escape. nullopt when one is malformed or stands for a character that, unescaped,
/// would make another target of it.
std::optional<std::string> decoded(std::string_view target) {
  const auto query = target.find('?');
  for (auto at = target.find('%'); at != std::string_view::npos; at = target.find('%', at + 1)) {
    const auto character = percent_decode(target.substr(at, 3), PlusSign::Itself);
    if (!character || character->size() != 1) return std::nullopt;
    const auto c = static_cast<unsigned char>(character->front());
    const auto delimiters = at < query ? std::string_view("/?#%") : std::string_view("#&=+%");
    if (c < 0x20 || c == 0x7f || delimiters.contains(character->front())) return std::nullopt;
  }
  return percent_decode(target, PlusSign::Itself);
}

}  // namespace

std::vector<std::string> signed_targets(const http::Request& request) {
  std::vector<std::string> out;
  out.push_back(request.target);
  const std::string path(request.path());
  if (const auto form = form_encoded(request.query()))
    add_new(out, form->empty() ? path : path + "?" + *form);
  if (auto plain = decoded(request.target)) add_new(out, *std::move(plain));
  if (request.tls) return out;
  const auto with_slash = out.size();
  for (std::size_t i = 0; i < with_slash; ++i) {
    if (out[i].starts_with('/')) add_new(out, out[i].substr(1));
  }
  return out;
}

std::vector<std::string> signed_hosts(const http::Request& request) {
  const std::string sent(request.headers.get("host"));
  std::vector<std::string> out = {sent};
  const auto colon = sent.rfind(':');
  const bool has_port = colon != std::string::npos && sent.find(']', colon) == std::string::npos;
  add_new(out, has_port ? sent.substr(0, colon) : sent + (request.tls ? ":443" : ":80"));
  return out;
}

}  // namespace fanfare::auth
