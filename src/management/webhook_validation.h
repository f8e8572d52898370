#pragma once
/// How the outcome of a webhook's validation changes the subscription that waits for it. Pure: the
/// same decision whether the endpoint answered, somebody opened the link, or the time was up.
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "delivery/handshake.h"
#include "grid/subscription.h"

namespace fanfare::management {

/// Marks a subscription as waiting for its endpoint, under a link of its own.
struct ValidationTicket {
  std::string code;
  std::string token;
  std::string operation;
};

/// The subscription as it is stored when `wanted` was asked for: in its place, or beside the
/// version in force until the endpoint agrees.
grid::EventSubscription begin_validation(grid::EventSubscription wanted,
                                         const grid::EventSubscription* existing,
                                         const ValidationTicket& ticket);

/// The version that waits under this token; null when none does (any more).
const grid::EventSubscription* waiting_version(const grid::EventSubscription& subscription,
                                               std::string_view token);

/// Applies an outcome to the version that waits under `token`; nothing when none does. `deadline`
/// is when an answer by hand must have come.
std::optional<grid::EventSubscription> decide_validation(
    const grid::EventSubscription& subscription, std::string_view token,
    const delivery::HandshakeResult& outcome, base::TimePoint deadline);

/// The operation's error message: the endpoint without its query, why, and the response code.
std::string refusal_message(const grid::EventSubscription& version,
                            const delivery::Refused& refused);

/// Takes as long for a wrong token as for a right one.
bool same_token(std::string_view a, std::string_view b);

}  // namespace fanfare::management
