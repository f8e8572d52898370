#include "management/event_subscriptions.h"

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/log.h"
#include "base/task_group.h"
#include "grid/subscription_json.h"
#include "management/subscription_resource.h"
#include "management/webhook_validation.h"

namespace fanfare::management {

namespace {

using SubscriptionPtr = EventSubscriptions::SubscriptionPtr;
using grid::EventSubscription;
using grid::ProvisioningState;

// A deadline that could not be acted on, since the log took nothing, is tried again so much later.
constexpr base::Duration kRetry = base::seconds(1);

constexpr std::string_view kUrlValidation = "Url validation";

const EventSubscription& newest_version(const EventSubscription& subscription) {
  return subscription.pending ? *subscription.pending : subscription;
}

/// 256 random bits as hexadecimal digits.
std::string random_token(base::Random& random) {
  std::string bytes;
  base::ByteWriter writer(bytes);
  for (int word = 0; word < 4; ++word) writer.u64(random.next());
  return base::hex_encode(bytes);
}

/// From a body to the version that is asked for, given what is there.
using Merge = std::function<base::Result<EventSubscription>(const grid::Topic& topic,
                                                            const EventSubscription* existing)>;

/// What the last run of an edit decided.
struct Decision {
  bool created = false;
  bool unchanged = false;
  std::string superseded;  ///< operation of an earlier change that this one takes the place of
};

base::Result<EventSubscription> merged_patch(const grid::SubscriptionProperties& properties,
                                             const EventSubscription* existing) {
  if (existing == nullptr) {
    return base::Error{base::Errc::NotFound, "There is no event subscription of that name.", {}};
  }
  return merge_patch(properties, newest_version(*existing));
}

}  // namespace

std::string validation_path(queue::SubscriptionId id, std::string_view token) {
  return "/validate/" + std::to_string(id.value) + "/" + std::string(token);
}

struct EventSubscriptions::State : std::enable_shared_from_this<State> {
  State(grid::Registry& r, Operations& o, base::Clock& c, base::Random& rnd, base::Executor e,
        ValidateWebhook v, EventSubscriptionOptions opts)
      : registry(r),
        operations(o),
        clock(c),
        random(rnd),
        executor(e),
        validate(std::move(v)),
        options(std::move(opts)),
        targets(options.targets),
        tasks(e) {}

  grid::Registry& registry;
  Operations& operations;
  base::Clock& clock;
  base::Random& random;
  base::Executor executor;
  ValidateWebhook validate;
  EventSubscriptionOptions options;
  http::AddressFilter targets;

  // On the executor only.
  base::TaskGroup tasks;
  std::unique_ptr<base::Alarm> alarm;
  bool started = false;
  bool closed = false;
  std::set<std::string> tokens_asked;  ///< tokens of the handshakes under way

