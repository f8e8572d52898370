#include "management/event_subscriptions_api.h"

#include <charconv>

#include "base/bytes.h"
#include "grid/delivery_attributes.h"
#include "management/arm.h"
#include "management/arm_errors.h"
#include "management/arm_handler.h"
#include "management/listing.h"
#include "management/operations_api.h"
#include "management/subscription_resource.h"

namespace fanfare::management {

namespace {

using SubscriptionPtr = EventSubscriptions::SubscriptionPtr;

/// Where a request leads: the topic or its source, and the name below it.
struct Place {
  std::string topic_arm_id;
  std::string subscription_id;  ///< Azure subscription
  std::string name;
  IdForm form = IdForm::Extension;
};

base::Result<Place> place_of(const ArmRequest& request) {
  const auto path = parse_subscription_path(request.segments);
  if (!path) return path.error();
  if (!path->scope.is_event_source()) {
    return base::invalid(
        "Event subscriptions can be made on custom topics, system topics and communication "
        "resources only; '" +
            path->scope.arm_id() + "' is none.",
        "scope");
  }
  return Place{path->scope.arm_id(), path->scope.subscription, path->name, path->form};
}

http::Response not_found(const Place& place) {
  const auto id =
      place.topic_arm_id + "/providers/Microsoft.EventGrid/eventSubscriptions/" + place.name;
  return arm_error(404, "ResourceNotFound", "The resource '" + id + "' was not found.", id);
}

std::shared_ptr<const grid::TopicEntry> topic_at(EventSubscriptions& subscriptions,
                                                 const Place& place) {
  return subscriptions.registry().catalog()->topic_by_arm_id(place.topic_arm_id);
}

SubscriptionPtr find(EventSubscriptions& subscriptions, const Place& place) {
  const auto entry = topic_at(subscriptions, place);
  return entry ? entry->find(place.name) : nullptr;
}

http::Response changed(EventSubscriptions& subscriptions, const ArmRequest& request,
                       const Place& place, const SubscriptionChange& change) {
  const auto shown = change.created ? ShownAs::Creating : ShownAs::Updating;
  const auto entry = topic_at(subscriptions, place);
  const auto body = subscription_resource(*change.wanted, place.form, shown,
                                          change.created ? "Creating" : "Updating",
                                          entry ? entry->topic.get() : nullptr);
  return accepted_change(request, place.subscription_id, entry ? entry->topic->location : "local",
                         change.operation, body);
}

base::Async<http::Response> get_one(EventSubscriptions* subscriptions, ArmRequest request) {
  const auto place = place_of(request);
  if (!place) co_return arm_error(place.error());
  const auto entry = topic_at(*subscriptions, *place);
  const auto subscription = entry ? entry->find(place->name) : nullptr;
  if (!subscription) co_return not_found(*place);
  co_return arm_answer(200, subscription_resource(*subscription, place->form, entry->topic.get()));
}

using Change = base::Async<base::Result<SubscriptionChange>> (EventSubscriptions::*)(
    std::string topic_arm_id, std::string name, json::Value body, std::string base_url);

/// PUT and PATCH: a body in, 201 out.
base::Async<http::Response> change_one(EventSubscriptions* subscriptions, ArmRequest request,
                                       Change change) {
  const auto place = place_of(request);
  if (!place) co_return arm_error(place.error());
  auto body = read_body(request.http);
  if (!body) co_return arm_error(body.error());
  auto wanted = *std::move(body);
  auto topic = place->topic_arm_id;
  auto name = place->name;
  auto base_url = origin_of(request.http);
  const auto done = co_await (subscriptions->*change)(std::move(topic), std::move(name),
                                                      std::move(wanted), std::move(base_url));
  const bool found = topic_at(*subscriptions, *place) != nullptr;
  if (!done && found && done.error().code == base::Errc::NotFound) co_return not_found(*place);
  if (!done) co_return arm_error(done.error());
  co_return changed(*subscriptions, request, *place, *done);
}

base::Async<http::Response> put_one(EventSubscriptions* subscriptions, ArmRequest request) {
  return change_one(subscriptions, std::move(request), &EventSubscriptions::put);
}

base::Async<http::Response> patch_one(EventSubscriptions* subscriptions, ArmRequest request) {
  return change_one(subscriptions, std::move(request), &EventSubscriptions::patch);
}

base::Async<http::Response> delete_one(EventSubscriptions* subscriptions, ArmRequest request) {
  const auto place = place_of(request);
  if (!place) co_return arm_error(place.error());
  auto topic = place->topic_arm_id;
  auto name = place->name;
  const auto entry = topic_at(*subscriptions, *place);
  const auto operation = co_await subscriptions->remove(std::move(topic), std::move(name));
  if (!operation) co_return arm_error(operation.error());
  if (!*operation) co_return arm_empty(204);
  co_return accepted_delete(request, place->subscription_id,
                            entry ? entry->topic->location : "local", **operation);
}

base::Async<http::Response> get_full_url(EventSubscriptions* subscriptions, ArmRequest request) {
  const auto place = place_of(request);
  if (!place) co_return arm_error(place.error());
  const auto subscription = find(*subscriptions, *place);
  if (!subscription) co_return not_found(*place);
  const auto& webhook = std::get<grid::WebHookDestination>(subscription->destination);
  co_return arm_answer(200, json::Value::object({{"endpointUrl", webhook.endpoint_url}}));
}

base::Async<http::Response> get_attributes(EventSubscriptions* subscriptions, ArmRequest request) {
  const auto place = place_of(request);
  if (!place) co_return arm_error(place.error());
  const auto subscription = find(*subscriptions, *place);
  if (!subscription) co_return not_found(*place);
  const auto& webhook = std::get<grid::WebHookDestination>(subscription->destination);
  co_return arm_answer(
      200,
      json::Value::object({{"value", grid::to_json(webhook.attributes, grid::Secrets::Shown)}}));
}

/// What a list is of. `…/locations/L/topicTypes/T/eventSubscriptions` narrows by where the topic is
/// and what kind of topic. A system topic's are listed below it and below its source.
struct ListOf {
  Scope scope;
  IdForm form = IdForm::Extension;
  std::string location;
  std::string topic_type;

