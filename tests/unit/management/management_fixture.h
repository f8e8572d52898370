#pragma once
/// The management surface over a real registry, with endpoints that answer handshakes as told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/router.h"
#include "http/url.h"
#include "json/value.h"
#include "management/event_subscriptions.h"
#include "management/event_subscriptions_api.h"
#include "management/operations.h"
#include "management/operations_api.h"
#include "management/topics.h"
#include "management/topics_api.h"
#include "unit/grid/store_fixture.h"

namespace fanfare::management::testing {

using grid::testing::kNow;

/// What handshakes get for an answer, by the endpoint's path.
class Endpoints {
 public:
  explicit Endpoints(base::Executor executor) : executor_(executor) {}

  void answer(const std::string& url, delivery::HandshakeResult result) {
    const std::lock_guard lock(mutex_);
    answers_[url] = std::move(result);
  }
  void hold() { held_ = true; }
  void release() { held_ = false; }

  std::vector<delivery::HandshakeRequest> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  ValidateWebhook validator() {
    return [this](std::shared_ptr<const grid::EventSubscription> subscription,
                  delivery::HandshakeRequest request) {
      return handshake(this, std::move(subscription), std::move(request));
    };
  }

 private:
  static base::Async<delivery::HandshakeResult> handshake(
      Endpoints* self, std::shared_ptr<const grid::EventSubscription> subscription,
      delivery::HandshakeRequest request) {
    {
      const std::lock_guard lock(self->mutex_);
      self->asked_.push_back(request);
    }
    const asio::use_awaitable_t<base::Executor> token;
    while (self->held_) co_await asio::post(self->executor_, token);
    const auto& webhook = std::get<grid::WebHookDestination>(subscription->destination);
    const std::lock_guard lock(self->mutex_);
    const auto found = self->answers_.find(webhook.endpoint_base_url());
    if (found == self->answers_.end()) co_return delivery::Validated{};
    co_return found->second;
  }

  base::Executor executor_;
  mutable std::mutex mutex_;
  std::map<std::string, delivery::HandshakeResult> answers_;
  std::vector<delivery::HandshakeRequest> asked_;
  std::atomic<bool> held_ = false;
};

inline constexpr const char* kGroup =
    "/subscriptions/5b4b650e-28b9-4790-b3ab-ddbd88d727c4/resourceGroups/local";
inline constexpr const char* kApi = "?api-version=2022-06-15";

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string text;
  json::Value body;

  /// The member at a dotted path; null when it is not there.
  json::Value at(std::string_view path) const {
    const json::Value* value = &body;
    while (!path.empty()) {
      const auto dot = path.find('.');
      value = value->find(path.substr(0, dot));
      if (value == nullptr) return {};
      path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
    }
    return *value;
  }
  std::string text_at(std::string_view path) const {
    const auto value = at(path);
    return value.if_string() == nullptr ? "" : *value.if_string();
  }
};

class ManagementFixture : public ::testing::Test {
 protected:
  explicit ManagementFixture(WebhookValidation validation = WebhookValidation::Required,
                             std::filesystem::path folder = {}) {
    store = std::make_unique<grid::testing::Store>(std::move(folder), [&](grid::Registry&) {});
    reopen(validation);
  }
  ~ManagementFixture() override {
    endpoints->release();
    if (subscriptions) subscriptions->close();
    store->threads.stop();
  }

  /// Management anew over what is stored.
  void reopen(WebhookValidation validation = WebhookValidation::Required) {
    if (subscriptions) subscriptions->close();
    if (operations) before.push_back(std::move(operations));  // what is being asked still knows it
    operations = std::make_unique<Operations>();
    if (!endpoints) endpoints = std::make_unique<Endpoints>(store->threads.executor(1));
    EventSubscriptionOptions options;
    options.validation = validation;
    options.targets.plain = http::PlainTargets::Allow;
    options.targets.loopback = http::LoopbackTargets::Allow;
    topics = std::make_unique<Topics>(store->registry(), base::system_random());
    subscriptions = std::make_unique<EventSubscriptions>(
        store->registry(), *operations, store->clock, base::system_random(),
        store->threads.executor(1), endpoints->validator(), options);
    subscriptions->start("http://127.0.0.1:4880");
    router = http::Router();
    router.add(topics_routes(*topics, *operations));
    router.add(event_subscriptions_routes(*subscriptions));
    router.add(operations_routes(*operations, store->registry()));
  }

  Answer send(http::Method method, const std::string& target, const std::string& body = "",
              std::initializer_list<http::Headers::Field> headers = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.add("Host", "127.0.0.1:4880");
    for (const auto& field : headers) request.headers.add(field.name, field.value);
    request.host = "127.0.0.1";
    request.body = http::Body(body);
    auto response = store->run(router.handle(std::move(request)));
    Answer out{response.status, std::move(response.headers), response.body, {}};
    if (auto parsed = json::parse(out.text)) out.body = *std::move(parsed);
    return out;
  }
  Answer get(const std::string& id, const std::string& query = kApi) {
    return send(http::Method::Get, id + query);
  }
  Answer put(const std::string& id, const std::string& body) {
    return send(http::Method::Put, id + kApi, body);
  }
  Answer patch(const std::string& id, const std::string& body) {
    return send(http::Method::Patch, id + kApi, body);
  }
  Answer remove(const std::string& id) { return send(http::Method::Delete, id + kApi); }
  Answer post(const std::string& id, const std::string& body = "") {
    return send(http::Method::Post, id + kApi, body);
  }

  static std::string topic_id(const std::string& name = "events") {
    return std::string(kGroup) + "/providers/Microsoft.EventGrid/topics/" + name;
  }
  static std::string sub_id(const std::string& name, const std::string& topic = "events") {
    return topic_id(topic) + "/providers/Microsoft.EventGrid/eventSubscriptions/" + name;
  }
  void make_topic(const std::string& name = "events", const std::string& properties = "{}") {
    const auto made =
        put(topic_id(name), R"({"location":"westus2","properties":)" + properties + "}");
    ASSERT_EQ(made.status, 201) << made.text;
  }
  static std::string webhook(const std::string& url, const std::string& more = "") {
    return R"("destination":{"endpointType":"WebHook","properties":{"endpointUrl":")" + url + "\"" +
           more + "}}";
  }
  static std::string wrapped(const std::string& members) {
    return R"({"properties":{)" + members + "}}";
  }

  std::string state_of(const std::string& name) {
    return get(sub_id(name)).text_at("properties.provisioningState");
  }

  template <class Condition>
  static bool eventually(const Condition& condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static std::string path_of(std::string_view url) {
    const auto after_scheme = url.find("//") + 2;
    return std::string(url.substr(url.find('/', after_scheme)));
  }

  Answer poll(const Answer& change) {
    return get(path_of(change.headers.get("Azure-AsyncOperation")), "");
  }
  /// The operation's last word.
  Answer ended(const Answer& change) {
    Answer last;
    EXPECT_TRUE(eventually([&] {
      last = poll(change);
      return last.text_at("status") != "InProgress";
    }));
    return last;
  }

  std::unique_ptr<grid::testing::Store> store;
  std::unique_ptr<Endpoints> endpoints;
  std::unique_ptr<Operations> operations;
  std::vector<std::unique_ptr<Operations>> before;
  std::unique_ptr<Topics> topics;
  std::unique_ptr<EventSubscriptions> subscriptions;
  http::Router router;
};

}  // namespace fanfare::management::testing
