#include "app/router_setup.h"

#include "app/delivery_setup.h"
#include "base/random.h"
#include "delivery/sinks/all_sinks.h"

namespace fanfare::app {

namespace {

management::EventSubscriptionOptions subscription_options(const Config& config) {
  management::EventSubscriptionOptions options;
  options.validation = config.webhooks.validation ? management::WebhookValidation::Required
                                                  : management::WebhookValidation::Skip;
  options.validation_lifetime = config.webhooks.validation_lifetime;
  options.targets = address_filter_options(config);
  return options;
}

management::ValidateWebhook webhook_validation(http::Client& client, base::Clock& clock, int attempts) {
  return [&client, &clock, attempts](std::shared_ptr<const grid::EventSubscription> subscription,
                                     delivery::HandshakeRequest request) {
    // A named coroutine owns the subscription; a capturing one would lose it.
    struct Shell {
      static base::Async<delivery::HandshakeResult> run(
          http::Client& c, base::Clock& k, std::shared_ptr<const grid::EventSubscription> s,
          delivery::HandshakeRequest r, int n) {
        co_return co_await delivery::validate_webhook(c, k, *s, std::move(r), n);
      }
    };
    return Shell::run(client, clock, std::move(subscription), std::move(request), attempts);
  };
}

}  // namespace

Management::Management(const Config& config, grid::Registry& registry, base::Clock& clock,
                       base::Executor executor, http::Client& client)
    : topics(registry, base::system_random()),
      event_subscriptions(registry, operations, clock, base::system_random(), executor,
                          webhook_validation(client, clock, config.webhooks.handshake_attempts),
                          subscription_options(config)) {}

std::unique_ptr<delivery::Sink> make_sink(const Config& config, http::Client& client,
                                          base::Clock& clock, const std::string& store_id) {
  delivery::SinkOptions options;
  options.envelope.store_id = store_id;
  options.envelope.subscription_name = config.delivery.upper_case_subscription_name
                                           ? delivery::NameCase::Upper
                                           : delivery::NameCase::AsGiven;
  options.response_limit = config.webhooks.response_timeout;
  return delivery::make_all_sinks(client, clock, std::move(options));
}

}  // namespace fanfare::app
