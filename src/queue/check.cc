#include "queue/check.h"

#include <string>
#include <utility>

#include "queue/pending_table.h"

namespace fanfare::queue {

void TableCheck::see(std::string_view key, std::string_view value) {
  if (key.starts_with(rows_prefix())) return see_row(key, value);
  if (key.starts_with(closed_prefix()) && !parse_closed(key, value)) {
    note("the mark of a deleted event subscription cannot be read");
  }
}

void TableCheck::see_row(std::string_view key, std::string_view value) {
  const auto parsed = parse_row_key(key);
  const auto row = parsed ? decode_row(value) : std::nullopt;
  if (!row)
    return note("row " + std::to_string(rows_ + 1) + " of the pending table cannot be read");
  ++rows_;
  tasks_ += count_of(row->indices);
  lanes_.insert(parsed->subscription);
}

void TableCheck::note(std::string what) {
  if (!damage_) damage_ = base::Error{base::Errc::Corrupt, std::move(what), {}};
}

}  // namespace fanfare::queue
