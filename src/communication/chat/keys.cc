#include "communication/chat/keys.h"

#include <array>
#include <charconv>

#include "auth/percent.h"

namespace fanfare::communication::chat {

namespace {

constexpr std::size_t kDigits = 16;

std::string digits(std::uint64_t number) {
  std::array<char, kDigits> text{};
  const auto end = std::to_chars(text.begin(), text.end(), number, 16).ptr;
  const auto size = static_cast<std::size_t>(end - text.begin());
  return std::string(kDigits - size, '0').append(text.data(), size);
}

std::string inverted(std::uint64_t number) { return digits(~number); }

std::optional<std::uint64_t> number_at_front(std::string_view text) {
  std::uint64_t number = 0;
  if (text.size() < kDigits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + kDigits, number, 16);
  if (error != std::errc() || end != text.data() + kDigits) return std::nullopt;
  return number;
}

std::string join(std::string_view prefix, char kind, std::string_view name) {
  std::string out(prefix);
  out.append(1, kind).append("/").append(name);
  return out;
}

std::string below(std::string_view prefix, char kind, std::string_view name) {
  return join(prefix, kind, name) + "/";
}

}  // namespace

std::string Keys::properties(std::string_view thread) const { return join(prefix_, 'h', thread); }
std::string Keys::tail(std::string_view thread) const { return join(prefix_, 'n', thread); }
std::string Keys::participants(std::string_view thread) const {
  return below(prefix_, 'p', thread);
}
std::string Keys::participant(std::string_view thread, std::string_view user) const {
  return participants(thread).append(user);
}
std::string Keys::formers(std::string_view thread) const { return below(prefix_, 'x', thread); }
std::string Keys::former(std::string_view thread, std::string_view user) const {
  return formers(thread).append(user);
}
std::string Keys::messages(std::string_view thread) const { return below(prefix_, 'm', thread); }
std::string Keys::message(std::string_view thread, std::uint64_t id) const {
  return messages(thread).append(inverted(id));
}
std::string Keys::receipts(std::string_view thread) const { return below(prefix_, 'r', thread); }
std::string Keys::receipt(std::string_view thread, std::string_view user) const {
  return receipts(thread).append(user);
}
std::string Keys::list(std::string_view user) const { return below(prefix_, 'u', user); }
std::string Keys::list_from(std::string_view user, std::uint64_t place) const {
  return list(user).append(inverted(place)).append("/");
}
std::string Keys::listed(std::string_view user, std::uint64_t place,
                         std::string_view thread) const {
  return list_from(user, place).append(thread);
}
std::string Keys::token(std::string_view user, std::string_view token) const {
  return join(prefix_, 'k', token_name(user, token));
}
std::string Keys::dues() const { return prefix_ + "d/"; }
std::string Keys::dues_from(std::uint64_t at_ms) const { return dues().append(digits(at_ms)); }
std::string Keys::due(const Due& due) const {
  std::string out = dues_from(due.at_ms);
  out.append("/").append(1, static_cast<char>(due.kind));
  return out.append("/").append(due.what);
}
std::string Keys::token_of(const Due& due) const { return join(prefix_, 'k', due.what); }

std::optional<std::pair<std::uint64_t, std::string>> Keys::parse_listed(std::string_view rest) {
  const auto number = number_at_front(rest);
  if (!number || rest.size() <= kDigits + 1 || rest[kDigits] != '/') return std::nullopt;
  return std::pair(~*number, std::string(rest.substr(kDigits + 1)));
}

std::optional<Due> Keys::parse_due(std::string_view rest) {
  const auto number = number_at_front(rest);
  if (!number || rest.size() < kDigits + 4) return std::nullopt;
  const char kind = rest[kDigits + 1];
  if (kind != 'e' && kind != 'g' && kind != 'k') return std::nullopt;
  return Due{*number, static_cast<DueKind>(kind), std::string(rest.substr(kDigits + 3))};
}

std::string token_name(std::string_view user, std::string_view token) {
  std::string out(user);
  return out.append("/").append(auth::percent_encode(token));
}

}  // namespace fanfare::communication::chat
