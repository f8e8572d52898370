#include "delivery/sinks/webhook.h"

#include <chrono>
#include <unordered_map>

#include "delivery/retry.h"

namespace fanfare::delivery {

namespace {

using queue::OutcomeKind;

constexpr std::size_t kDetailBytesMax = 1024;
constexpr std::size_t kUrlsMax = 10'000;

OutcomeKind kind_of(http::Failure failure) {
  switch (failure) {
    case http::Failure::None:
      return OutcomeKind::Delivered;
    case http::Failure::Resolve:
      return OutcomeKind::ResolutionError;
    case http::Failure::AddressNotAllowed:
    case http::Failure::Connect:
    case http::Failure::Tls:
    case http::Failure::Reset:
      return OutcomeKind::SocketError;
    case http::Failure::Timeout:
      return OutcomeKind::TimedOut;
    case http::Failure::Malformed:
    case http::Failure::TooLarge:
      return OutcomeKind::GenericError;
    case http::Failure::Cancelled:
      return OutcomeKind::Canceled;
  }
  return OutcomeKind::GenericError;
}

/// At most the first KiB, not ending within a character.
std::string excerpt(std::string_view text) {
  if (text.size() <= kDetailBytesMax) return std::string(text);
  auto end = kDetailBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

/// For a refused address nothing more than that: the rest would tell of the inner network.
std::string detail_of(const http::ClientResponse& response) {
  if (response.failure == http::Failure::AddressNotAllowed) {
    return "the endpoint's address is not allowed";
  }
  std::string text(http::to_string(response.failure));
  if (!response.failure_text.empty()) text += ": " + response.failure_text;
  return excerpt(text);
}

Outcome answered(const http::ClientResponse& response, base::TimePoint wall) {
  Outcome outcome;
  outcome.kind = outcome_of_status(response.status);
  outcome.status = response.status;
  if (outcome.kind == OutcomeKind::Delivered) return outcome;
  outcome.detail = excerpt(response.body);
  if (response.status == 429 || response.status == 503) {
    outcome.retry_after = http::retry_after(response.headers, wall);
  }
  return outcome;
}

class WebhookSink final : public Sink {
 public:
  WebhookSink(http::Client& client, base::Clock& clock, WebhookOptions options)
      : client_(client), clock_(clock), options_(std::move(options)) {}

  base::Async<Outcome> deliver(Shipment shipment) override {
    const auto* url = url_of(*shipment.subscription);
    if (!url) co_return unusable_url();
    auto request = request_for(shipment, *url);
    const auto begin = std::chrono::steady_clock::now();
    const auto response = co_await client_.send(std::move(request));
    auto outcome = outcome_of(response, clock_.wall());
    outcome.latency = std::chrono::steady_clock::now() - begin;
    co_return outcome;
  }

 private:
  struct KnownUrl {
    std::string text;
    http::Url url;
  };

  static Outcome unusable_url() {
    Outcome outcome;
    outcome.kind = OutcomeKind::ResolutionError;
    outcome.detail = "the endpoint's URL cannot be used";
    return outcome;
  }

  http::ClientRequest request_for(const Shipment& shipment, const http::Url& url) const {
    auto envelope = render(shipment, options_.envelope);
    http::ClientRequest request;
    request.method = http::Method::Post;
    request.url = url;
    request.headers = std::move(envelope.headers);
    request.body = std::move(envelope.body);
    request.timeouts = options_.timeouts;
    return request;
  }

  /// Read once for each endpoint. nullptr when it is no URL.
  const http::Url* url_of(const grid::EventSubscription& subscription) {
    const auto& text = std::get<grid::WebHookDestination>(subscription.destination).endpoint_url;
    const auto known = urls_.find(subscription.id.value);
    if (known != urls_.end() && known->second.text == text) return &known->second.url;
    auto url = http::parse_url(text);
    if (!url) return nullptr;
    if (urls_.size() >= kUrlsMax) urls_.clear();
    return &(urls_[subscription.id.value] = KnownUrl{text, std::move(*url)}).url;
  }

  http::Client& client_;
  base::Clock& clock_;
  const WebhookOptions options_;
  std::unordered_map<std::uint32_t, KnownUrl> urls_;
};

}  // namespace

std::unique_ptr<Sink> make_webhook_sink(http::Client& client, base::Clock& clock,
                                        WebhookOptions options) {
  return std::make_unique<WebhookSink>(client, clock, std::move(options));
}

Outcome outcome_of(const http::ClientResponse& response, base::TimePoint wall) {
  if (response.ok()) return answered(response, wall);
  Outcome outcome;
  outcome.kind = kind_of(response.failure);
  outcome.detail = detail_of(response);
  return outcome;
}

}  // namespace fanfare::delivery