  base::Result<std::optional<EventSubscription>> decide(
      const Merge& merge, const ValidationTicket& ticket, const std::string& path,
      const grid::Topic& topic, const EventSubscription* existing, Decision& decision);
  void ask_later(SubscriptionPtr version, std::string base_url);
  bool begin_asking(const EventSubscription& version);
  void resume(const std::string& base_url);
  void arm(base::TimePoint not_before);
  void act_on_deadlines();
};

namespace {

using StatePtr = std::shared_ptr<EventSubscriptions::State>;

ValidationTicket new_ticket(base::Random& random) {
  return ValidationTicket{base::uuid4(random), random_token(random), base::uuid4(random)};
}

/// Ends the operation of the version as its outcome says.
void report(Operations& operations, const EventSubscription& version,
            const delivery::HandshakeResult& outcome) {
  if (std::holds_alternative<delivery::Validated>(outcome)) {
    operations.end(version.operation, OperationStatus::Succeeded);
  } else if (const auto* refused = std::get_if<delivery::Refused>(&outcome)) {
    const auto message = refusal_message(version, *refused);
    operations.end(version.operation, OperationStatus::Failed, std::string(kUrlValidation),
                   message);
    base::log(base::LogLevel::Warn, "management", "a webhook was not validated",
              {{"subscription", version.arm_id()}, {"reason", message}});
  } else {
    base::log(base::LogLevel::Info, "management",
              "a webhook did not echo its validation code; its validation link must be opened",
              {{"subscription", version.arm_id()}});
  }
}

/// Applies an outcome to whatever waits under the token. False when nothing did.
base::Async<base::Result<bool>> settle(StatePtr state, queue::SubscriptionId id, std::string token,
                                       delivery::HandshakeResult outcome) {
  const auto waited = std::make_shared<SubscriptionPtr>();
  const auto deadline = state->clock.now() + state->options.validation_lifetime;
  std::function<void(EventSubscription&)> change = [=](EventSubscription& subscription) {
    const auto* version = waiting_version(subscription, token);
    *waited = version == nullptr ? nullptr : std::make_shared<const EventSubscription>(*version);
    if (auto next = decide_validation(subscription, token, outcome, deadline)) {
      subscription = *std::move(next);
    }
  };
  const auto changed = co_await state->registry.update_subscription(id, std::move(change));
  if (!changed) {
    if (changed.error().code == base::Errc::NotFound) co_return false;
    co_return changed.error();
  }
  if (!*waited) co_return false;
  report(state->operations, **waited, outcome);
  co_return true;
}

/// Asks the endpoint and applies what came of it.
base::Async<void> ask(StatePtr state, SubscriptionPtr version, std::string base_url) {
  delivery::HandshakeRequest request;
  request.validation_code = version->validation_code;
  request.validation_url = base_url + validation_path(version->id, version->validation_token);
  auto outcome = co_await state->validate(version, std::move(request));
  if (state->closed) co_return;
  const auto settled =
      co_await settle(state, version->id, version->validation_token, std::move(outcome));
  state->tokens_asked.erase(version->validation_token);
  if (settled) co_return;
  base::log(base::LogLevel::Error, "management", "the outcome of a validation was not stored",
            {{"subscription", version->arm_id()}, {"reason", settled.error().message}});
  state->operations.end(version->operation, OperationStatus::Failed, "ServiceUnavailable",
                        "The outcome of the validation could not be stored; try again.");
}

base::Async<void> give_up(StatePtr state, SubscriptionPtr version) {
  const auto minutes =
      std::chrono::duration_cast<base::minutes>(state->options.validation_lifetime).count();
  delivery::Refused refused;
  refused.reason =
      "The validation link was not opened within " + std::to_string(minutes) + " minutes.";
  delivery::HandshakeResult outcome = std::move(refused);
  const auto settled =
      co_await settle(state, version->id, version->validation_token, std::move(outcome));
  if (!settled) state->arm(state->clock.now() + kRetry);
}

base::Async<void> expire(StatePtr state) {
  const auto expired = co_await state->registry.expire(state->clock.now());
  if (!expired) {
    state->arm(state->clock.now() + kRetry);
  } else if (*expired > 0) {
    base::log(base::LogLevel::Info, "management", "event subscriptions have expired",
              {{"count", *expired}});
  }
}

/// When something is to be done about this subscription.
std::optional<base::TimePoint> deadline_of(const EventSubscription& subscription) {
  std::optional<base::TimePoint> out = subscription.expiration;
  const auto& version = newest_version(subscription);
  if (version.state == ProvisioningState::AwaitingManualAction &&
      (!out || version.validation_deadline < *out)) {
    out = version.validation_deadline;
  }
  return out;
}

}  // namespace

base::Result<std::optional<EventSubscription>> EventSubscriptions::State::decide(
    const Merge& merge, const ValidationTicket& ticket, const std::string& path,
    const grid::Topic& topic, const EventSubscription* existing, Decision& decision) {
  auto wanted = merge(topic, existing);
  if (!wanted) return wanted.error();
  if (auto checked = check_wanted(*wanted, targets, clock.now(), path); !checked) {
    return checked.error();
  }
  if (auto checked = check_event_types(*wanted, topic, path); !checked) return checked.error();
  decision = Decision{existing == nullptr || !existing->active(), false, {}};
  if (existing != nullptr && existing->active() && !existing->pending &&
      same_wish(*wanted, *existing)) {
    decision.unchanged = true;
    return std::optional<EventSubscription>();
  }
  if (existing != nullptr) decision.superseded = newest_version(*existing).operation;
  wanted->created = clock.now();
  if (options.validation == WebhookValidation::Required) {
    return std::optional(begin_validation(*std::move(wanted), existing, ticket));
  }
  wanted->operation = ticket.operation;
  wanted->pending = nullptr;
  wanted->state = ProvisioningState::Succeeded;
  wanted->state_reason.clear();
  wanted->validation_token.clear();
  wanted->validation_deadline = {};
  return std::optional(*std::move(wanted));
}

/// One handshake a version: resume() finds what a change has just asked for.
bool EventSubscriptions::State::begin_asking(const EventSubscription& version) {
  const auto current = registry.catalog()->subscription(version.id);
  if (!current || waiting_version(*current, version.validation_token) == nullptr) return false;
  return tokens_asked.insert(version.validation_token).second;
}

void EventSubscriptions::State::ask_later(SubscriptionPtr version, std::string base_url) {
  auto self = shared_from_this();
  asio::post(executor, [self, version = std::move(version), base_url = std::move(base_url)] {
    if (self->closed || !self->begin_asking(*version)) return;
    self->tasks.spawn("webhook validation", ask(self, version, base_url));
  });
}

void EventSubscriptions::State::resume(const std::string& base_url) {
  const auto catalog = registry.catalog();
  for (const auto& entry : catalog->topics()) {
    for (const auto& subscription : entry->subscriptions) {
      const auto& version = newest_version(*subscription);
      const bool asking = version.state == ProvisioningState::Creating ||
                          (subscription->pending && version.state == ProvisioningState::Updating);
      if (asking) ask_later(std::make_shared<const EventSubscription>(version), base_url);
    }
  }
}

void EventSubscriptions::State::arm(base::TimePoint not_before) {
  if (!started || closed) return;
  std::optional<base::TimePoint> earliest;
  const auto catalog = registry.catalog();
  for (const auto& entry : catalog->topics()) {
    for (const auto& subscription : entry->subscriptions) {
      const auto deadline = deadline_of(*subscription);
      if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
    }
  }
  alarm.reset();
  if (!earliest) return;
  alarm = clock.alarm(std::max(*earliest, not_before), executor, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->act_on_deadlines();
  });
}

