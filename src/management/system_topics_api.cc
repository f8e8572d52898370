#include "management/system_topics_api.h"

#include "base/bytes.h"
#include "base/random.h"
#include "grid/members.h"
#include "management/arm.h"
#include "management/arm_errors.h"
#include "management/arm_handler.h"
#include "management/listing.h"
#include "management/operations_api.h"

namespace fanfare::management {

namespace {

using EntryPtr = std::shared_ptr<const grid::TopicEntry>;
using grid::Members;

struct Context {
  grid::Registry& registry;
  Operations& operations;
};

using Tags = std::vector<std::pair<std::string, std::string>>;

/// What PUT and PATCH may say.
struct Wish {
  std::optional<Tags> tags;
  std::optional<std::string> source;
  std::optional<std::string> topic_type;
};

base::Result<Scope> scope_in(const ArmRequest& request) {
  return parse_scope(std::span(request.segments).first(8));
}

http::Response not_found(const Scope& scope) {
  const auto id = scope.arm_id();
  return arm_error(404, "ResourceNotFound", "The resource '" + id + "' was not found.", id);
}

EntryPtr find(const Context& context, const Scope& scope) {
  return context.registry.catalog()->topic_by_arm_id(scope.arm_id());
}

json::Value shown(const grid::Topic& topic) {
  auto tags = json::Value::object();
  for (const auto& [name, value] : topic.tags) tags.set(name, value);
  return json::Value::object({
      {"id", topic.arm_id()},
      {"name", topic.name},
      {"type", "Microsoft.EventGrid/systemTopics"},
      {"location", topic.location},
      {"tags", tags},
      {"properties", json::Value::object({
                         {"provisioningState", "Succeeded"},
                         {"source", topic.source},
                         {"topicType", topic.topic_type},
                         {"metricResourceId", topic.metric_resource_id},
                     })},
  });
}

void read_tags(Members& members, Wish& wish) {
  const auto* tags = members.object("tags");
  if (tags == nullptr) return;
  auto& out = wish.tags.emplace();
  for (const auto& [name, value] : *tags->if_object()) {
    if (const auto* text = value.if_string())
      out.emplace_back(name, *text);
    else
      members.fail("must be a string", "tags." + name);
  }
}

base::Result<Wish> read_wish(const json::Value& body) {
  Members members(body, "");
  Wish wish;
  read_tags(members, wish);
  members.ignore({"id", "name", "type", "location", "systemData", "identity"});
  const auto* inner = members.object("properties");
  if (auto done = members.finish(); !done) return done.error();
  if (inner == nullptr) return wish;
  Members properties(*inner, "properties");
  wish.source = properties.text("source");
  wish.topic_type = properties.text("topicType");
  properties.ignore({"provisioningState", "metricResourceId"});
  if (auto done = properties.finish(); !done) return done.error();
  return wish;
}

base::Error no_such_source(const std::string& source) {
  return base::invalid("'" + source + "' is no resource here that raises events",
                       "properties.source");
}

/// Why a system topic cannot be made: they come with their sources.
base::Error refusal(const Context& context, const Wish& wish) {
  if (!wish.source) return base::invalid("is required", "properties.source");
  const auto other = context.registry.catalog()->topic_by_arm_id(*wish.source);
  if (!other || other->topic->kind != grid::TopicKind::System) return no_such_source(*wish.source);
  return base::Error{base::Errc::Conflict,
                     "The source has the system topic '" + other->topic->arm_id() +
                         "' already; there is one for each source.",
                     "properties.source"};
}

base::Result<grid::Topic> changed(const Wish& wish, const grid::Topic& existing) {
  if (wish.source && !base::ascii_iequals(*wish.source, existing.source)) {
    return base::invalid("cannot be changed from '" + existing.source + "'", "properties.source");
  }
  if (wish.topic_type && !base::ascii_iequals(*wish.topic_type, existing.topic_type)) {
    return base::invalid("is '" + existing.topic_type + "' for this source",
                         "properties.topicType");
  }
  auto topic = existing;
  if (wish.tags) topic.tags = *wish.tags;
  return topic;
}

base::Async<http::Response> get_one(Context context, ArmRequest request) {
  const auto scope = scope_in(request);
  if (!scope) co_return arm_error(scope.error());
  const auto entry = find(context, *scope);
  co_return entry ? arm_answer(200, shown(*entry->topic)) : not_found(*scope);
}

/// PUT and PATCH of one that is there.
base::Async<http::Response> change(Context context, ArmRequest request, Scope scope, Wish wish) {
  grid::Registry::TopicEdit edit = [wish = std::move(wish)](const grid::Topic& existing) {
    return changed(wish, existing);
  };
  auto id = scope.arm_id();
  const auto topic = co_await context.registry.update_topic(std::move(id), std::move(edit));
  if (!topic && topic.error().code == base::Errc::NotFound) co_return not_found(scope);
  if (!topic) co_return arm_error(topic.error());
  Operation operation{base::uuid4(base::system_random()), OperationStatus::Succeeded, {}, {}};
  const auto operation_id = operation.id;
  context.operations.put(std::move(operation));
  co_return accepted_change(request, scope.subscription, (*topic)->location, operation_id,
                            shown(**topic));
}

base::Async<http::Response> put_one(Context context, ArmRequest request) {
  const auto scope = scope_in(request);
  if (!scope) co_return arm_error(scope.error());
  const auto body = read_body(request.http);
  if (!body) co_return arm_error(body.error());
  auto wish = read_wish(*body);
  if (!wish) co_return arm_error(wish.error());
  if (!find(context, *scope)) co_return arm_error(refusal(context, *wish));
  auto wanted = *std::move(wish);
  if (!wanted.tags) wanted.tags.emplace();
  co_return co_await change(context, std::move(request), *scope, std::move(wanted));
}

base::Async<http::Response> patch_one(Context context, ArmRequest request) {
  const auto scope = scope_in(request);
  if (!scope) co_return arm_error(scope.error());
  const auto body = read_body(request.http);
  if (!body) co_return arm_error(body.error());
  auto wish = read_wish(*body);
  if (!wish) co_return arm_error(wish.error());
  auto wanted = *std::move(wish);
  co_return co_await change(context, std::move(request), *scope, std::move(wanted));
}

base::Async<http::Response> list(Context context, ArmRequest request) {
  // …/providers/Microsoft.EventGrid/systemTopics: the scope is what stands before these three.
  const auto scope = parse_scope(std::span(request.segments).first(request.segments.size() - 3));
  if (!scope) co_return arm_error(scope.error());
  std::vector<Listed> listed;
  const auto catalog = context.registry.catalog();
  for (const auto& entry : catalog->topics()) {
    const auto& topic = entry->topic;
    if (topic->kind != grid::TopicKind::System || !scope->covers(topic->arm_id())) continue;
    listed.push_back({topic->arm_id(), topic->name, [topic] { return shown(*topic); }});
  }
  const auto page = list_page(std::move(listed), request.http);
  co_return page ? arm_answer(200, *page) : arm_error(page.error());
}

using Handle = base::Async<http::Response> (*)(Context, ArmRequest);

}  // namespace

std::vector<http::Route> system_topics_routes(grid::Registry& registry, Operations& operations) {
  const std::string types = "/providers/Microsoft.EventGrid/systemTopics";
  const std::string group = "/subscriptions/{s}/resourceGroups/{g}" + types;
  const std::string one = group + "/{name}";
  const Context context{registry, operations};
  const auto route = [&](http::Method method, const std::string& pattern,
                         std::string_view permission, Handle handle) {
    return http::Route{method, pattern, std::string(permission),
                       arm_handler([context, handle](ArmRequest request) {
                         return handle(context, std::move(request));
                       })};
  };
  return {
      route(http::Method::Get, "/subscriptions/{s}" + types, kRead, list),
      route(http::Method::Get, group, kRead, list),
      route(http::Method::Get, one, kRead, get_one),
      route(http::Method::Put, one, kWrite, put_one),
      route(http::Method::Patch, one, kWrite, patch_one),
  };
}

}  // namespace fanfare::management
