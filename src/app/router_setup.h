#pragma once
/// Which routes exist and who guards them. The only place that knows all of them.
#include "app/access.h"
#include "app/addresses.h"
#include "app/config.h"
#include "app/metrics.h"
#include "app/operations_api.h"
#include "auth/bearer.h"
#include "base/clock.h"
#include "delivery/sink.h"
#include "grid/publish_api.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "http/client.h"
#include "http/router.h"
#include "management/event_subscriptions.h"
#include "management/operations.h"
#include "management/topics.h"

namespace fanfare::app {

/// The management surface and what its routes share.
struct Management {
  /// Made before the queue is started. `client` belongs to `executor`.
  Management(const Config& config, grid::Registry& registry, base::Clock& clock,
             base::Executor executor, http::Client& client);

  management::Operations operations;
  management::Topics topics;
  management::EventSubscriptions event_subscriptions;
};

struct RouterParts {
  const Config& config;
  const Access& access;
  grid::Registry& registry;
  grid::Publisher& publisher;
  base::Clock& clock;
  Management& management;
  Operations& operations;
  Metrics& metrics;
  const Addresses& addresses;
  communication::Resources& resources;
};

/// `parts` and what it names outlive the API.
std::unique_ptr<grid::PublishApi> make_publish_api(const RouterParts& parts,
                                                   const auth::BearerVerifier& bearers);

void add_routes(http::Router& router, const RouterParts& parts, grid::PublishApi& publish_api);

/// The sink of one I/O thread.
std::unique_ptr<delivery::Sink> make_sink(const Config& config, http::Client& client,
                                          base::Clock& clock, const std::string& store_id);

}  // namespace fanfare::app
