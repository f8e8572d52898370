#include "management/topics_api.h"

#include "base/bytes.h"
#include "management/arm.h"
#include "management/arm_errors.h"
#include "management/arm_handler.h"
#include "management/listing.h"
#include "management/operations_api.h"
#include "management/topic_resource.h"

namespace fanfare::management {

namespace {

using TopicPtr = Topics::TopicPtr;
using EntryPtr = std::shared_ptr<const grid::TopicEntry>;

/// What the handlers share; a copy of it goes with each.
struct Context {
  Topics& topics;
  Operations& operations;
};

base::Result<TopicName> name_in(const ArmRequest& request) {
  // subscriptions S resourceGroups G providers P topics T …: the route has matched these literals.
  const auto scope = parse_scope(std::span(request.segments).first(8));
  if (!scope) return scope.error();
  return TopicName{scope->subscription, scope->resource_group, scope->resource[0].second};
}

http::Response no_such_topic(const TopicName& name) {
  return arm_error(404, "ResourceNotFound", "The resource '" + name.arm_id() + "' was not found.",
                   name.arm_id());
}

std::string finished_operation(Operations& operations) {
  Operation operation{base::uuid4(base::system_random()), OperationStatus::Succeeded, {}, {}};
  auto id = operation.id;
  operations.put(std::move(operation));
  return id;
}

http::Response changed(Context context, const ArmRequest& request, const grid::Topic& topic,
                       ShownAs shown) {
  const auto body = topic_resource(topic, origin_of(request.http), shown);
  return accepted_change(request, topic.subscription_id, topic.location,
                         finished_operation(context.operations), body);
}

EntryPtr find(Context context, const TopicName& name) {
  return context.topics.registry().catalog()->topic_by_arm_id(name.arm_id());
}

base::Async<http::Response> get_topic(Context context, ArmRequest request) {
  const auto name = name_in(request);
  if (!name) co_return arm_error(name.error());
  const auto entry = find(context, *name);
  if (!entry) co_return no_such_topic(*name);
  co_return arm_answer(200,
                       topic_resource(*entry->topic, origin_of(request.http), ShownAs::Succeeded));
}

base::Async<http::Response> put_topic(Context context, ArmRequest request) {
  auto name = name_in(request);
  if (!name) co_return arm_error(name.error());
  auto body = read_body(request.http);
  if (!body) co_return arm_error(body.error());
  const auto shown = find(context, *name) ? ShownAs::Updating : ShownAs::Creating;
  auto wanted_name = *std::move(name);
  auto wanted = *std::move(body);
  TopicKeys keys;
  const auto topic =
      co_await context.topics.put(std::move(wanted_name), std::move(wanted), std::move(keys));
  if (!topic) co_return arm_error(topic.error());
  co_return changed(context, request, **topic, shown);
}

base::Async<http::Response> patch_topic(Context context, ArmRequest request) {
  const auto name = name_in(request);
  if (!name) co_return arm_error(name.error());
  auto body = read_body(request.http);
  if (!body) co_return arm_error(body.error());
  auto id = name->arm_id();
  auto wanted = *std::move(body);
  const auto topic = co_await context.topics.patch(std::move(id), std::move(wanted));
  if (!topic && topic.error().code == base::Errc::NotFound) co_return no_such_topic(*name);
  if (!topic) co_return arm_error(topic.error());
  co_return changed(context, request, **topic, ShownAs::Updating);
}

base::Async<http::Response> delete_topic(Context context, ArmRequest request) {
  const auto name = name_in(request);
  if (!name) co_return arm_error(name.error());
  const auto entry = find(context, *name);
  auto id = name->arm_id();
  const auto removed = co_await context.topics.remove(std::move(id));
  if (!removed) co_return arm_error(removed.error());
  if (!*removed) co_return arm_empty(204);
  co_return accepted_delete(request, name->subscription, entry ? entry->topic->location : "local",
                            finished_operation(context.operations));
}

json::Value keys_of(const grid::Topic& topic) {
  return json::Value::object({{"key1", topic.key1}, {"key2", topic.key2}});
}

base::Async<http::Response> list_keys(Context context, ArmRequest request) {
  const auto name = name_in(request);
  if (!name) co_return arm_error(name.error());
  const auto entry = find(context, *name);
  if (!entry) co_return no_such_topic(*name);
  co_return arm_answer(200, keys_of(*entry->topic));
}

base::Result<TopicKey> key_in(const http::Request& request) {
  const auto body = read_body(request);
  if (!body) return body.error();
  const auto* member = body->find("keyName");
  const auto* text = member == nullptr ? nullptr : member->if_string();
  if (text != nullptr && base::ascii_iequals(*text, "key1")) return TopicKey::Key1;
  if (text != nullptr && base::ascii_iequals(*text, "key2")) return TopicKey::Key2;
  return base::invalid("must be 'key1' or 'key2'", "keyName");
}

base::Async<http::Response> regenerate_key(Context context, ArmRequest request) {
  const auto name = name_in(request);
  if (!name) co_return arm_error(name.error());
  const auto key = key_in(request.http);
  if (!key) co_return arm_error(key.error());
  auto id = name->arm_id();
  const auto topic = co_await context.topics.regenerate_key(std::move(id), *key);
  if (!topic && topic.error().code == base::Errc::NotFound) co_return no_such_topic(*name);
  if (!topic) co_return arm_error(topic.error());
  co_return arm_answer(200, keys_of(**topic));
}

base::Async<http::Response> list_topics(Context context, ArmRequest request) {
  // …/providers/Microsoft.EventGrid/topics: the scope is what stands before these three.
  const auto scope = parse_scope(std::span(request.segments).first(request.segments.size() - 3));
  if (!scope) co_return arm_error(scope.error());
  std::vector<Listed> listed;
  const auto base_url = origin_of(request.http);
  const auto catalog = context.topics.registry().catalog();
  for (const auto& entry : catalog->topics()) {
    const auto& topic = entry->topic;
    if (topic->kind != grid::TopicKind::Custom || !scope->covers(topic->arm_id())) continue;
    listed.push_back({topic->arm_id(), topic->name, [topic, base_url] {
                        return topic_resource(*topic, base_url, ShownAs::Succeeded);
                      }});
  }
  const auto page = list_page(std::move(listed), request.http);
  co_return page ? arm_answer(200, *page) : arm_error(page.error());
}

/// Binds a handler to the services.
ArmHandler bound(Context context,
                 base::Async<http::Response> (*handler)(Context, ArmRequest request)) {
  return [context, handler](ArmRequest request) { return handler(context, std::move(request)); };
}

}  // namespace

std::vector<http::Route> topics_routes(Topics& topics, Operations& operations) {
  const std::string list = "/subscriptions/{s}/providers/Microsoft.EventGrid/topics";
  const std::string group =
      "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.EventGrid/topics";
  const std::string one = group + "/{topic}";
  const std::string read(kRead), write(kWrite), secrets(kSecrets);
  const Context context{topics, operations};
  const auto route = [&](http::Method method, const std::string& pattern,
                         const std::string& permission,
                         base::Async<http::Response> (*handler)(Context, ArmRequest)) {
    return http::Route{method, pattern, permission, arm_handler(bound(context, handler))};
  };
  return {
      route(http::Method::Get, list, read, list_topics),
      route(http::Method::Get, group, read, list_topics),
      route(http::Method::Get, one, read, get_topic),
      route(http::Method::Put, one, write, put_topic),
      route(http::Method::Patch, one, write, patch_topic),
      route(http::Method::Delete, one, write, delete_topic),
      route(http::Method::Post, one + "/listKeys", secrets, list_keys),
      route(http::Method::Post, one + "/regenerateKey", secrets, regenerate_key),
  };
}

}  // namespace fanfare::management
