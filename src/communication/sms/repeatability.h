#pragma once
/// Requests that a client may send again: what becomes of one recipient's. Pure.
///
///   id    first sent       known before         outcome
///   bad   any                                   400, rejected
///   good  missing or bad                        400, rejected
///   good  outside window                        412, rejected
///   good  within window    no                   executed, accepted
///   good  within window    same payload         the first result again, accepted
///   good  within window    other payload        400, rejected
/// Source: published pages on repeatable requests; samples of the send operation.
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace fanfare::communication::sms {

/// What one recipient of a request says.
struct Repeatability {
  std::optional<std::string> request_id;
  std::optional<std::string> first_sent;
};

struct Rejected {
  int status = 400;
  std::string message;
};

/// Before anything is looked up. nullopt: execute it, or look whether it was. A first-sent without
/// an id is no request for repeatability.
std::optional<Rejected> reject(const Repeatability& repeatability, base::TimePoint now,
                               base::Duration window);

Rejected other_payload();

/// 36 hexadecimal characters of a GUID, in any case.
bool is_guid(std::string_view text);

}  // namespace fanfare::communication::sms
