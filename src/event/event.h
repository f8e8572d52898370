#pragma once
/// One event: an envelope whose members are kept as the JSON text that came, and opaque data.
/// Nothing is unescaped or written anew on the way through; rendering is concatenation.
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace fanfare::event {

/// Valid JSON text, verbatim: a string token has its quotes and escapes. Empty means absent.
/// A view: whoever holds an Event keeps the bytes behind it alive.
using RawJson = std::string_view;

/// In which schema an event was published. Stored: never renumber.
enum class Schema : std::uint8_t { EventGrid = 1, CloudEvents = 2, Custom = 3 };

/// Members by meaning; the comment names them in the Event Grid schema / in CloudEvents 1.0.
/// Custom events carry the envelope that the topic's input mapping gave them, and the whole
/// original object as data.
struct Event {
  Schema schema = Schema::EventGrid;
  RawJson id;                 ///< id / id
  RawJson source;             ///< topic / source
  RawJson subject;            ///< subject / subject
  RawJson type;               ///< eventType / type
  RawJson time;               ///< eventTime / time
  RawJson data_version;       ///< dataVersion / -
  RawJson data_content_type;  ///< - / datacontenttype
  RawJson data_schema;        ///< - / dataschema
  RawJson extensions;         ///< - / extension attributes as `,"name":value,"name":value`
  RawJson data;               ///< data / data: any JSON value
  RawJson data_base64;        ///< - / data_base64, a string token; never together with data

  std::size_t bytes() const;  ///< sum of all members, for batching and limits
};

/// Events of one publish request and the bytes they point into. Moves; a copy's views would point
/// into the original.
struct EventBatch {
  EventBatch() = default;
  EventBatch(EventBatch&&) = default;
  EventBatch& operator=(EventBatch&&) = default;

  std::shared_ptr<const void> body;  ///< keeps the request's body alive
  std::deque<std::string> made;      ///< texts that were not sent: stamped ids, times, topics
  std::vector<Event> events;

  /// Keeps a made text alive as long as the batch and returns a view of it.
  RawJson keep(std::string text) { return made.emplace_back(std::move(text)); }
};

/// Stored form, part of a log record's payload. decode() returns views into `in`'s bytes; when they
/// are short or of an unknown schema it returns an empty Event and in.ok() is false.
///
///   event  = schema:u8 id source subject type time data_version data_content_type data_schema
///            extensions data data_base64
///   member = size:varint bytes            ; the JSON text, of size 0 when absent
///
/// Members are never reordered or removed.
void encode(const Event& event, base::ByteWriter& out);
Event decode(base::ByteReader& in);

/// The text of a string token with its escapes resolved; the token must be a valid JSON string.
std::string unescape(RawJson string_token);

/// A JSON string token for arbitrary UTF-8 text.
std::string quote(std::string_view text);

}  // namespace fanfare::event
