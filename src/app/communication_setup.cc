#include "app/communication_setup.h"

#include "app/cross_origin.h"
#include "base/log.h"
#include "base/random.h"
#include "base/task_group.h"
#include "communication/api_errors.h"
#include "communication/committer.h"
#include "communication/identity/access.h"
#include "communication/identity/identities.h"
#include "communication/identity/identity_api.h"
#include "communication/identity/limits.h"

namespace fanfare::app {

namespace {

using communication::ResourcePtr;
namespace identity = communication::identity;

/// Reads of the view and signatures; more would only wait for the same disk and cores.
constexpr std::size_t kWorkers = 2;

}  // namespace

/// Members stand in the order in which they depend on each other.
struct Communication::Impl {
  explicit Impl(CommunicationParts p)
      : parts(p),
        resources(parts.registry, base::system_random()),
        committer(parts.registry, parts.publisher),
        resolver([this](const http::Request& request) {
          return resource_of_request(parts.addresses, *resources.snapshot(), request);
        }),
        identities(committer, parts.records, parts.clock, base::system_random(),
                   workers.executor(0)),
        resource_access(resolver, parts.bearers, parts.clock, parts.config.identity.clock_skew),
        user_access(resolver, identities),
        identity_limits(parts.clock, parts.config.identity.rate_limits
                                         ? identity::LimitMode::Service
                                         : identity::LimitMode::Off) {}

  CommunicationParts parts;
  base::IoThreads workers{kWorkers};
  communication::Resources resources;
  communication::Committer committer;
  communication::ResourceResolver resolver;
  identity::Identities identities;
  identity::ResourceAccess resource_access;
  identity::UserAccess user_access;
  identity::OperationLimits identity_limits;
  std::unique_ptr<base::TaskGroup> tasks;
};

Communication::Communication(CommunicationParts parts) : impl_(std::make_unique<Impl>(parts)) {}

Communication::~Communication() = default;

base::Result<void> Communication::load() {
  if (auto loaded = impl_->resources.load(impl_->parts.records); !loaded) return loaded;
  return impl_->identities.load(impl_->resources.snapshot()->all());
}

void Communication::apply(const view::Batch& state) {
  impl_->resources.apply(state);
  impl_->identities.apply(state);
}

communication::Resources& Communication::resources() { return impl_->resources; }

void Communication::start(base::Executor executor) {
  base::run_on(executor, [this, executor] {
    impl_->tasks = std::make_unique<base::TaskGroup>(executor);
    impl_->tasks->spawn("deletions of identities",
                        impl_->identities.finish_deletions(impl_->resources.snapshot()->all()));
  });
}

void Communication::stop() {
  if (impl_->tasks) {
    base::block_on(impl_->tasks->executor(),
                   [this]() -> base::Async<void> { co_await impl_->tasks->join(); });
  }
  impl_->workers.stop();
}

std::vector<http::Route> Communication::routes() {
  auto all =
      identity::identity_routes(impl_->resource_access, impl_->identities, impl_->identity_limits);
  return open_to_pages(std::move(all));
}

json::Value Communication::ready() const {
  auto out = json::Value::object();
  for (const auto& resource : impl_->resources.snapshot()->all()) {
    const auto endpoint = impl_->parts.addresses.resource_endpoint(resource->name);
    out.set(resource->name, json::Value::object({
                                {"id", resource->arm_id()},
                                {"endpoint", endpoint},
                                {"connectionString", connection_string(endpoint, resource->key1)},
                            }));
  }
  return out;
}

std::string connection_string(const std::string& endpoint, const std::string& key) {
  return "endpoint=" + endpoint + ";accesskey=" + key;
}

}  // namespace fanfare::app
