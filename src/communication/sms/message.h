#pragma once
/// A text message that was sent or received, its id, and its stored form.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "carrier/carrier.h"

namespace fanfare::communication::sms {

/// Stored: never renumber.
enum class State : std::uint8_t {
  Submitted = 1,  ///< for a carrier to take, or on its way
  Delivered = 2,
  Failed = 3,
  Received = 4,  ///< from outside
};
std::string_view to_string(State state);

struct Attempt {
  base::TimePoint at{};
  std::uint32_t segments_succeeded = 0;
  std::uint32_t segments_failed = 0;
};

struct Message {
  std::string id;
  State state = State::Submitted;
  std::string from;  ///< as the carrier knows it: E.164, a short code, letters
  std::string to;
  std::string text;
  std::uint32_t segments = 1;
  base::TimePoint created{};  ///< accepted, or received

  // Sent messages only.
  bool report_wanted = false;             ///< raise SMSDeliveryReportReceived
  std::optional<std::string> tag;         ///< the sender's own words for the report
  std::optional<base::Duration> timeout;  ///< deliveryReportTimeoutInSeconds
  base::TimePoint report_due{};           ///< when waiting for the carrier ends
  std::string repeat_id;                  ///< of the request, lower case; may be empty
  std::vector<Attempt> attempts;          ///< in order
  std::uint32_t segments_settled = 0;     ///< those with a verdict
  int code = 0;                           ///< of the verdict, as carrier/codes.h
  std::string detail;                     ///< its words
  base::TimePoint reported{};             ///< when the verdict came
  std::vector<std::string> references;    ///< the carrier's, while it has the message

  // Received messages only.
  std::string reference;  ///< the carrier's; may be empty

  bool ended() const { return state != State::Submitted; }
};

/// `Outgoing_` or `Incoming_`, the second as yyyyMMddHHmmss, and a GUID whose first eight digits
/// are the nanosecond within it, so that ids sort by time. Source: published samples,
/// `Outgoing_202009180022138813a09b-0cbf-4304-9b03-1546683bb910`.
std::string outgoing_id(base::TimePoint at, base::Random& random);
std::string incoming_id(base::TimePoint at, base::Random& random);

/// The time in an id of ours; nullopt for other texts.
std::optional<base::TimePoint> time_of_id(std::string_view id);

/// The stored form:
///   message = version:u8(1) state:u8 id from to text segments:varint created:i64 report_wanted:u8
///             has_tag:u8 tag timeout_s:varint report_due:i64 repeat_id count:varint
///             { at:i64 succeeded:varint failed:varint } settled:varint code:varint detail
///             reported:i64 reference count:varint { reference }
///   texts are size:varint bytes; a timeout of 0 is none. Members are added at the end only.
std::string encode(const Message& message);
std::optional<Message> decode_message(std::string_view value);

}  // namespace fanfare::communication::sms
