#include "delivery/handshake.h"

#include <asio/basic_waitable_timer.hpp>
#include <asio/this_coro.hpp>
#include <charconv>

#include "base/bytes.h"
#include "base/random.h"
#include "delivery/headers.h"
#include "json/value.h"

namespace fanfare::delivery {

namespace {

constexpr base::Duration kBetweenAttempts = base::seconds(5);
/// Above this a rate is no limit.
constexpr std::int64_t kRateMax = 1'000'000'000;

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

bool speaks_cloud_events(const grid::EventSubscription& subscription) {
  return subscription.delivery_schema == grid::DeliverySchema::CloudEventSchemaV1_0;
}

const grid::WebHookDestination& webhook_of(const grid::EventSubscription& subscription) {
  return std::get<grid::WebHookDestination>(subscription.destination);
}

std::string validation_event(const grid::EventSubscription& subscription,
                             const HandshakeRequest& request, base::TimePoint wall) {
  auto data = json::Value::object({{"validationCode", request.validation_code}});
  if (!request.validation_url.empty()) data.set("validationUrl", request.validation_url);
  auto id = request.event_id.empty() ? base::uuid4(base::system_random()) : request.event_id;
  auto event =
      json::Value::object({{"id", std::move(id)},
                           {"topic", subscription.topic_arm_id},
                           {"subject", ""},
                           {"data", std::move(data)},
                           {"eventType", "Microsoft.EventGrid.SubscriptionValidationEvent"},
                           {"eventTime", base::format_rfc3339(wall)},
                           {"metadataVersion", "1"},
                           {"dataVersion", "1"}});
  return json::write(json::Value::array({std::move(event)}));
}

void ask_by_event(http::ClientRequest& out, const grid::EventSubscription& subscription,
                  const HandshakeRequest& request, base::TimePoint wall) {
  out.method = http::Method::Post;
  out.headers.add("Content-Type", kJson);
  out.headers.add(kEventType, "SubscriptionValidation");
  add_subscription_name(out.headers, subscription.name, NameCase::Upper);
  out.body = validation_event(subscription, request, wall);
}

void ask_by_options(http::ClientRequest& out, const HandshakeRequest& request) {
  out.method = http::Method::Options;
  out.headers.add(kRequestOrigin, request.origin);
  if (!request.validation_url.empty()) out.headers.add(kRequestCallback, request.validation_url);
  if (request.rate_per_minute) {
    out.headers.add(kRequestRate, std::to_string(*request.rate_per_minute));
  }
}

std::string answered_with(int status) {
  return "the endpoint answered with status " + std::to_string(status);
}

bool success(int status) { return status >= 200 && status < 300; }

/// True when the body carries the code, in whatever casing the member is written.
bool carries_code(std::string_view body, std::string_view code) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  const auto answer = json::parse(body);
  if (!answer) return false;
  const auto* member = answer->find_ignoring_case("validationResponse");
  const auto* text = member ? member->if_string() : nullptr;
  return text && !code.empty() && *text == code;
}

Judgement judge_event_grid(const HandshakeRequest& request, const http::ClientResponse& response) {
  if (response.status != 200) return Undecided{answered_with(response.status), response.status};
  if (carries_code(response.body, request.validation_code)) return Validated{};
  return AwaitingManual{};
}

/// The allowed rate: `*` or absent is no limit, a number is one a minute at least.
base::Result<std::optional<int>> read_rate(std::string_view text) {
  if (text.empty() || text == "*") return std::optional<int>{};
  std::int64_t rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error == std::errc::result_out_of_range && text.front() != '-') return std::optional<int>{};
  if (error != std::errc{} || end != text.data() + text.size() || rate < 1) {
    return base::invalid("WebHook-Allowed-Rate is neither * nor a positive number");
  }
  if (rate >= kRateMax) return std::optional<int>{};
  return std::optional<int>{static_cast<int>(rate)};
}

Judgement grant(const http::ClientResponse& response) {
  const auto rate = read_rate(response.headers.get(kAllowedRate));
  if (!rate) return Refused{rate.error().message, response.status};
  return Validated{*rate};
}

Judgement judge_cloud_events(const HandshakeRequest& request,
                             const http::ClientResponse& response) {
  if (response.status == 405) {
    return Refused{"the endpoint does not take OPTIONS requests (status 405)", response.status};
  }
  const auto allowed = response.headers.find(kAllowedOrigin);
  if (allowed && (*allowed == "*" || base::ascii_iequals(*allowed, request.origin))) {
    return grant(response);
  }
  if (allowed) return Refused{"WebHook-Allowed-Origin names another origin", response.status};
  if (success(response.status)) return AwaitingManual{};
  return Undecided{answered_with(response.status), response.status};
}

std::string describe(const http::ClientResponse& response) {
  std::string text(http::to_string(response.failure));
  if (!response.failure_text.empty()) text += ": " + response.failure_text;
  return text;
}

/// Waits on `clock`; the alarm fires on the executor of the coroutine.
base::Async<void> sleep_until(base::Clock& clock, base::TimePoint when) {
  const auto executor = co_await asio::this_coro::executor;
  Timer never(executor, Timer::time_point::max());
  const auto alarm = clock.alarm(when, executor, [&never] { never.cancel(); });
  co_await never.async_wait(base::as_result);
}

}  // namespace

base::Result<http::ClientRequest> make_handshake(const grid::EventSubscription& subscription,
                                                 const HandshakeRequest& request,
                                                 base::TimePoint wall) {
  const auto& webhook = webhook_of(subscription);
  auto url = http::parse_url(webhook.endpoint_url);
  if (!url) return url.error();
  http::ClientRequest out;
  out.url = std::move(*url);
  add_static_attributes(out.headers, webhook);
  if (speaks_cloud_events(subscription)) {
    ask_by_options(out, request);
  } else {
    ask_by_event(out, subscription, request, wall);
  }
  return out;
}

Judgement judge_handshake(const grid::EventSubscription& subscription,
                          const HandshakeRequest& request, const http::ClientResponse& response) {
  if (response.failure == http::Failure::AddressNotAllowed) {
    return Refused{"the endpoint's address is not allowed", 0};
  }
  if (!response.ok()) return Undecided{describe(response), response.status};
  return speaks_cloud_events(subscription) ? judge_cloud_events(request, response)
                                           : judge_event_grid(request, response);
}

base::Async<HandshakeResult> validate_webhook(http::Client& client, base::Clock& clock,
                                              HandshakePace& pace,
                                              const grid::EventSubscription& subscription,
                                              HandshakeRequest request, int attempts) {
  Refused last{"not asked", 0};
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    auto asked = make_handshake(subscription, request, clock.wall());
    if (!asked) co_return Refused{asked.error().message, 0};
    const auto turn = pace.take(asked->url.host, clock.now());
    if (!turn) co_return Refused{"too many validations of this host are waiting", 0};
    if (*turn > clock.now()) co_await sleep_until(clock, *turn);
    const auto response = co_await client.send(std::move(*asked));
    auto judgement = judge_handshake(subscription, request, response);
    if (auto* validated = std::get_if<Validated>(&judgement)) co_return *validated;
    if (std::holds_alternative<AwaitingManual>(judgement)) co_return AwaitingManual{};
    if (auto* refused = std::get_if<Refused>(&judgement)) co_return std::move(*refused);
    auto& undecided = std::get<Undecided>(judgement);
    last = Refused{std::move(undecided.reason), undecided.status};
    if (attempt < attempts) co_await sleep_until(clock, clock.now() + kBetweenAttempts);
  }
  co_return last;
}

}  // namespace fanfare::delivery
