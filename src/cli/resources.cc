#include "cli/resources.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "http/url.h"

namespace fanfare::cli {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::string_view kApiVersion = "2022-06-15";
constexpr std::string_view kProvider = "/providers/Microsoft.EventGrid/";
constexpr auto kShortestPause = base::milliseconds(20);
constexpr auto kLongestPause = base::milliseconds(500);

/// Path and query of an absolute URL: operations are asked at our own address, which may differ
/// from the one that the server gives out.
std::string target_of(std::string_view url) {
  const auto parsed = http::parse_url(url);
  return parsed ? parsed->target : std::string(url);
}

std::string operation_of(const ApiAnswer& answer) {
  for (const auto name : {"Azure-AsyncOperation", "Location"}) {
    if (const auto url = answer.headers.find(name)) return target_of(*url);
  }
  return {};
}

Failure operation_failure(const json::Value& operation) {
  auto message = text_at(operation, "error.message");
  if (message.empty()) message = "the operation ended as " + text_at(operation, "status");
  const auto code = text_at(operation, "error.code");
  return Failure{Exit::Failed, code.empty() ? message : message + " (" + code + ")", {}};
}

/// What an operation has come to. A 202 or an empty body means it still runs, a 204 that it is
/// over.
Got<bool> finished(ApiClient& api, const std::string& operation) {
  auto answer = api.send(ApiRequest{.target = operation});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == 204) return true;
  if (answer->status == 202) return false;
  const auto value = json::parse(answer->body);
  if (!value) return true;
  const auto status = text_at(*value, "status");
  if (status == "Failed" || status == "Canceled") return std::unexpected(operation_failure(*value));
  return status == "Succeeded" || status.empty();
}

bool awaits_somebody(ApiClient& api, const std::string& path) {
  const auto resource = api.get(versioned(path));
  return resource && text_at(*resource, "properties.provisioningState") == "AwaitingManualAction";
}

Got<void> wait_for(ApiClient& api, const std::string& operation, const std::string& path,
                   base::Duration limit) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + limit;
  base::Duration pause = kShortestPause;
  while (true) {
    auto done = finished(api, operation);
    if (!done) return std::unexpected(done.error());
    if (*done || awaits_somebody(api, path)) return {};
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Exit::Unfinished, "the server still works on it",
                  "Look again later with `show`, or wait longer with --wait.");
    }
    std::this_thread::sleep_for(pause);
    pause = std::min<base::Duration>(pause * 2, kLongestPause);
  }
}

}  // namespace

std::string topic_path(const ResourceScope& scope, const std::string& topic) {
  if (topic.starts_with('/')) return topic;
  return "/subscriptions/" + http::percent_encode(scope.subscription) + "/resourceGroups/" +
         http::percent_encode(scope.resource_group) + std::string(kProvider) + "topics/" +
         http::percent_encode(topic);
}

std::string communication_path(const ResourceScope& scope, const std::string& resource) {
  if (resource.starts_with('/')) return resource;
  return "/subscriptions/" + http::percent_encode(scope.subscription) + "/resourceGroups/" +
         http::percent_encode(scope.resource_group) +
         "/providers/Microsoft.Communication/communicationServices/" +
         http::percent_encode(resource);
}

std::string topics_path(const ResourceScope& scope) {
  return "/subscriptions/" + http::percent_encode(scope.subscription) + std::string(kProvider) +
         "topics";
}

std::string event_subscriptions_path(const std::string& source_path) {
  return source_path + std::string(kProvider) + "eventSubscriptions";
}

std::string event_subscription_path(const std::string& source_path, const std::string& name) {
  return event_subscriptions_path(source_path) + "/" + http::percent_encode(name);
}

std::string versioned(const std::string& path) {
  return path + "?api-version=" + std::string(kApiVersion);
}

Got<json::Value> change_and_wait(ApiClient& api, http::Method method, const std::string& path,
                                 const json::Value& body, base::Duration limit) {
  ApiRequest request{.method = method, .target = versioned(path)};
  request.headers.set("Content-Type", "application/json");
  request.body = json::write(body);
  auto answer = api.send(std::move(request));
  if (!answer) return std::unexpected(answer.error());
  if (const auto operation = operation_of(*answer); !operation.empty()) {
    auto waited = wait_for(api, operation, path, limit);
    if (!waited) return std::unexpected(waited.error());
  }
  return api.get(versioned(path));
}

Got<bool> delete_and_wait(ApiClient& api, const std::string& path, base::Duration limit) {
  auto answer = api.send(ApiRequest{.method = http::Method::Delete, .target = versioned(path)});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == 204) return false;
  if (const auto operation = operation_of(*answer); !operation.empty()) {
    auto waited = wait_for(api, operation, path, limit);
    if (!waited) return std::unexpected(waited.error());
  }
  return true;
}

Got<json::Array> list_all(ApiClient& api, const std::string& path) {
  json::Array out;
  std::string target = versioned(path);
  while (!target.empty()) {
    auto page = api.get(target);
    if (!page) return std::unexpected(page.error());
    if (auto* value = page->find("value"); value != nullptr && value->if_array() != nullptr) {
      for (auto& item : *value->if_array()) out.push_back(std::move(item));
    }
    const auto next = text_at(*page, "nextLink");
    target = next.empty() ? "" : target_of(next);
  }
  return out;
}

std::string text_at(const json::Value& value, std::string_view path) {
  const json::Value* at = &value;
  while (at != nullptr && !path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    at = at->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  if (at == nullptr || at->is_null()) return {};
  if (const auto* text = at->if_string()) return *text;
  if (at->is_number() || at->is_bool()) return json::write(*at);
  return {};
}

}  // namespace fanfare::cli
