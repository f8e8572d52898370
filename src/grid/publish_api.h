#pragma once
/// Publishing over HTTP: POST /topics/{topic}/api/events, and POST /api/events or / where the Host
/// name or the port tells the topic. All of a request's events or none; 200 only for what is
/// durable. Source: data plane specification 2018-01-01 and the published event reference; choices
/// in docs/parity.md; what each error says is in publish_errors.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "auth/bearer.h"
#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "event/publish_body.h"
#include "grid/publish_errors.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "http/message.h"
#include "http/router.h"

namespace fanfare::grid {

enum class BinaryMode {
  Accept,
  Refuse,  ///< 415, as Azure's basic tier
};

struct PublishOptions {
  std::size_t request_bytes_max = 1'536'000;
  event::Limits limits;
  BinaryMode cloud_events_binary = BinaryMode::Accept;
};

/// The topic of a request whose path names none; null when there is none.
using TopicResolver = std::function<std::shared_ptr<const TopicEntry>(
    const Catalog& catalog, const http::Request& request)>;

/// The topic that the first label of the Host name names.
std::shared_ptr<const TopicEntry> topic_of_host(const Catalog& catalog,
                                                const http::Request& request);

/// Told of every request that is refused; `topic` is null where none is known.
using RefusalListener = std::function<void(const Topic* topic, PublishFault fault)>;

class PublishApi {
 public:
  /// All outlive it. `random` is thread-safe.
  PublishApi(const Registry& registry, Publisher& publisher, const auth::BearerVerifier& bearers,
             base::Clock& clock, base::Random& random, TopicResolver resolver,
             PublishOptions options, RefusalListener refused);

  /// POST, OPTIONS, and 405 for other methods. Tagged `publish`: the handlers check credentials
  /// themselves. The API outlives them.
  std::vector<http::Route> routes();

 private:
  std::shared_ptr<const TopicEntry> find_topic(const http::Request& request) const;
  base::Async<http::Response> publish(http::Request request);
  http::Response refuse(const TopicEntry* topic, PublishFault fault, std::string_view message,
                        std::string_view target);
  std::optional<http::Response> refuse_caller(const TopicEntry& topic,
                                              const http::Request& request);
  base::Result<event::EventBatch> read(const Topic& topic, http::Request& request);
  http::Response accepted(const queue::Receipt& receipt);

  const Registry& registry_;
  Publisher& publisher_;
  const auth::BearerVerifier& bearers_;
  base::Clock& clock_;
  base::Random& random_;
  TopicResolver resolver_;
  PublishOptions options_;
  RefusalListener refused_;
};

}  // namespace fanfare::grid