void EventSubscriptions::State::act_on_deadlines() {
  if (closed) return;
  const auto now = clock.now();
  const auto catalog = registry.catalog();
  bool expired = false;
  for (const auto& entry : catalog->topics()) {
    for (const auto& subscription : entry->subscriptions) {
      const auto& version = newest_version(*subscription);
      expired |= subscription->expiration && *subscription->expiration <= now;
      if (version.state == ProvisioningState::AwaitingManualAction &&
          version.validation_deadline <= now) {
        tasks.spawn(
            "validation deadline",
            give_up(shared_from_this(), std::make_shared<const EventSubscription>(version)));
      }
    }
  }
  if (expired) tasks.spawn("expiration", expire(shared_from_this()));
}

EventSubscriptions::EventSubscriptions(grid::Registry& registry, Operations& operations,
                                       base::Clock& clock, base::Random& random,
                                       base::Executor executor, ValidateWebhook validate,
                                       EventSubscriptionOptions options)
    : state_(std::make_shared<State>(registry, operations, clock, random, executor,
                                     std::move(validate), std::move(options))) {
  registry.on_change(
      [weak = std::weak_ptr(state_)](const grid::CatalogPtr&, const grid::CatalogPtr&) {
        const auto self = weak.lock();
        if (!self) return;
        asio::post(self->executor, [self] { self->arm(base::TimePoint{}); });
      });
}

EventSubscriptions::~EventSubscriptions() = default;

grid::Registry& EventSubscriptions::registry() { return state_->registry; }

void EventSubscriptions::start(std::string base_url) {
  asio::post(state_->executor, [self = state_, base_url = std::move(base_url)] {
    self->started = true;
    self->resume(base_url);
    self->arm(base::TimePoint{});
  });
}

void EventSubscriptions::close() {
  asio::post(state_->executor, [self = state_] {
    self->closed = true;
    self->alarm.reset();
  });
}

