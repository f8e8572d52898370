#include "cli/receiver.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "json/value.h"

namespace fanfare::cli {
namespace {

/// Events may be nested deeply.
constexpr int kDepthMax = 256;

std::string header(const Received& received, std::string_view name) {
  for (const auto& [key, value] : received.headers) {
    if (base::ascii_iequals(key, name)) return value;
  }
  return {};
}

RequestKind kind_of(const http::Request& request) {
  if (request.method == http::Method::Options &&
      request.headers.contains("WebHook-Request-Origin")) {
    return RequestKind::CloudEventsHandshake;
  }
  const auto type = request.headers.get("aeg-event-type");
  return base::ascii_iequals(type, "SubscriptionValidation") ? RequestKind::EventGridHandshake
                                                             : RequestKind::Delivery;
}

/// A text in `data` of the handshake's event, which is one object or the first of an array.
std::string validation_text(std::string_view body, std::string_view name) {
  const auto value = json::parse(body, kDepthMax);
  if (!value) return {};
  const auto* items = value->if_array();
  const json::Value* event = items == nullptr ? &*value
                             : items->empty() ? nullptr
                                              : &items->front();
  const auto* data = event == nullptr ? nullptr : event->find("data");
  const auto* member = data == nullptr ? nullptr : data->find(name);
  const auto* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string() : *text;
}

std::size_t count_events(const Received& received) {
  if (!header(received, "ce-id").empty()) return 1;
  const auto value = json::parse(received.body, kDepthMax);
  if (!value) return received.body.empty() ? 0 : 1;
  const auto* items = value->if_array();
  return items == nullptr ? 1 : items->size();
}

/// Headers of the transport alone, which tell nothing about the event.
bool is_noise(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kNoise = {
      "host", "connection", "content-length", "accept-encoding", "accept", "user-agent", "origin"};
  return std::ranges::any_of(kNoise, [&](auto noise) { return base::ascii_iequals(name, noise); });
}

std::string readable_body(std::string_view body) {
  const auto value = json::parse(body, kDepthMax);
  return printable(value ? json::write_pretty(*value) : std::string(body), Lines::Keep);
}

std::string headline(const Received& received, int answered, Colour colour) {
  const auto time = received.time.substr(0, received.time.find('.')) + "Z";
  std::string what = "handshake";
  Paint paint = Paint::Cyan;
  if (received.kind == RequestKind::Delivery) {
    what = std::to_string(received.events) + (received.events == 1 ? " event" : " events");
    paint = answered < 300 ? Paint::Green : Paint::Red;
  }
  return painted(colour, Paint::Dim, time) + " " + painted(colour, paint, what) + " " +
         received.method + " " + printable(received.target) + " " +
         painted(colour, Paint::Dim, "answered " + std::to_string(answered)) + '\n';
}

}  // namespace

Received received(const http::Request& request, std::string time) {
  Received out;
  out.kind = kind_of(request);
  out.time = std::move(time);
  out.method = std::string(http::to_string(request.method));
  out.target = request.target;
  for (const auto field : request.headers) out.headers.emplace_back(field.name, field.value);
  out.body = std::string(request.body.view());
  if (out.kind == RequestKind::Delivery) out.events = count_events(out);
  if (out.kind == RequestKind::EventGridHandshake) {
    out.validation_url = validation_text(out.body, "validationUrl");
  } else if (out.kind == RequestKind::CloudEventsHandshake) {
    out.validation_url = header(out, "WebHook-Request-Callback");
  }
  return out;
}

http::Response answer(const Received& received, Handshake handshake, int status) {
  if (received.kind == RequestKind::Delivery) {
    const bool accepts = received.method == "POST" || received.method == "PUT";
    return http::Response::empty(accepts ? status : 405);
  }
  if (handshake == Handshake::Ignore) return http::Response::empty(200);
  if (received.kind == RequestKind::EventGridHandshake) {
    const auto code = validation_text(received.body, "validationCode");
    const auto body = json::Value::object({{"validationResponse", code}});
    return http::Response::json(200, json::write(body));
  }
  auto response = http::Response::empty(200);
  response.headers.set("WebHook-Allowed-Origin", header(received, "WebHook-Request-Origin"));
  response.headers.set("WebHook-Allowed-Rate", "*");
  return response;
}

std::string describe(const Received& received, int answered, Colour colour) {
  std::string out = headline(received, answered, colour);
  for (const auto& [name, value] : received.headers) {
    if (is_noise(name)) continue;
    out +=
        "  " + painted(colour, Paint::Dim, printable(name) + ":") + " " + printable(value) + '\n';
  }
  if (!received.body.empty()) out += readable_body(received.body) + '\n';
  if (!received.validation_url.empty() && answered == 200) {
    out += painted(colour, Paint::Dim, "  validation URL: ") + printable(received.validation_url) +
           '\n';
  }
  return out + '\n';
}

std::string as_json_line(const Received& received, int answered) {
  json::Value headers = json::Value::object();
  for (const auto& [name, value] : received.headers) headers.set(base::ascii_lower(name), value);
  auto body = json::parse(received.body, kDepthMax);
  const auto kind = received.kind == RequestKind::Delivery ? "delivery" : "handshake";
  return json::write(
             json::Value::object({{"received", received.time},
                                  {"kind", kind},
                                  {"method", received.method},
                                  {"path", received.target},
                                  {"headers", std::move(headers)},
                                  {"body", body ? std::move(*body) : json::Value(received.body)},
                                  {"events", received.events},
                                  {"answered", answered}})) +
         '\n';
}

}  // namespace fanfare::cli
