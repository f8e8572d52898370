#include "grid/publish_api.h"

#include <asio/ip/address.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "event/binary_cloud_event.h"
#include "event/cloud_events.h"
#include "event/custom_schema.h"
#include "event/event_grid_schema.h"
#include "grid/publish_access.h"
#include "http/address_filter.h"

namespace fanfare::grid {

namespace {

constexpr std::string_view kCloudEvent = "application/cloudevents+json";
constexpr std::string_view kCloudEventBatch = "application/cloudevents-batch+json";
constexpr std::string_view kCloudEventTypes =
    "The Content-Type must be 'application/cloudevents+json; charset=utf-8' or "
    "'application/cloudevents-batch+json; charset=utf-8'.";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

bool media_type_is(std::string_view content_type, std::string_view wanted) {
  return base::ascii_iequals(trimmed(content_type.substr(0, content_type.find(';'))), wanted);
}

/// How the events stand in the request.
enum class Form { EventGrid, Custom, CloudEvent, CloudEventBatch, CloudEventBinary };

base::Error unsupported(std::string_view message, std::string_view field) {
  return base::Error{base::Errc::Unsupported, std::string(message), std::string(field)};
}

base::Result<Form> cloud_event_form(const http::Headers& headers, BinaryMode binary) {
  const auto type = headers.get("Content-Type");
  if (media_type_is(type, kCloudEvent)) return Form::CloudEvent;
  if (media_type_is(type, kCloudEventBatch)) return Form::CloudEventBatch;
  if (!headers.contains("ce-specversion")) return unsupported(kCloudEventTypes, "Content-Type");
  if (binary == BinaryMode::Accept) return Form::CloudEventBinary;
  return unsupported(
      "CloudEvents in binary mode are not accepted here. " + std::string(kCloudEventTypes),
      "ce-specversion");
}

base::Result<Form> form_of(event::Schema schema, const http::Headers& headers, BinaryMode binary) {
  const auto coding = headers.get("Content-Encoding");
  if (!coding.empty() && !base::ascii_iequals(coding, "identity")) {
    return unsupported("The body must be sent without a content coding.", "Content-Encoding");
  }
  if (schema == event::Schema::CloudEvents) return cloud_event_form(headers, binary);
  return schema == event::Schema::Custom ? Form::Custom : Form::EventGrid;
}

std::vector<event::HeaderField> fields_of(const http::Headers& headers) {
  std::vector<event::HeaderField> out;
  out.reserve(headers.size());
  for (const auto field : headers) out.push_back({field.name, field.value});
  return out;
}

bool address_allowed(const std::vector<std::string>& rules, const std::string& peer) {
  if (rules.empty()) return true;
  std::error_code error;
  const auto address = asio::ip::make_address(peer, error);
  if (error) return false;
  for (const auto& rule : rules) {
    const auto range = http::parse_address_range(rule);
    if (range && range->contains(address)) return true;
  }
  return false;
}

PublishCredentials credentials_of(const http::Request& request) {
  PublishCredentials out;
  out.key = request.headers.find("aeg-sas-key");
  out.sas_token = request.headers.find("aeg-sas-token");
  out.authorization = request.headers.find("Authorization");
  out.query = request.query();
  if (out.sas_token || out.authorization) {
    out.url = request.tls ? "https://" : "http://";
    out.url.append(request.headers.get("Host")).append(request.path());
  }
  return out;
}

/// Where in the request: `events[3].eventTime` for what the parsers call `[3].eventTime`.
std::string place_of(const base::Error& error) {
  return error.target.starts_with('[') ? "events" + error.target : error.target;
}

std::string told(const base::Error& error) {
  const auto place = place_of(error);
  auto text = place.empty() ? error.message : place + ": " + error.message;
  if (!text.ends_with('.')) text += '.';
  return text;
}

base::Async<http::Response> ready(http::Response response) { co_return response; }

http::Response show_methods() {
  auto response = http::Response::empty(200);
  response.headers.set("Allow", "POST, OPTIONS");
  return response;
}

}  // namespace

std::shared_ptr<const TopicEntry> topic_of_host(const Catalog& catalog,
                                                const http::Request& request) {
  const std::string_view host = request.host;
  return catalog.topic_by_name(host.substr(0, host.find('.')));
}

PublishApi::PublishApi(const Registry& registry, Publisher& publisher,
                       const auth::BearerVerifier& bearers, base::Clock& clock,
                       base::Random& random, TopicResolver resolver, PublishOptions options,
                       RefusalListener refused)
    : registry_(registry),
      publisher_(publisher),
      bearers_(bearers),
      clock_(clock),
      random_(random),
      resolver_(std::move(resolver)),
      options_(options),
      refused_(std::move(refused)) {}

std::shared_ptr<const TopicEntry> PublishApi::find_topic(const http::Request& request) const {
  const auto catalog = registry_.catalog();
  const auto name = request.parameter("topic");
  auto entry = name.empty() ? resolver_(*catalog, request) : catalog->topic_by_name(name);
  if (entry && entry->topic->kind == TopicKind::System) return nullptr;  // fed from inside only
  return entry;
}

http::Response PublishApi::refuse(const TopicEntry* topic, PublishFault fault,
                                  std::string_view message, std::string_view target) {
  const auto request_id = base::uuid4(random_);
  const auto time = base::format_rfc3339(clock_.wall(), 3);
  const auto status = publish_answer(fault).status;
  auto response =
      http::Response::json(status, publish_error_body(fault, message, target, request_id, time));
  response.headers.set("x-ms-request-id", request_id);
  if (fault == PublishFault::Unauthorized) response.headers.set("WWW-Authenticate", "Bearer");
  if (fault == PublishFault::MethodNotAllowed) response.headers.set("Allow", "POST, OPTIONS");
  if (fault == PublishFault::Unavailable) response.headers.set("Retry-After", "1");
  if (refused_) refused_(topic == nullptr ? nullptr : topic->topic.get(), fault);
  return response;
}

std::optional<http::Response> PublishApi::refuse_caller(const TopicEntry& entry,
                                                        const http::Request& request) {
  const auto& topic = *entry.topic;
  if (!topic.public_network_access) {
    return refuse(&entry, PublishFault::Forbidden,
                  "Public network access is disabled on this topic.", "");
  }
  if (!address_allowed(topic.inbound_ip_rules, request.peer)) {
    return refuse(&entry, PublishFault::Forbidden,
                  "The caller's address is not in the topic's inboundIpRules.", "");
  }
  const auto refusal = refuse_publisher(topic, credentials_of(request), bearers_, clock_.wall());
  if (!refusal) return std::nullopt;
  return refuse(&entry, refusal->fault, refusal->message, "");
}

base::Result<event::EventBatch> PublishApi::read(const Topic& topic, http::Request& request) {
  const auto form = form_of(topic.input_schema, request.headers, options_.cloud_events_binary);
  if (!form) return form.error();
  if (request.body.size() > options_.request_bytes_max) {
    return base::Error{base::Errc::TooLarge,
                       "The request is larger than the maximum of " +
                           std::to_string(options_.request_bytes_max) + " bytes.",
                       {}};
  }
  auto owner = std::make_shared<const http::Body>(std::move(request.body));
  const event::BodyView body{owner, owner->view()};
  switch (*form) {
    case Form::EventGrid:
      return event::parse_event_grid(body, topic.arm_id(), options_.limits);
    case Form::Custom:
      return event::parse_custom(body, topic.mapping, topic.arm_id(), clock_.wall(), random_,
                                 options_.limits);
    case Form::CloudEvent:
      return event::parse_cloud_event(body, options_.limits);
    case Form::CloudEventBatch:
      return event::parse_cloud_event_batch(body, options_.limits);
    case Form::CloudEventBinary:
      return event::parse_binary_cloud_event(fields_of(request.headers), body, options_.limits);
  }
  return base::Error{base::Errc::Internal, "no such form", {}};
}

// The one way to a 200: what the queue has given its receipt for is durable.
http::Response PublishApi::accepted(const queue::Receipt&) {
  auto response = http::Response::empty(200);
  response.headers.set("x-ms-request-id", base::uuid4(random_));
  return response;
}

base::Async<http::Response> PublishApi::publish(http::Request request) {
  auto topic = find_topic(request);
  if (!topic) {
    co_return refuse(nullptr, PublishFault::UnknownTopic, "There is no such topic here.", "");
  }
  if (auto refused = refuse_caller(*topic, request)) co_return std::move(*refused);
  auto batch = read(*topic->topic, request);
  if (!batch) {
    const auto& error = batch.error();
    co_return refuse(topic.get(), publish_fault(error.code), told(error), place_of(error));
  }
  auto events = *std::move(batch);
  auto entry = topic;
  const auto receipt = co_await publisher_.publish(std::move(entry), std::move(events));
  if (receipt) co_return accepted(*receipt);
  const auto& error = receipt.error();
  base::log(base::LogLevel::Warn, "grid", "events were not taken",
            {{"topic", topic->topic->name}, {"reason", error.message}});
  const bool transient = publish_fault(error.code) == PublishFault::Unavailable;
  co_return refuse(topic.get(), transient ? PublishFault::Unavailable : PublishFault::Internal,
                   "The events could not be stored; none of them is accepted.", "");
}

std::vector<http::Route> PublishApi::routes() {
  const http::Handler post = [this](http::Request request) { return publish(std::move(request)); };
  const http::Handler options = [](http::Request) { return ready(show_methods()); };
  const http::Handler other = [this](http::Request) {
    return ready(
        refuse(nullptr, PublishFault::MethodNotAllowed, "Events are published with POST.", ""));
  };
  std::vector<http::Route> out;
  for (const std::string pattern : {"/topics/{topic}/api/events", "/api/events"}) {
    out.push_back({http::Method::Post, pattern, "publish", post});
    out.push_back({http::Method::Options, pattern, "publish", options});
    for (const auto method :
         {http::Method::Get, http::Method::Put, http::Method::Patch, http::Method::Delete}) {
      out.push_back({method, pattern, "publish", other});
    }
  }
  out.push_back({http::Method::Post, "/", "publish", post});
  out.push_back({http::Method::Options, "/", "publish", options});
  return out;
}

}  // namespace fanfare::grid
