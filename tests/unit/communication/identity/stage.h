#pragma once
/// Identities of one resource over a real log and view, with their API, without sockets.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "auth/bearer.h"
#include "auth/hmac_request.h"
#include "base/async.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "communication/committer.h"
#include "communication/identity/access.h"
#include "communication/identity/identities.h"
#include "communication/identity/identity_api.h"
#include "communication/resources.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "http/router.h"
#include "json/value.h"
#include "log/open.h"
#include "queue/queue.h"

namespace fanfare::communication::identity::testing {

inline const base::TimePoint kNow = *base::parse_rfc3339("2026-01-31T12:00:00.25Z");
inline constexpr std::string_view kKey1 = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
inline constexpr std::string_view kKey2 = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
inline constexpr std::string_view kGuid = "2dee53b4-368b-45b4-ab52-8493fb117652";

class Folder {
 public:
  Folder() {
    std::string form =
        (std::filesystem::temp_directory_path() / "fanfare-identity-XXXXXX").string();
    FANFARE_CHECK(mkdtemp(form.data()) != nullptr);
    path = form;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

struct StageOptions {
  std::filesystem::path folder;  ///< empty: in memory
  base::TimePoint start = kNow;
  LimitMode limits = LimitMode::Off;
  DeletionListener on_deleted;
};

class Stage {
 public:
  explicit Stage(StageOptions options = {}) : clock(options.start), limits(clock, options.limits) {
    const bool memory = options.folder.empty();
    log::Options log_options;
    log_options.folder = options.folder / "log";
    log_options.segment_bytes = 4u << 20;
    log_ = *log::open(memory ? "memory" : "local", log_options);
    records_ = *view::open(memory ? "memory" : "rocks", options.folder / "view");
    queue_ = std::make_unique<queue::Queue>(*log_, *records_, clock, queue::QueueOptions{});
    registry_ = std::make_unique<grid::Registry>(*queue_, *records_, grid::MatchOptions{});
    publisher_ = std::make_unique<grid::Publisher>(*queue_, clock, nullptr);
    committer_ = std::make_unique<Committer>(*registry_, *publisher_);
    resources_ = std::make_unique<Resources>(*registry_, base::system_random());
    identities_ = std::make_unique<Identities>(*committer_, *records_, clock, base::system_random(),
                                               threads.executor(1));
    if (options.on_deleted) identities_->on_deleted(options.on_deleted);
    open();
    access_ = std::make_unique<ResourceAccess>(resolver(), bearers_, clock);
    users_ = std::make_unique<UserAccess>(resolver(), *identities_);
    router_.add(identity_routes(*access_, *identities_, limits));
  }

  ~Stage() {
    threads.stop();
    queue_->close();
    log_->close();
  }

  Identities& identities() { return *identities_; }
  Resources& resources() { return *resources_; }
  const ResourceAccess& access() { return *access_; }
  const UserAccess& users() { return *users_; }
  const http::Router& router() { return router_; }
  const view::Records& records() { return *records_; }
  ResourcePtr resource() { return resources_->snapshot()->by_name("fanfare"); }
  ResourceResolver resolver() {
    return [this](const http::Request&) { return resource(); };
  }

  template <class T>
  T run(base::Async<T> work) {
    std::optional<T> out;
    base::block_on(threads.executor(0), [&]() -> base::Async<void> {
      T result = co_await std::move(work);
      out.emplace(std::move(result));
    });
    return *std::move(out);
  }

  http::Response send(http::Request request) { return run(router_.handle(std::move(request))); }

  /// As a client with the resource's first key would.
  http::Response send(http::Method method, std::string target, std::string_view body = {},
                      std::string_view key = kKey1) {
    http::Request request;
    request.method = method;
    request.target = std::move(target);
    request.body = http::Body(body);
    request.headers.add("Host", "localhost:4880");
    EXPECT_TRUE(auth::sign_request(request, key, clock.wall()));
    return send(std::move(request));
  }

  std::string create() { return run(identities().create(resource(), {}))->user; }
  std::string issue(const std::string& user, Scopes scopes = 1) {
    TokenWish wish;
    wish.scopes = scopes;
    return run(identities().issue(resource(), user, wish))->token;
  }
  bool accepts(std::string_view token) {
    return identities().verify(resource(), token).has_value();
  }

  void advance(base::Duration by) { clock.advance_to(clock.now() + by); }

  base::VirtualClock clock;
  base::IoThreads threads{2};
  OperationLimits limits;

 private:
  void open() {
    FANFARE_CHECK(registry_->load().has_value());
    FANFARE_CHECK(resources_->load(*records_).has_value());
    FANFARE_CHECK(identities_->load(resources_->snapshot()->all()).has_value());
    const auto started = queue_->start([this](const view::Batch& state, log::Position position) {
      registry_->apply(state, position);
      resources_->apply(state);
      identities_->apply(state);
    });
    FANFARE_CHECK(started.has_value());
    ResourceWish wish;
    wish.subscription_id = "00000000-0000-0000-0000-000000000000";
    wish.resource_group = "local";
    wish.name = "fanfare";
    if (!resource()) {
      wish.immutable_id = kGuid;
      wish.key1 = kKey1;
      wish.key2 = kKey2;
    }
    FANFARE_CHECK(run(resources_->put(std::move(wish))).has_value());
    base::block_on(threads.executor(0), [this]() -> base::Async<void> {
      auto all = resources_->snapshot()->all();
      co_await identities_->finish_deletions(std::move(all));
    });
  }

  auth::RefuseAllBearers bearers_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::Records> records_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<grid::Registry> registry_;
  std::unique_ptr<grid::Publisher> publisher_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<Identities> identities_;
  std::unique_ptr<ResourceAccess> access_;
  std::unique_ptr<UserAccess> users_;
  http::Router router_;
};

inline json::Value body_of(const http::Response& response) {
  auto value = json::parse(response.body);
  EXPECT_TRUE(value) << response.body;
  return value ? *std::move(value) : json::Value();
}

/// The text at `path`, members separated by dots; empty when there is none.
inline std::string text_at(const json::Value& value, std::string_view path) {
  const auto* at = &value;
  while (at != nullptr && !path.empty()) {
    const auto name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    at = at->find(name);
  }
  const auto* text = at != nullptr ? at->if_string() : nullptr;
  return text != nullptr ? *text : std::string();
}

}  // namespace fanfare::communication::identity::testing
