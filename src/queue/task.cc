#include "queue/task.h"

#include <xxhash.h>

#include "base/bytes.h"

namespace fanfare::queue {

std::string_view to_string(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::None:
      return "None";
    case OutcomeKind::Delivered:
      return "Delivered";
    case OutcomeKind::NotFound:
      return "NotFound";
    case OutcomeKind::Disabled:
      return "Disabled";
    case OutcomeKind::Full:
      return "Full";
    case OutcomeKind::Unauthorized:
      return "Unauthorized";
    case OutcomeKind::BadRequest:
      return "BadRequest";
    case OutcomeKind::TimedOut:
      return "TimedOut";
    case OutcomeKind::Busy:
      return "Busy";
    case OutcomeKind::PayloadTooLarge:
      return "PayloadTooLarge";
    case OutcomeKind::Probation:
      return "Probation";
    case OutcomeKind::Canceled:
      return "Canceled";
    case OutcomeKind::Aborted:
      return "Aborted";
    case OutcomeKind::SocketError:
      return "SocketError";
    case OutcomeKind::ResolutionError:
      return "ResolutionError";
    case OutcomeKind::Forbidden:
      return "Forbidden";
    case OutcomeKind::GenericError:
      return "GenericError";
  }
  return "GenericError";
}

std::string_view to_string(DeadLetterReason reason) {
  switch (reason) {
    case DeadLetterReason::None:
      return "None";
    case DeadLetterReason::MaxDeliveryAttemptsExceeded:
      return "MaxDeliveryAttemptsExceeded";
    case DeadLetterReason::TimeToLiveExceeded:
      return "TimeToLiveExceeded";
    case DeadLetterReason::UndeliverableDueToHttpStatus:
      return "UndeliverableDueToHttpStatus";
    case DeadLetterReason::SubscriptionDeleted:
      return "SubscriptionDeleted";
    case DeadLetterReason::DeadLetterDestinationUnavailable:
      return "DeadLetterDestinationUnavailable";
  }
  return "None";
}

/// A version 8 UUID (RFC 9562: "custom"): the hash of store, position and index, with the six bits
/// that the form prescribes.
std::string output_event_id(std::string_view store_id, log::Position position,
                            std::uint32_t index) {
  std::string name(store_id);
  base::ByteWriter writer(name);
  writer.u64(position);
  writer.u32(index);
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(name.data(), name.size()));
  hash.digest[6] = static_cast<unsigned char>((hash.digest[6] & 0x0f) | 0x80);
  hash.digest[8] = static_cast<unsigned char>((hash.digest[8] & 0x3f) | 0x80);
  std::string text = base::hex_encode(
      std::string_view(reinterpret_cast<const char*>(hash.digest), sizeof hash.digest));
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

}  // namespace fanfare::queue
