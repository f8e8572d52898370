// Whatever a record or a row of the view holds: reading it ends, crashes nothing, and stays in its
// bounds.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "queue/pending_table.h"
#include "queue/record.h"

namespace fanfare::queue {
namespace {

void read_record(std::string_view bytes) {
  const auto payload = std::make_shared<const std::string>(bytes);
  std::uint32_t events = 0;
  const auto read = decode_record(
      1, payload,
      [&](const HistoryEvent& seen) {
        FANFARE_CHECK(seen.index == events++);
        FANFARE_CHECK(seen.event.bytes() <= bytes.size());
        return true;
      },
      [&](const HistorySettlement& seen) {
        FANFARE_CHECK(seen.settlement.tasks.size() <= kIndicesMax);
        return true;
      });
  FANFARE_CHECK(read.has_value() || read.error().code == base::Errc::Corrupt);
  const auto view = find_events(payload);
  if (!view) return;
  for (std::uint32_t i = 0; i < view->size(); ++i) {
    FANFARE_CHECK(view->bytes_of(i) <= bytes.size());
    static_cast<void>(view->event(i).has_value());
  }
}

/// What reads as a mark is written again to the same meaning.
void repeat_settled(std::string_view body) {
  const auto part = parse_settled(body);
  if (!part) return;
  const auto again = encode_settled(part->settlement, part->at, part->refs);
  PartReader parts(*again);
  const auto reread = parse_settled(parts.next()->body);
  FANFARE_CHECK(reread && reread->refs.size() == part->refs.size());
  for (std::size_t i = 0; i < part->refs.size(); ++i) {
    FANFARE_CHECK(reread->refs[i].key == part->refs[i].key);
    FANFARE_CHECK(reread->refs[i].indices == part->refs[i].indices);
  }
}

void repeat_row(std::string_view bytes) {
  if (const auto row = decode_row(bytes)) {
    const auto again = decode_row(encode_row(*row));
    FANFARE_CHECK(again && again->indices == row->indices && again->published == row->published);
  }
  if (const auto key = parse_row_key(bytes)) {
    FANFARE_CHECK(row_key(key->subscription, key->entry) == bytes);
  }
}

}  // namespace
}  // namespace fanfare::queue

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0:
      fanfare::queue::read_record(bytes);
      break;
    case 1:
      fanfare::queue::repeat_settled(bytes);
      break;
    case 2:
      static_cast<void>(fanfare::queue::parse_deferred(bytes).has_value());
      break;
    default:
      fanfare::queue::repeat_row(bytes);
  }
  return 0;
}