namespace {

/// What put() and patch() share once the body has been read.
base::Async<base::Result<SubscriptionChange>> change_subscription(StatePtr state,
                                                                  std::string topic_arm_id,
                                                                  std::string name, Merge merge,
                                                                  std::string path,
                                                                  std::string base_url) {
  const auto ticket = std::make_shared<const ValidationTicket>(new_ticket(state->random));
  const auto decision = std::make_shared<Decision>();
  grid::Registry::SubscriptionEdit edit = [=](const grid::Topic& topic,
                                              const EventSubscription* existing) {
    auto decided = state->decide(merge, *ticket, path, topic, existing, *decision);
    if (decided && *decided) (*decided)->name = name;
    return decided;
  };
  state->operations.put(Operation{ticket->operation, OperationStatus::InProgress, {}, {}});
  const auto stored =
      co_await state->registry.edit_subscription(topic_arm_id, name, std::move(edit));
  if (!stored) {
    state->operations.end(ticket->operation, OperationStatus::Failed, "InvalidRequest",
                          stored.error().message);
    co_return stored.error();
  }
  if (!decision->superseded.empty()) {
    state->operations.end(decision->superseded, OperationStatus::Canceled, "Superseded",
                          "A later change took its place.");
  }
  const bool waits =
      !decision->unchanged && state->options.validation == WebhookValidation::Required;
  SubscriptionChange change;
  change.wanted = std::make_shared<const EventSubscription>(newest_version(**stored));
  change.created = decision->created;
  change.operation = ticket->operation;
  if (waits)
    state->ask_later(change.wanted, std::move(base_url));
  else
    state->operations.end(ticket->operation, OperationStatus::Succeeded);
  co_return change;
}

}  // namespace

base::Async<base::Result<SubscriptionChange>> EventSubscriptions::put(std::string topic_arm_id,
                                                                      std::string name,
                                                                      json::Value body,
                                                                      std::string base_url) {
  auto properties = properties_from_put(body);
  if (!properties) co_return std::move(properties.error());
  Merge merge = [properties = *std::move(properties)](
                    const grid::Topic& topic,
                    const EventSubscription* existing) -> base::Result<EventSubscription> {
    return merge_put(properties, topic, existing);
  };
  std::string path = "properties.";
  co_return co_await change_subscription(state_, std::move(topic_arm_id), std::move(name),
                                         std::move(merge), std::move(path), std::move(base_url));
}

base::Async<base::Result<SubscriptionChange>> EventSubscriptions::patch(std::string topic_arm_id,
                                                                        std::string name,
                                                                        json::Value body,
                                                                        std::string base_url) {
  auto properties = properties_from_patch(body);
  if (!properties) co_return std::move(properties.error());
  Merge merge = [properties = *std::move(properties)](const grid::Topic&,
                                                      const EventSubscription* existing) {
    return merged_patch(properties, existing);
  };
  std::string path;
  co_return co_await change_subscription(state_, std::move(topic_arm_id), std::move(name),
                                         std::move(merge), std::move(path), std::move(base_url));
}

base::Async<base::Result<std::optional<std::string>>> EventSubscriptions::remove(
    std::string topic_arm_id, std::string name) {
  const auto state = state_;
  const auto entry = state->registry.catalog()->topic_by_arm_id(topic_arm_id);
  const auto existing = entry ? entry->find(name) : nullptr;
  if (!existing) co_return std::optional<std::string>();
  const auto removed = co_await state->registry.delete_subscription(existing->id);
  if (!removed) co_return removed.error();
  if (!*removed) co_return std::optional<std::string>();
  state->operations.end(newest_version(*existing).operation, OperationStatus::Canceled, "Deleted",
                        "The event subscription has been deleted.");
  Operation operation{base::uuid4(state->random), OperationStatus::Succeeded, {}, {}};
  auto id = operation.id;
  state->operations.put(std::move(operation));
  co_return std::optional(std::move(id));
}

base::Async<base::Result<void>> EventSubscriptions::confirm(
    queue::SubscriptionId id, std::string token, std::optional<int> allowed_rate_per_minute) {
  const auto state = state_;
  const base::Error unknown{
      base::Errc::NotFound, "This validation link is unknown, used up or too old.", {}};
  const auto subscription = state->registry.catalog()->subscription(id);
  const auto* version = subscription ? waiting_version(*subscription, token) : nullptr;
  if (version == nullptr) co_return unknown;
  if (version->state == ProvisioningState::AwaitingManualAction &&
      version->validation_deadline <= state->clock.now()) {
    co_return unknown;
  }
  delivery::HandshakeResult outcome = delivery::Validated{allowed_rate_per_minute};
  const auto settled = co_await settle(state, id, std::move(token), std::move(outcome));
  if (!settled) co_return settled.error();
  if (!*settled) co_return unknown;
  co_return base::Result<void>();
}

}  // namespace fanfare::management