  bool accepts(const grid::Topic& topic) const {
    constexpr std::string_view kCustomTopics = "Microsoft.EventGrid.Topics";
    const bool system = topic.kind == grid::TopicKind::System;
    const auto type = system ? std::string_view(topic.topic_type) : kCustomTopics;
    return (scope.covers(topic.arm_id()) || scope.covers(topic.source_id())) &&
           (location.empty() || same_segment(location, topic.location)) &&
           (topic_type.empty() || same_segment(topic_type, type));
  }
};

base::Result<ListOf> list_in(const ArmRequest& request) {
  std::span<const std::string> rest(request.segments);
  rest = rest.first(rest.size() - 1);  // eventSubscriptions
  ListOf out;
  const auto take = [&rest](std::string_view literal) -> std::string {
    if (rest.size() < 2 || !same_segment(rest[rest.size() - 2], literal)) return {};
    std::string value = rest.back();
    rest = rest.first(rest.size() - 2);
    return value;
  };
  out.topic_type = take("topicTypes");
  out.location = take("locations");
  if (take("providers").empty()) out.form = IdForm::Nested;
  auto scope = parse_scope(rest);
  if (!scope) return scope.error();
  out.scope = *std::move(scope);
  return out;
}

base::Async<http::Response> list(EventSubscriptions* subscriptions, ArmRequest request) {
  const auto wanted = list_in(request);
  if (!wanted) co_return arm_error(wanted.error());
  const auto catalog = subscriptions->registry().catalog();
  if (wanted->scope.is_event_source() && !catalog->topic_by_arm_id(wanted->scope.arm_id())) {
    co_return arm_error(404, "ResourceNotFound",
                        "The resource '" + wanted->scope.arm_id() + "' was not found.");
  }
  std::vector<Listed> listed;
  const auto form = wanted->form;
  for (const auto& entry : catalog->topics()) {
    if (!wanted->accepts(*entry->topic)) continue;
    for (const auto& subscription : entry->subscriptions) {
      listed.push_back({subscription->arm_id(), subscription->name, [entry, subscription, form] {
                          return subscription_resource(*subscription, form, entry->topic.get());
                        }});
    }
  }
  const auto page = list_page(std::move(listed), request.http);
  co_return page ? arm_answer(200, *page) : arm_error(page.error());
}

/// The number that a CloudEvents callback may bring along; none for `*` and for a person's browser.
std::optional<int> allowed_rate(const http::Request& request) {
  const auto text = request.headers.get("WebHook-Allowed-Rate");
  int rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && rate > 0 ? std::optional(rate) : std::nullopt;
}

queue::SubscriptionId subscription_number(std::string_view text) {
  queue::SubscriptionId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  return error == std::errc() && end == text.data() + text.size() ? id : queue::SubscriptionId{};
}

base::Async<http::Response> confirm(EventSubscriptions* subscriptions, http::Request request) {
  const auto id = subscription_number(request.parameter("id"));
  std::string token(request.parameter("token"));
  const auto rate = allowed_rate(request);
  const auto confirmed = co_await subscriptions->confirm(id, std::move(token), rate);
  if (!confirmed && confirmed.error().code == base::Errc::NotFound) {
    co_return http::Response::text(404, confirmed.error().message + "\n");
  }
  if (!confirmed)
    co_return http::Response::text(503, "The validation could not be stored; try again.\n");
  auto response =
      http::Response::text(200, "Webhook successfully validated as a subscription endpoint.\n");
  response.headers.set("Cache-Control", "no-store");
  co_return response;
}

using OnSubscriptions = base::Async<http::Response> (*)(EventSubscriptions*, ArmRequest);

class RouteTable {
 public:
  explicit RouteTable(EventSubscriptions& subscriptions) : subscriptions_(&subscriptions) {}

