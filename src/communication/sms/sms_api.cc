#include "communication/sms/sms_api.h"

#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "base/random.h"
#include "communication/api_errors.h"
#include "communication/sms/sms_json.h"

namespace fanfare::communication::sms {

namespace {

constexpr std::string_view kFirst = "2021-03-07";
constexpr std::array<std::string_view, 3> kVersions = {kFirst, "2025-09-17", "2026-01-23"};
constexpr auto kWithOptOuts = std::span(kVersions).subspan(1);
constexpr auto kWithReports = std::span(kVersions).subspan(2);

constexpr std::size_t kListedMax = 1000;
constexpr std::size_t kListedByDefault = 100;

/// How a version tells errors: as the other services do, or as problem details (RFC 9457).
enum class ErrorForm { Plain, Problem };

ErrorForm error_form(const http::Request& request) {
  return query_value(request, "api-version") == kFirst ? ErrorForm::Plain : ErrorForm::Problem;
}

/// A W3C trace context's traceparent; random, since nothing is traced.
std::string trace_id() {
  auto& random = base::system_random();
  const auto hex = [&random] {
    auto text = base::uuid4(random);
    std::erase(text, '-');
    return text;
  };
  return "00-" + hex() + "-" + hex().substr(0, 16) + "-00";
}

http::Response problem(int status, std::string_view section, std::string_view title,
                       json::Value errors = {}) {
  auto body = json::Value::object(
      {{"type", "https://tools.ietf.org/html/rfc9110#section-" + std::string(section)},
       {"title", title},
       {"status", status}});
  if (!errors.is_null()) body.set("errors", std::move(errors));
  body.set("traceId", trace_id());
  auto response = http::Response::json(status, json::write(body));
  response.headers.set("Content-Type", "application/problem+json; charset=utf-8");
  return response;
}

http::Response not_found_problem() { return problem(404, "15.5.5", "Not Found"); }

http::Response invalid_problem(const base::Error& error) {
  const std::string field = error.target.empty() ? "$" : error.target;
  auto errors = json::Value::object({{field, json::Value::array({error.message})}});
  return problem(400, "15.5.1", "One or more validation errors occurred.", std::move(errors));
}

http::Response error_answer(const base::Error& error, ErrorForm form) {
  if (error.code == base::Errc::InvalidArgument && form == ErrorForm::Problem) {
    return invalid_problem(error);
  }
  return api_error(error);
}

http::Response throttled(base::Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  auto response = api_error(
      429, "TooManyRequests",
      "The sender has reached its rate; try again after " + std::to_string(seconds) + " s.");
  response.headers.set("Retry-After", std::to_string(seconds));
  return response;
}

/// What the handlers share; a copy of it goes with each.
struct Context {
  const identity::ResourceAccess& access;
  Sms& sms;
};

using Action = base::Async<http::Response> (*)(Sms&, ResourcePtr, http::Request);

struct Row {
  http::Method method;
  const char* pattern;
  const char* permission;
  std::span<const std::string_view> versions;
  Action action;
};

base::Async<http::Response> send(Sms& sms, ResourcePtr resource, http::Request request) {
  const auto form = error_form(request);
  auto parsed =
      parse_send(request.body.view(), form == ErrorForm::Plain ? SendForm::First : SendForm::Later);
  if (!parsed) co_return error_answer(parsed.error(), form);
  auto wanted = *std::move(parsed);
  const auto answer = co_await sms.send(std::move(resource), std::move(wanted));
  if (!answer) co_return error_answer(answer.error(), form);
  if (const auto* wait = std::get_if<Throttled>(&*answer)) co_return throttled(wait->wait);
  const auto& results = std::get<std::vector<SendResult>>(*answer);
  co_return http::Response::json(202, json::write(send_results_json(results)));
}

base::Async<http::Response> opt_out(Sms& sms, ResourcePtr resource, http::Request request,
                                    OptOutAction action) {
  auto parsed = parse_opt_out(request.body.view());
  if (!parsed) co_return error_answer(parsed.error(), ErrorForm::Problem);
  auto wanted = *std::move(parsed);
  const auto results = co_await sms.opt_outs(std::move(resource), action, std::move(wanted));
  if (!results) co_return error_answer(results.error(), ErrorForm::Problem);
  co_return http::Response::json(200, json::write(opt_out_results_json(*results)));
}

base::Async<http::Response> add_opt_outs(Sms& sms, ResourcePtr resource, http::Request request) {
  return opt_out(sms, std::move(resource), std::move(request), OptOutAction::Add);
}

base::Async<http::Response> remove_opt_outs(Sms& sms, ResourcePtr resource, http::Request request) {
  return opt_out(sms, std::move(resource), std::move(request), OptOutAction::Remove);
}

base::Async<http::Response> check_opt_outs(Sms& sms, ResourcePtr resource, http::Request request) {
  return opt_out(sms, std::move(resource), std::move(request), OptOutAction::Check);
}

base::Async<http::Response> delivery_report(Sms& sms, ResourcePtr resource, http::Request request) {
  std::string id(request.parameter("id"));
  const auto message = co_await sms.sent_message(std::move(resource), std::move(id));
  if (!message && message.error().code != base::Errc::NotFound) {
    co_return error_answer(message.error(), ErrorForm::Problem);
  }
  if (!message || !message->ended()) co_return not_found_problem();
  co_return http::Response::json(200, json::write(delivery_report_json(*message)));
}

const std::array<Row, 5> kRows = {{
    {http::Method::Post, "/sms", "communication/sms/send", kVersions, send},
    {http::Method::Post, "/sms/optouts:add", "communication/sms/optouts", kWithOptOuts,
     add_opt_outs},
    {http::Method::Post, "/sms/optouts:remove", "communication/sms/optouts", kWithOptOuts,
     remove_opt_outs},
    {http::Method::Post, "/sms/optouts:check", "communication/sms/optouts", kWithOptOuts,
     check_opt_outs},
    {http::Method::Get, "/deliveryReports/{id}", "communication/sms/reports", kWithReports,
     delivery_report},
}};

base::Async<http::Response> checked(Context context, const Row& row, http::Request& request) {
  auto resource = context.access.check(request);
  if (!resource) co_return std::move(resource.error());
  if (auto refusal = refuse_api_version(request, row.versions)) co_return *std::move(refusal);
  auto whose = *std::move(resource);
  auto moved = std::move(request);
  co_return co_await row.action(context.sms, std::move(whose), std::move(moved));
}

/// Some clients match answers to requests by their own id and ask for it back.
base::Async<http::Response> serve(Context context, const Row* row, http::Request request) {
  const std::string id(request.headers.get("x-ms-client-request-id"));
  auto response = co_await checked(context, *row, request);
  if (!id.empty()) response.headers.set("x-ms-client-request-id", id);
  co_return response;
}

// --- for people who test
// --------------------------------------------------------------------------

base::Async<http::Response> receive(Sms& sms, http::Request request) {
  auto parsed = parse_receive(request.body.view());
  if (!parsed) co_return api_error(parsed.error());
  auto message = *std::move(parsed);
  const auto received = co_await sms.receive(std::move(message.from), std::move(message.to),
                                             std::move(message.message));
  if (!received) co_return api_error(received.error());
  co_return http::Response::json(200, json::write(message_json(*received)));
}

base::Result<std::size_t> page_size(const http::Request& request) {
  const auto text = query_value(request, "top");
  if (!text) return kListedByDefault;
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), size);
  const bool whole = error == std::errc() && end == text->data() + text->size();
  if (!whole || size < 1 || size > kListedMax) {
    return base::invalid("must be a number from 1 to 1000", "top");
  }
  return size;
}

