#include "cli/api_client.h"

#include <unistd.h>

#include <cstring>

#include "app/version.h"
#include "cli/interruption.h"
#include "tls/context.h"

namespace fanfare::cli {
namespace {

constexpr std::size_t kAnswerBytesMax = 256u << 20;
/// Lists hold events, which may be nested as deeply as the server takes them.
constexpr int kDepthMax = 256;

base::Async<void> exchange(http::Client& client, http::ClientRequest request,
                           http::ClientResponse& response) {
  response = co_await client.send(std::move(request));
}

base::Async<void> close_client(http::Client& client) { co_await client.close(); }

Got<std::shared_ptr<tls::ClientContext>> trust(const std::string& ca) {
  tls::ClientContextOptions options;
  if (!ca.empty()) {
    if (access(ca.c_str(), R_OK) != 0) {
      return usage("--ca: cannot read " + ca + ": " + std::strerror(errno));
    }
    options.ca_file = ca;
    options.and_system_store = true;
  }
  auto context = tls::ClientContext::create(std::move(options));
  if (!context) return usage("--ca: " + context.error().message);
  return std::move(*context);
}

}  // namespace

Got<std::unique_ptr<ApiClient>> ApiClient::make(const Connection& connection) {
  auto url = http::parse_url(connection.server);
  if (!url) {
    return usage("--server: '" + connection.server + "' is no address: " + url.error().message,
                 "Write it as http://127.0.0.1:4880 or https://fanfare.example.com:4880.");
  }
  if (url->target != "/") {
    return usage("--server: '" + connection.server + "' has a path; the address alone is wanted");
  }
  auto tls = trust(connection.ca);
  if (!tls) return std::unexpected(tls.error());
  return std::unique_ptr<ApiClient>(
      new ApiClient(std::move(*url), connection.management_key, std::move(*tls)));
}

ApiClient::ApiClient(http::Url server, std::string key, std::shared_ptr<tls::ClientContext> tls)
    : server_(std::move(server)), key_(std::move(key)) {
  http::ClientOptions options;
  options.tls = std::move(tls);
  options.user_agent = "fanfare-cli/" + std::string(app::kVersion);
  client_ = std::make_unique<http::Client>(threads_.executor(0), std::move(options));
}

ApiClient::~ApiClient() {
  base::block_on(threads_.executor(0), [this] { return close_client(*client_); });
  threads_.stop();
}

http::ClientRequest ApiClient::client_request(ApiRequest request) const {
  http::ClientRequest out;
  out.method = request.method;
  out.url = server_;
  out.url.target = std::move(request.target);
  out.headers = std::move(request.headers);
  out.headers.set("Accept", "application/json, text/event-stream;q=0.9, */*;q=0.1");
  if (!key_.empty() && !out.headers.contains("Authorization")) {
    out.headers.set("Authorization", "Bearer " + key_);
  }
  out.body = std::move(request.body);
  out.timeouts.total = request.limit;
  out.response_body_bytes_max = kAnswerBytesMax;
  out.large_body = http::LargeBody::Fail;
  return out;
}

Got<ApiAnswer> ApiClient::send(ApiRequest request) {
  auto wire = client_request(std::move(request));
  http::ClientResponse response;
  base::block_on(threads_.executor(0),
                 [&] { return exchange(*client_, std::move(wire), response); });
  if (!response.ok()) return std::unexpected(transport_failure(server_, response));
  if (response.status < 200 || response.status > 299) {
    return std::unexpected(refusal(response.status, response.body));
  }
  return ApiAnswer{response.status, std::move(response.headers), std::move(response.body)};
}

namespace {

Got<json::Value> as_json(Got<ApiAnswer> answer) {
  if (!answer) return std::unexpected(std::move(answer.error()));
  if (answer->body.empty()) return json::Value();
  auto value = json::parse(answer->body, kDepthMax);
  if (value) return std::move(*value);
  return fail(Exit::Failed, "the answer is no JSON; is this a Fanfare server?");
}

}  // namespace

Got<json::Value> ApiClient::get(std::string target) {
  return as_json(send(ApiRequest{.target = std::move(target)}));
}

Got<json::Value> ApiClient::post(std::string target, const json::Value& body) {
  ApiRequest request{.method = http::Method::Post, .target = std::move(target)};
  request.headers.set("Content-Type", "application/json");
  request.body = json::write(body);
  return as_json(send(std::move(request)));
}

namespace {

base::Async<void> watch_until_end(http::Client& client, http::ClientRequest request,
                                  http::ClientResponse& response, Interruption& until) {
  response = co_await client.send(std::move(request));
  until.done();
}

}  // namespace

Got<void> ApiClient::watch(std::string target, std::function<bool(std::string_view)> on_piece,
                           Interruption& until, base::Duration limit) {
  auto wire = client_request(ApiRequest{.target = std::move(target), .limit = {}});
  wire.on_body = std::move(on_piece);
  http::ClientResponse response;
  base::TaskGroup tasks(threads_.executor(0));
  base::run_on(threads_.executor(0), [&] {
    tasks.spawn("watch", watch_until_end(*client_, std::move(wire), response, until));
  });
  const auto reason = limit == base::Duration::zero() ? until.wait() : until.wait_for(limit);
  base::block_on(threads_.executor(0), [this] { return close_client(*client_); });
  base::block_on(threads_.executor(0), [&] { return tasks.join(); });
  if (reason != Interruption::Reason::Done) return {};
  if (!response.ok() && response.status == 0) {
    return std::unexpected(transport_failure(server_, response));
  }
  if (response.status > 299) return std::unexpected(refusal(response.status, response.body));
  return {};
}

Failure refusal(int status, std::string_view body) {
  Failure out{Exit::Failed,
              "the server answered " + std::to_string(status) + " " +
                  std::string(http::reason_phrase(status)),
              {}};
  const auto value = json::parse(body);
  const auto* error = value ? value->find("error") : nullptr;
  const auto text = [&](std::string_view name) -> std::string {
    const auto* member = error == nullptr ? nullptr : error->find(name);
    const auto* found = member == nullptr ? nullptr : member->if_string();
    return found == nullptr ? "" : *found;
  };
  if (const auto message = text("message"); !message.empty()) {
    out.message = message;
    const auto target = text("target");
    if (!message.contains(target)) out.message = target + ": " + message;
    out.message += " (" + std::to_string(status) + " " + text("code") + ")";
  }
  if (status == 401) {
    out.hint = "Pass the server's key with --management-key, or in FANFARE_MANAGEMENT_KEY.";
  }
  return out;
}

Failure transport_failure(const http::Url& server, const http::ClientResponse& response) {
  Failure out{Exit::Unreachable, "no answer from " + server.origin(), {}};
  if (!response.failure_text.empty()) out.message += ": " + response.failure_text;
  switch (response.failure) {
    case http::Failure::Connect:
    case http::Failure::Resolve:
      out.hint =
          "Is it running? `fanfare serve` starts a server; --server or FANFARE_SERVER names "
          "another address.";
      break;
    case http::Failure::Tls:
      out.hint = "Trust the server's CA with --ca FILE; `fanfare serve` prints where it is.";
      break;
    case http::Failure::TooLarge:
      out.exit = Exit::Failed;
      out.hint = "Ask for less with --limit.";
      break;
    case http::Failure::Timeout:
      out.exit = Exit::Unfinished;
      break;
    default:
      break;
  }
  return out;
}

std::string query_of(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    out += (out.empty() ? "?" : "&") + name + "=" + http::percent_encode(value);
  }
  return out;
}

}  // namespace fanfare::cli
