#include "log/local/reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "log/local/examine.h"

namespace fanfare::log {
namespace {

base::Error no_record(Position position) {
  return {base::Errc::NotFound, "no record " + std::to_string(position), {}};
}

}  // namespace

base::Result<Payload> Reader::read(Position position) {
  const auto place = segments_.place_of(position);
  if (!place) return no_record(position);
  auto payload = read_at(*place, position);
  if (!payload && !segments_.place_of(position)) return no_record(position);  // trimmed in between
  return payload;
}

base::Result<void> Reader::open(const Place& place) {
  if (number_ == place.header.number && file_ != nullptr) return {};
  auto file = disk_.open(place.path, OpenMode::Read);
  if (!file) return io_error("cannot open", place.path, file.error());
  file_ = std::move(*file);
  number_ = place.header.number;
  window_.forget();
  return {};
}

base::Result<Payload> Reader::read_at(const Place& place, Position position) {
  const std::lock_guard lock(mutex_);
  if (auto opened = open(place); !opened) return std::move(opened.error());
  FrameWalk walk(*file_, window_, place.header, place.offset, place.end);
  for (;;) {
    const auto at = walk.offset();
    auto step = walk.next(FrameWalk::Payloads::Skip);
    if (!step) return std::move(step.error());
    if (!*step || (*step)->frame.position > position) {
      return damage(place.path, at, *step ? "the record is not there" : walk.stopped());
    }
    if ((*step)->frame.position < position) continue;
    FrameWalk found(*file_, window_, place.header, at, place.end);
    auto whole = found.next(FrameWalk::Payloads::Verify);
    if (!whole) return std::move(whole.error());
    if (!*whole) return damage(place.path, at, found.stopped());
    return std::make_shared<const std::string>((*whole)->payload);
  }
}

base::Result<void> Reader::replay(Position from, const Apply& apply) {
  for (const auto& segment : segments_.all()) {
    if (segment->base == 0 || segment->next <= from) continue;
    if (auto done = replay_segment(*segment, from, apply); !done) return done;
  }
  return {};
}

base::Result<void> Reader::replay_segment(const Segment& segment, Position from,
                                          const Apply& apply) {
  auto file = disk_.open(segment.path, OpenMode::Read);
  if (!file) return io_error("cannot open", segment.path, file.error());
  const auto place = segments_.place_of(std::max(from, segment.base));
  FANFARE_CHECK(place.has_value());
  Window window(1 << 20);
  FrameWalk walk(**file, window, segment.header, place->offset, segment.end);
  for (Position position = 0; position + 1 < segment.next;) {
    auto step = walk.next(FrameWalk::Payloads::Verify);
    if (!step) return std::move(step.error());
    if (!*step) return damage(segment.path, walk.offset(), walk.stopped());
    position = (*step)->frame.position;
    if (position < from) continue;
    apply(position, std::make_shared<const std::string>((*step)->payload));
  }
  return {};
}

}  // namespace fanfare::log
