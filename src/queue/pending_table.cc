#include "queue/pending_table.h"

#include <bit>

namespace fanfare::queue {

namespace {

using namespace std::string_view_literals;
constexpr std::string_view kRows = "\0p"sv;
constexpr std::string_view kClosed = "\0c"sv;
constexpr std::size_t kRowKeyBytes = 2 + 4 + 8 + 8 + 4;
constexpr std::uint8_t kRowVersion = 1;

static_assert(std::endian::native == std::endian::little);

template <class T>
void append_big_endian(std::string& out, T value) {
  for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

std::uint32_t read_u32be(base::ByteReader& in) { return __builtin_bswap32(in.u32()); }
std::uint64_t read_u64be(base::ByteReader& in) { return __builtin_bswap64(in.u64()); }

}  // namespace

std::string_view rows_prefix() { return kRows; }
std::string_view closed_prefix() { return kClosed; }

std::string lane_prefix(SubscriptionId subscription) {
  std::string key;
  key.reserve(kRowKeyBytes);
  key.append(kRows);
  append_big_endian(key, subscription.value);
  return key;
}

std::string untried_prefix(SubscriptionId subscription) {
  std::string key = lane_prefix(subscription);
  append_big_endian(key, std::uint64_t{0});
  return key;
}

std::string row_key(SubscriptionId subscription, const EntryKey& entry) {
  std::string key = lane_prefix(subscription);
  append_big_endian(key, static_cast<std::uint64_t>(entry.due.time_since_epoch().count()));
  append_big_endian(key, entry.position);
  append_big_endian(key, entry.label);
  return key;
}

std::optional<RowKey> parse_row_key(std::string_view key) {
  if (key.size() != kRowKeyBytes || !key.starts_with(kRows)) return std::nullopt;
  base::ByteReader in(key.substr(kRows.size()));
  RowKey out;
  out.subscription = SubscriptionId{read_u32be(in)};
  const auto due = read_u64be(in);
  if (due > INT64_MAX) return std::nullopt;
  out.entry.due = base::TimePoint(base::Duration(static_cast<std::int64_t>(due)));
  out.entry.position = read_u64be(in);
  out.entry.label = read_u32be(in);
  return out;
}

std::string encode_row(const Row& row) {
  std::string value;
  value.reserve(40 + row.indices.size() * 4);
  base::ByteWriter out(value);
  out.u8(kRowVersion);
  out.i64(row.published.time_since_epoch().count());
  write_state(out, row.state);
  write_runs(out, row.indices);
  return value;
}

std::optional<Row> decode_row(std::string_view value) {
  base::ByteReader in(value);
  if (in.u8() != kRowVersion) return std::nullopt;
  Row row;
  row.published = base::TimePoint(base::Duration(in.i64()));
  const auto state = read_state(in);
  auto runs = read_runs(in, kIndicesMax);
  if (!state || !runs || !in.at_end()) return std::nullopt;
  row.state = *state;
  row.indices = std::move(*runs);
  return row;
}

std::string closed_key(SubscriptionId subscription) {
  std::string key(kClosed);
  append_big_endian(key, subscription.value);
  return key;
}

std::string encode_closed(log::Position position) {
  std::string value;
  base::ByteWriter(value).u64(position);
  return value;
}

std::optional<std::pair<SubscriptionId, log::Position>> parse_closed(std::string_view key,
                                                                     std::string_view value) {
  if (key.size() != kClosed.size() + 4) return std::nullopt;
  base::ByteReader in(key.substr(kClosed.size()));
  const SubscriptionId subscription{read_u32be(in)};
  base::ByteReader number(value);
  const auto position = number.u64();
  if (!number.ok() || !number.at_end()) return std::nullopt;
  return std::pair(subscription, position);
}

base::Error corrupt_table() {
  return base::Error{base::Errc::Corrupt,
                     "the pending table of the view cannot be read: damaged, "
                     "or written by a newer version",
                     {}};
}

}  // namespace fanfare::queue
