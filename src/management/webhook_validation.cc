#include "management/webhook_validation.h"

#include <memory>
#include <utility>

namespace fanfare::management {

namespace {

using grid::EventSubscription;
using grid::ProvisioningState;

/// The link is used up, nothing waits any more.
void end_waiting(EventSubscription& version) {
  version.validation_token.clear();
  version.validation_deadline = {};
}

EventSubscription in_force(EventSubscription version, const delivery::Validated& validated) {
  end_waiting(version);
  version.state = ProvisioningState::Succeeded;
  version.state_reason.clear();
  version.allowed_rate_per_minute = validated.allowed_rate_per_minute;
  return version;
}

EventSubscription awaiting(EventSubscription version, base::TimePoint deadline) {
  version.state = ProvisioningState::AwaitingManualAction;
  version.validation_deadline = deadline;
  return version;
}

EventSubscription failed(EventSubscription version, const delivery::Refused& refused) {
  end_waiting(version);
  version.state = ProvisioningState::Failed;
  version.state_reason = refused.reason;
  return version;
}

EventSubscription decide_new(const EventSubscription& subscription,
                             const delivery::HandshakeResult& outcome, base::TimePoint deadline) {
  if (const auto* validated = std::get_if<delivery::Validated>(&outcome)) {
    return in_force(subscription, *validated);
  }
  if (const auto* refused = std::get_if<delivery::Refused>(&outcome)) {
    return failed(subscription, *refused);
  }
  return awaiting(subscription, deadline);
}

// An update that is refused leaves the version in force as it was.
EventSubscription decide_update(const EventSubscription& subscription,
                                const delivery::HandshakeResult& outcome,
                                base::TimePoint deadline) {
  if (const auto* validated = std::get_if<delivery::Validated>(&outcome)) {
    return in_force(*subscription.pending, *validated);
  }
  EventSubscription out = subscription;
  if (std::holds_alternative<delivery::Refused>(outcome)) {
    out.state = ProvisioningState::Succeeded;
    out.pending = nullptr;
  } else {
    out.pending =
        std::make_shared<const EventSubscription>(awaiting(*subscription.pending, deadline));
  }
  return out;
}

}  // namespace

EventSubscription begin_validation(EventSubscription wanted, const EventSubscription* existing,
                                   const ValidationTicket& ticket) {
  const bool update = existing != nullptr && existing->active();
  wanted.state = update ? ProvisioningState::Updating : ProvisioningState::Creating;
  wanted.state_reason.clear();
  wanted.validation_code = ticket.code;
  wanted.validation_token = ticket.token;
  wanted.validation_deadline = {};
  wanted.operation = ticket.operation;
  wanted.pending = nullptr;
  if (!update) return wanted;
  EventSubscription out = *existing;
  out.state = ProvisioningState::Updating;
  out.operation = ticket.operation;
  out.pending = std::make_shared<const EventSubscription>(std::move(wanted));
  return out;
}

const EventSubscription* waiting_version(const EventSubscription& subscription,
                                         std::string_view token) {
  const auto* version = subscription.pending ? subscription.pending.get() : &subscription;
  const bool waits = version->state == ProvisioningState::Creating ||
                     version->state == ProvisioningState::Updating ||
                     version->state == ProvisioningState::AwaitingManualAction;
  const bool known = !token.empty() && same_token(version->validation_token, token);
  return waits && known ? version : nullptr;
}

std::optional<EventSubscription> decide_validation(const EventSubscription& subscription,
                                                   std::string_view token,
                                                   const delivery::HandshakeResult& outcome,
                                                   base::TimePoint deadline) {
  if (waiting_version(subscription, token) == nullptr) return std::nullopt;
  return subscription.pending ? decide_update(subscription, outcome, deadline)
                              : decide_new(subscription, outcome, deadline);
}

std::string refusal_message(const EventSubscription& version, const delivery::Refused& refused) {
  const auto& webhook = std::get<grid::WebHookDestination>(version.destination);
  std::string out = "Webhook validation handshake failed for " + webhook.endpoint_base_url() + ". ";
  out += refused.reason;
  if (!out.ends_with('.')) out += '.';
  out += " Response code: ";
  out += refused.status == 0 ? "Unknown" : std::to_string(refused.status);
  return out + ".";
}

bool same_token(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const auto other = i < a.size() ? a[i] : '\0';
    difference |= static_cast<unsigned char>(other) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

}  // namespace fanfare::management