base::Async<http::Response> list(ResourceResolver resolver, Sms& sms, http::Request request) {
  auto resource = resolver(request);
  if (!resource) co_return api_error(404, "NotFound", "There is no communication resource.");
  const auto size = page_size(request);
  if (!size) co_return api_error(size.error());
  auto after = query_value(request, "after").value_or("");
  const auto messages = co_await sms.messages(std::move(resource), std::move(after), *size);
  if (!messages) co_return api_error(messages.error());
  auto items = json::Value::array();
  for (const auto& message : *messages) items.push(message_json(message));
  auto body = json::Value::object({{"value", std::move(items)}});
  if (messages->size() == *size) {
    body.set("nextLink",
             "/fanfare/v1/sms?top=" + std::to_string(*size) + "&after=" + messages->back().id);
  }
  co_return http::Response::json(200, json::write(body));
}

}  // namespace

std::vector<http::Route> sms_routes(const identity::ResourceAccess& access, Sms& sms) {
  const Context context{access, sms};
  std::vector<http::Route> out;
  for (const auto& row : kRows) {
    http::Handler handler = [context, &row](http::Request request) {
      return serve(context, &row, std::move(request));
    };
    out.push_back({row.method, row.pattern, row.permission, std::move(handler)});
  }
  return out;
}

std::vector<http::Route> sms_operations_routes(ResourceResolver resolver, Sms& sms) {
  http::Handler on_receive = [&sms](http::Request request) {
    return receive(sms, std::move(request));
  };
  http::Handler on_list = [resolver = std::move(resolver), &sms](http::Request request) {
    return list(resolver, sms, std::move(request));
  };
  return {
      {http::Method::Post, "/fanfare/v1/sms/receive", "operations/write", std::move(on_receive)},
      {http::Method::Get, "/fanfare/v1/sms", "operations/read", std::move(on_list)},
  };
}

}  // namespace fanfare::communication::sms
