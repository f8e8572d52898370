#include "app/router_setup.h"

#include "app/delivery_setup.h"
#include "base/random.h"
#include "delivery/sinks/all_sinks.h"
#include "management/communication_api.h"
#include "management/event_subscriptions_api.h"
#include "management/operations_api.h"
#include "management/system_topics_api.h"
#include "management/topics_api.h"

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

/// A named coroutine owns what it works with; a capturing one would lose it.
base::Async<delivery::HandshakeResult> validate(
    http::Client& client, base::Clock& clock, std::shared_ptr<delivery::HandshakePace> pace,
    std::shared_ptr<const grid::EventSubscription> subscription, delivery::HandshakeRequest request,
    int attempts) {
  auto asking =
      delivery::validate_webhook(client, clock, *pace, *subscription, std::move(request), attempts);
  co_return co_await std::move(asking);
}

management::ValidateWebhook webhook_validation(http::Client& client, base::Clock& clock,
                                               int attempts) {
  const auto pace = std::make_shared<delivery::HandshakePace>();
  return
      [&client, &clock, pace, attempts](std::shared_ptr<const grid::EventSubscription> subscription,
                                        delivery::HandshakeRequest request) {
        return validate(client, clock, pace, std::move(subscription), std::move(request), attempts);
      };
}

}  // namespace

Management::Management(const Config& config, grid::Registry& registry, base::Clock& clock,
                       base::Executor executor, http::Client& client)
    : topics(registry, base::system_random()),
      event_subscriptions(registry, operations, clock, base::system_random(), executor,
                          webhook_validation(client, clock, config.webhooks.handshake_attempts),
                          subscription_options(config)) {}

namespace {

/// Everything but publishing, health and validation links is for those who run the server.
bool is_guarded(std::string_view permission) {
  return permission.starts_with("management/") || permission.starts_with("operations/");
}

base::Async<std::optional<http::Response>> guard(const Access& access, const http::Request& request,
                                                 const http::Route& route) {
  if (!is_guarded(route.permission)) co_return std::nullopt;
  co_return access.check_management(request);
}

base::Async<http::Response> not_found(http::Request request) {
  co_return error_response(404, "NotFound",
                           "There is nothing at " + std::string(request.path()) +
                               ". Events are published at /topics/<name>/api/events.");
}

grid::PublishOptions publish_options(const Config& config) {
  grid::PublishOptions options;
  options.request_bytes_max = config.publishing.request_bytes_max;
  options.limits.event_bytes_max = config.publishing.event_bytes_max;
  options.limits.events_max = config.publishing.events_per_request_max;
  options.cloud_events_binary = config.publishing.cloud_events_binary_mode
                                    ? grid::BinaryMode::Accept
                                    : grid::BinaryMode::Refuse;
  return options;
}

}  // namespace

std::unique_ptr<grid::PublishApi> make_publish_api(const RouterParts& parts,
                                                   const auth::BearerVerifier& bearers) {
  const auto resolver = [&addresses = parts.addresses](const grid::Catalog& catalog,
                                                       const http::Request& request) {
    return topic_of_request(addresses, catalog, request);
  };
  const auto refused = [&metrics = parts.metrics](const grid::Topic* topic,
                                                  grid::PublishFault fault) {
    const auto answer = grid::publish_answer(fault);
    metrics.publish_failed(topic != nullptr ? topic->name : "", answer.code, 1);
  };
  return std::make_unique<grid::PublishApi>(parts.registry, parts.publisher, bearers, parts.clock,
                                            base::system_random(), resolver,
                                            publish_options(parts.config), refused);
}

void add_routes(http::Router& router, const RouterParts& parts, grid::PublishApi& publish_api) {
  router.set_guard([&access = parts.access](http::Request& request, const http::Route& route) {
    return guard(access, request, route);
  });
  router.set_not_found(not_found);
  router.add(management::topics_routes(parts.management.topics, parts.management.operations));
  router.add(management::system_topics_routes(parts.registry, parts.management.operations));
  router.add(management::communication_routes(
      parts.resources, parts.management.operations,
      [&addresses = parts.addresses](const communication::Resource& resource) {
        return addresses.resource_endpoint(resource.name);
      }));
  router.add(management::event_subscriptions_routes(parts.management.event_subscriptions));
  router.add(management::operations_routes(parts.management.operations, parts.registry));
  router.add(publish_api.routes());
  add_operations_routes(router, parts.operations);
}

std::unique_ptr<delivery::Sink> make_sink(const Config& config, http::Client& client,
                                          base::Clock& clock, const std::string& store_id) {
  delivery::SinkOptions options;
  options.envelope.store_id = store_id;
  options.envelope.subscription_name = config.delivery.upper_case_subscription_name
                                           ? delivery::NameCase::Upper
                                           : delivery::NameCase::AsGiven;
  options.timeouts = webhook_timeouts(config);
  return delivery::make_all_sinks(client, clock, std::move(options));
}

}  // namespace fanfare::app
