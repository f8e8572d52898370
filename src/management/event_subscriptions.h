#pragma once
/// What can be done with event subscriptions, and their life: asked for, validated, in force,
/// expired. The routes and the configuration file come through here alike.
///
/// A new subscription delivers nothing before its webhook has been validated; an update of one that
/// is in force waits beside it (EventSubscription::pending) and takes its place when the endpoint
/// agrees, or is given up. Everything that waits is stored and goes on after a restart.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/handshake.h"
#include "grid/registry.h"
#include "http/address_filter.h"
#include "json/value.h"
#include "management/operations.h"

namespace fanfare::management {

enum class WebhookValidation {
  Required,
  Skip,  ///< endpoints are taken on trust; for development
};

struct EventSubscriptionOptions {
  WebhookValidation validation = WebhookValidation::Required;
  base::Duration validation_lifetime = base::minutes(10);  ///< of AwaitingManualAction
  http::AddressFilterOptions targets;                      ///< which endpoints a webhook may name
};

/// Asks the endpoint. Runs on the executor that EventSubscriptions was given.
using ValidateWebhook = std::function<base::Async<delivery::HandshakeResult>(
    std::shared_ptr<const grid::EventSubscription> subscription,
    delivery::HandshakeRequest request)>;

/// What a change answers with: the version that was asked for and the operation to follow.
struct SubscriptionChange {
  std::shared_ptr<const grid::EventSubscription> wanted;
  bool created = false;  ///< else it updates one that is there
  std::string operation;
};

/// Thread-safe.
class EventSubscriptions {
 public:
  using SubscriptionPtr = std::shared_ptr<const grid::EventSubscription>;

  /// `executor` runs handshakes, deadlines and expirations. Made before the registry's queue is
  /// started.
  EventSubscriptions(grid::Registry& registry, Operations& operations, base::Clock& clock,
                     base::Random& random, base::Executor executor, ValidateWebhook validate,
                     EventSubscriptionOptions options);
  ~EventSubscriptions();

  /// Takes up the handshakes and deadlines that were under way when the server stopped. `base_url`
  /// is where validation links of theirs lead to.
  void start(std::string base_url);
  /// Begins nothing more; what is asked later ends without a trace. The executor is stopped after
  /// this.
  void close();

  /// Creates or replaces, as PUT does with this body. The same body again changes nothing and asks
  /// no endpoint. Errors: NotFound (the topic), InvalidArgument (target: the property), Conflict
  /// (500 subscriptions), Unavailable.
  base::Async<base::Result<SubscriptionChange>> put(std::string topic_arm_id, std::string name,
                                                    json::Value body, std::string base_url);
  /// Changes what the flat body names. NotFound also for a subscription that is not there.
  base::Async<base::Result<SubscriptionChange>> patch(std::string topic_arm_id, std::string name,
                                                      json::Value body, std::string base_url);
  /// The operation; nullopt when there was none of that name.
  base::Async<base::Result<std::optional<std::string>>> remove(std::string topic_arm_id,
                                                               std::string name);

  /// Somebody opened a validation link. Errors: NotFound, for whatever reason.
  base::Async<base::Result<void>> confirm(queue::SubscriptionId id, std::string token,
                                          std::optional<int> allowed_rate_per_minute);

  grid::Registry& registry();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// Path of a validation link below the server's address.
std::string validation_path(queue::SubscriptionId id, std::string_view token);

}  // namespace fanfare::management