  void add(http::Method method, std::string pattern, std::string_view permission,
           OnSubscriptions handler) {
    auto bound = [subscriptions = subscriptions_, handler](ArmRequest request) {
      return handler(subscriptions, std::move(request));
    };
    routes_.push_back(
        {method, std::move(pattern), std::string(permission), arm_handler(std::move(bound))});
  }

  void add_resource(const std::string& one) {
    add(http::Method::Get, one, kRead, get_one);
    add(http::Method::Put, one, kWrite, put_one);
    add(http::Method::Patch, one, kWrite, patch_one);
    add(http::Method::Delete, one, kWrite, delete_one);
    add(http::Method::Post, one + "/getFullUrl", kSecrets, get_full_url);
    add(http::Method::Post, one + "/getDeliveryAttributes", kSecrets, get_attributes);
  }

  void add_validation() {
    for (const auto method : {http::Method::Get, http::Method::Post}) {
      routes_.push_back({method, "/validate/{id}/{token}", "public",
                         [subscriptions = subscriptions_](http::Request request) {
                           return confirm(subscriptions, std::move(request));
                         }});
    }
  }

  std::vector<http::Route> take() { return std::move(routes_); }

 private:
  EventSubscriptions* subscriptions_;
  std::vector<http::Route> routes_;
};

}  // namespace

std::vector<http::Route> event_subscriptions_routes(EventSubscriptions& subscriptions) {
  const std::string provider = "/{scope...}/providers/Microsoft.EventGrid";
  const std::string group = "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.EventGrid";
  const auto topic = group + "/topics/{topic}";
  const auto system_topic = group + "/systemTopics/{topic}";
  RouteTable table(subscriptions);
  table.add_resource(provider + "/eventSubscriptions/{name}");
  table.add_resource(topic + "/eventSubscriptions/{name}");
  table.add_resource(system_topic + "/eventSubscriptions/{name}");
  for (const auto& pattern :
       {provider + "/eventSubscriptions", topic + "/eventSubscriptions",
        system_topic + "/eventSubscriptions", provider + "/topicTypes/{type}/eventSubscriptions",
        provider + "/locations/{location}/eventSubscriptions",
        provider + "/locations/{location}/topicTypes/{type}/eventSubscriptions"}) {
    table.add(http::Method::Get, pattern, kRead, list);
  }
  table.add_validation();
  return table.take();
}

}  // namespace fanfare::management
