#pragma once
/// The pending table: entries that wait in the view, because their time has not come or because
/// their lane's window is full. Persisted: never renumber.
///
///     row    := key → value
///     key    := 0x00 'p' subscription:u32be due:i64be position:u64be label:u32be
///     value  := version:u8 (1)  published:i64  state  runs          (see record.h)
///     closed := 0x00 'c' subscription:u32be → position:u64           (a deleted subscription's
///     mark)
///
/// In key order a lane's never-tried entries (due 0) come first, by position; then the others by
/// due time.
#include <optional>
#include <string>
#include <string_view>

#include "queue/record.h"

namespace fanfare::queue {

struct Row {
  base::TimePoint published{};
  AttemptState state;
  IndexRuns indices;
};

struct RowKey {
  SubscriptionId subscription;
  EntryKey entry;
};

std::string row_key(SubscriptionId subscription, const EntryKey& entry);
std::optional<RowKey> parse_row_key(std::string_view key);
std::string encode_row(const Row& row);
std::optional<Row> decode_row(std::string_view value);

/// Where all rows, a lane's rows, and a lane's never-tried rows lie.
std::string_view rows_prefix();
std::string lane_prefix(SubscriptionId subscription);
std::string untried_prefix(SubscriptionId subscription);

std::string_view closed_prefix();
std::string closed_key(SubscriptionId subscription);
std::string encode_closed(log::Position position);
std::optional<std::pair<SubscriptionId, log::Position>> parse_closed(std::string_view key,
                                                                     std::string_view value);

base::Error corrupt_table();

}  // namespace fanfare::queue
