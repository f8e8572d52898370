#include "app/communication_setup.h"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "app/cross_origin.h"
#include "base/blocking.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/task_group.h"
#include "carrier/open.h"
#include "communication/api_errors.h"
#include "communication/chat/chat.h"
#include "communication/chat/realtime/realtime_api.h"
#include "communication/committer.h"
#include "communication/identity/access.h"
#include "communication/identity/identities.h"
#include "communication/identity/identity_api.h"
#include "communication/identity/limits.h"
#include "communication/phone_numbers/phone_numbers_api.h"
#include "communication/phone_numbers/service.h"
#include "communication/sms/service.h"
#include "communication/sms/sms_api.h"

namespace fanfare::app {

namespace {

using communication::Resource;
using communication::ResourcePtr;
namespace chat = communication::chat;
namespace identity = communication::identity;
namespace phone_numbers = communication::phone_numbers;
namespace sms = communication::sms;

/// One each for signatures of tokens, chat and SMS, so that none waits for another's reads.
enum Worker : std::size_t { IdentityWorker, ChatWorker, SmsWorker, kWorkers };

/// What the configuration says; without it the resource that a fresh server has owns a few numbers,
/// and others can buy from the same kinds.
std::vector<phone_numbers::InventoryNumber> inventory_of(
    const std::vector<DeclaredResource>& declared, const Resource& resource) {
  for (const auto& one : declared) {
    const bool same = base::ascii_iequals(one.name, resource.name);
    if (same && one.phone_numbers) return *one.phone_numbers;
  }
  auto numbers = phone_numbers::demo_inventory();
  if (base::ascii_iequals(resource.name, kDefaultResource)) return numbers;
  for (auto& number : numbers) number.stock = phone_numbers::Stock::Available;
  return numbers;
}

/// What all requests of an area share: that there is a resource at all, and the count of answers.
struct AreaShell {
  std::string_view area;
  const communication::Resources& resources;
  Metrics& metrics;

  base::Async<http::Response> answer(http::Handler handler, http::Request request) const {
    return run(*this, std::move(handler), std::move(request));
  }

 private:
  static base::Async<http::Response> run(AreaShell shell, http::Handler handler,
                                         http::Request request) {
    if (shell.resources.snapshot()->all().empty()) {
      co_return communication::api_error(404, "NotFound",
                                         "This server has no communication resource.");
    }
    auto response = co_await handler(std::move(request));
    shell.metrics.communication_request(shell.area, response.status);
    co_return response;
  }
};

void add_area(std::vector<http::Route>& all, const AreaShell& shell,
              std::vector<http::Route> routes) {
  for (auto& route : routes) {
    route.handler = [shell, handler = std::move(route.handler)](http::Request request) {
      return shell.answer(handler, std::move(request));
    };
    all.push_back(std::move(route));
  }
}

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
                   workers.executor(IdentityWorker)),
        resource_access(resolver, parts.bearers, parts.clock, parts.config.identity.clock_skew),
        user_access(resolver, identities),
        identity_limits(parts.clock, parts.config.identity.rate_limits
                                         ? identity::LimitMode::Service
                                         : identity::LimitMode::Off),
        numbers(directory, committer, parts.clock, base::system_random(),
                parts.config.phone_numbers),
        chats(chat_parts(), parts.config.chat),
        realtime(user_access, base::system_random()) {}

  chat::ChatParts chat_parts() {
    return {committer,
            parts.records,
            workers.executor(ChatWorker),
            parts.clock,
            base::system_random(),
            identities,
            user_access,
            [this] { return resources.snapshot()->all(); }};
  }

  base::Result<void> open_sms();
  base::Result<void> load_numbers(const Resource& resource);
  base::Async<base::Result<void>> get_ready(ResourcePtr resource);

  CommunicationParts parts;
  base::IoThreads workers{kWorkers};
  communication::Resources resources;
  communication::Committer committer;
  communication::ResourceResolver resolver;
  identity::Identities identities;
  identity::ResourceAccess resource_access;
  identity::UserAccess user_access;
  identity::OperationLimits identity_limits;
  phone_numbers::Directory directory;
  phone_numbers::PhoneNumbers numbers;
  std::unique_ptr<carrier::Carrier> carrier;
  std::unique_ptr<sms::Sms> messages;
  chat::Chat chats;
  chat::realtime::RealtimeApi realtime;
  std::unique_ptr<base::TaskGroup> tasks;  ///< null: nothing was started

  std::mutex mutex;
  std::shared_ptr<const std::vector<DeclaredResource>> declared =
      std::make_shared<const std::vector<DeclaredResource>>(parts.config.communication);
};

