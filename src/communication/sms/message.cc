#include "communication/sms/message.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "base/bytes.h"

namespace fanfare::communication::sms {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::string_view kOutgoing = "Outgoing_";
constexpr std::string_view kIncoming = "Incoming_";
constexpr std::size_t kSecondDigits = 14;
constexpr std::size_t kFractionDigits = 8;
constexpr std::size_t kGuidSize = 36;

std::string make_id(std::string_view prefix, base::TimePoint at, base::Random& random) {
  const auto second = std::chrono::floor<base::seconds>(at);
  const auto day = std::chrono::floor<base::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(second - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02u%02d%02d%02d%08x",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<unsigned>((at - second).count()));
  return std::string(prefix) + text.data() + base::uuid4(random).substr(kFractionDigits);
}

template <int Base = 10>
std::optional<unsigned> number_in(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, Base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

void write(base::ByteWriter& out, const std::vector<Attempt>& attempts) {
  out.varint(attempts.size());
  for (const auto& attempt : attempts) {
    out.i64(attempt.at.time_since_epoch().count());
    out.varint(attempt.segments_succeeded);
    out.varint(attempt.segments_failed);
  }
}

base::TimePoint read_time(base::ByteReader& in) {
  return base::TimePoint(base::Duration(in.i64()));
}

std::uint32_t read_count(base::ByteReader& in) { return static_cast<std::uint32_t>(in.varint()); }

std::vector<Attempt> read_attempts(base::ByteReader& in) {
  std::vector<Attempt> out;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    Attempt attempt;
    attempt.at = read_time(in);
    attempt.segments_succeeded = read_count(in);
    attempt.segments_failed = read_count(in);
    out.push_back(attempt);
  }
  return out;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::Submitted:
      return "Submitted";
    case State::Delivered:
      return "Delivered";
    case State::Failed:
      return "Failed";
    case State::Received:
      return "Received";
  }
  return "";
}

std::string outgoing_id(base::TimePoint at, base::Random& random) {
  return make_id(kOutgoing, at, random);
}

std::string incoming_id(base::TimePoint at, base::Random& random) {
  return make_id(kIncoming, at, random);
}

std::optional<base::TimePoint> time_of_id(std::string_view id) {
  if (!id.starts_with(kOutgoing) && !id.starts_with(kIncoming)) return std::nullopt;
  id.remove_prefix(kOutgoing.size());
  if (id.size() != kSecondDigits + kGuidSize) return std::nullopt;
  const auto part = [id](std::size_t at, std::size_t size) {
    return number_in(id.substr(at, size));
  };
  const auto year = part(0, 4), month = part(4, 2), day = part(6, 2);
  const auto hour = part(8, 2), minute = part(10, 2), second = part(12, 2);
  const auto fraction = number_in<16>(id.substr(kSecondDigits, kFractionDigits));
  if (!year || !month || !day || !hour || !minute || !second || !fraction) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day));
  if (!date.ok() || *year < 1970 || *year > 2261) return std::nullopt;
  return std::chrono::sys_days(date) + base::hours(*hour) + base::minutes(*minute) +
         base::seconds(*second) + base::Duration(*fraction);
}

std::string encode(const Message& message) {
  std::string value;
  base::ByteWriter out(value);
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(message.state));
  out.bytes(message.id);
  out.bytes(message.from);
  out.bytes(message.to);
  out.bytes(message.text);
  out.varint(message.segments);
  out.i64(message.created.time_since_epoch().count());
  out.u8(message.report_wanted ? 1 : 0);
  out.u8(message.tag ? 1 : 0);
  out.bytes(message.tag.value_or(""));
  const auto timeout = message.timeout.value_or(base::Duration::zero());
  out.varint(static_cast<std::uint64_t>(timeout / base::seconds(1)));
  out.i64(message.report_due.time_since_epoch().count());
  out.bytes(message.repeat_id);
  write(out, message.attempts);
  out.varint(message.segments_settled);
  out.varint(static_cast<std::uint64_t>(message.code));
  out.bytes(message.detail);
  out.i64(message.reported.time_since_epoch().count());
  out.bytes(message.reference);
  out.varint(message.references.size());
  for (const auto& reference : message.references) out.bytes(reference);
  return value;
}

std::optional<Message> decode_message(std::string_view value) {
  base::ByteReader in(value);
  if (in.u8() != kVersion) return std::nullopt;
  Message out;
  out.state = static_cast<State>(in.u8());
  out.id = in.bytes();
  out.from = in.bytes();
  out.to = in.bytes();
  out.text = in.bytes();
  out.segments = read_count(in);
  out.created = read_time(in);
  out.report_wanted = in.u8() != 0;
  const bool has_tag = in.u8() != 0;
  std::string tag(in.bytes());
  if (has_tag) out.tag = std::move(tag);
  const auto timeout = in.varint();
  if (timeout != 0) out.timeout = base::seconds(timeout);
  out.report_due = read_time(in);
  out.repeat_id = in.bytes();
  out.attempts = read_attempts(in);
  out.segments_settled = read_count(in);
  out.code = static_cast<int>(in.varint());
  out.detail = in.bytes();
  out.reported = read_time(in);
  out.reference = in.bytes();
  for (auto left = in.varint(); left > 0 && in.ok(); --left)
    out.references.emplace_back(in.bytes());
  if (!in.ok() || to_string(out.state).empty()) return std::nullopt;
  return out;
}

}  // namespace fanfare::communication::sms