base::Result<void> Communication::Impl::open_sms() {
  carrier::Options options;
  options.loopback = parts.config.loopback;
  auto opened = carrier::open("loopback", std::move(options), parts.clock, parts.home);
  if (!opened) return opened.error();
  carrier = *std::move(opened);
  const sms::Around around{
      committer,   parts.records,         resources,  directory,
      parts.clock, base::system_random(), parts.home, workers.executor(SmsWorker)};
  messages = std::make_unique<sms::Sms>(around, *carrier, parts.config.sms);
  return {};
}

base::Result<void> Communication::Impl::load_numbers(const Resource& resource) {
  std::shared_ptr<const std::vector<DeclaredResource>> all;
  {
    const std::lock_guard lock(mutex);
    all = declared;
  }
  return numbers.load(resource.id, inventory_of(*all, resource), parts.records);
}

base::Async<base::Result<void>> Communication::Impl::get_ready(ResourcePtr resource) {
  std::function<base::Result<void>()> load = [this, resource] { return load_numbers(*resource); };
  const auto worker = workers.executor(SmsWorker);
  co_return co_await base::on_worker<base::Result<void>>(worker, std::move(load));
}

Communication::Communication(CommunicationParts parts) : impl_(std::make_unique<Impl>(parts)) {
  impl_->resources.on_made(
      [impl = impl_.get()](ResourcePtr resource) { return impl->get_ready(std::move(resource)); });
  impl_->identities.on_deleted([impl = impl_.get()](ResourcePtr resource, std::string user) {
    return impl->chats.remove_user(std::move(resource), std::move(user));
  });
  impl_->chats.set_listener(impl_->realtime.listener());
}

Communication::~Communication() = default;

base::Result<void> Communication::load() {
  if (auto loaded = impl_->resources.load(impl_->parts.records); !loaded) return loaded;
  if (auto opened = impl_->open_sms(); !opened) return opened;
  return impl_->identities.load(impl_->resources.snapshot()->all());
}

void Communication::apply(const view::Batch& state) {
  impl_->resources.apply(state);
  impl_->identities.apply(state);
}

communication::Resources& Communication::resources() { return impl_->resources; }

base::Result<void> Communication::start() {
  if (auto loaded = reload_numbers(); !loaded) return loaded;
  impl_->messages->start();
  base::run_on(impl_->parts.home, [this, all = impl_->resources.snapshot()->all()] {
    impl_->tasks = std::make_unique<base::TaskGroup>(impl_->parts.home);
    impl_->tasks->spawn("deletions of identities", impl_->identities.finish_deletions(all));
    impl_->chats.start(impl_->parts.home);
  });
  return {};
}

void Communication::follow(const std::vector<DeclaredResource>& declared) {
  const std::lock_guard lock(impl_->mutex);
  impl_->declared = std::make_shared<const std::vector<DeclaredResource>>(declared);
}

base::Result<void> Communication::reload_numbers() {
  const auto resources = impl_->resources.snapshot();
  for (const auto& resource : resources->all()) {
    if (auto loaded = impl_->load_numbers(*resource); !loaded) return loaded;
  }
  return {};
}

void Communication::end_streams() { impl_->realtime.close(); }

void Communication::stop() {
  if (impl_->tasks) {
    base::block_on(impl_->parts.home, [this]() -> base::Async<void> {
      co_await impl_->messages->close();
      co_await impl_->chats.close();
      co_await impl_->tasks->join();
    });
  }
  impl_->workers.stop();
}

bool Communication::idle() const { return !impl_->messages || impl_->messages->idle(); }

std::vector<http::Route> Communication::routes() {
  auto& metrics = impl_->parts.metrics;
  const auto& access = impl_->resource_access;
  std::vector<http::Route> all;
  const auto shell = [&](std::string_view area) { return AreaShell{area, resources(), metrics}; };
  add_area(all, shell("identity"),
           identity::identity_routes(access, impl_->identities, impl_->identity_limits));
  add_area(all, shell("phoneNumbers"), phone_numbers::phone_numbers_routes(access, impl_->numbers));
  add_area(all, shell("sms"), sms::sms_routes(access, *impl_->messages));
  add_area(all, shell("chat"), impl_->chats.routes());
  add_area(all, shell("chat"), impl_->realtime.routes());
  all = open_to_pages(std::move(all));
  for (auto& route : sms::sms_operations_routes(impl_->resolver, *impl_->messages)) {
    all.push_back(std::move(route));
  }
  return all;
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
