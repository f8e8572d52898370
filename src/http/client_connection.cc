#include "http/client_connection.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.h"

namespace fanfare::http {

namespace {

/// Fields that the client writes itself.
bool is_the_clients(std::string_view name) {
  switch (name.size()) {
    case 4:
      return base::ascii_iequals(name, "host");
    case 10:
      return base::ascii_iequals(name, "connection");
    case 14:
      return base::ascii_iequals(name, "content-length");
    case 17:
      return base::ascii_iequals(name, "transfer-encoding");
    default:
      return false;
  }
}

std::size_t body_bytes(const ClientRequest& request) {
  std::size_t bytes = request.body.size();
  for (const std::string_view part : request.body_parts) bytes += part.size();
  return bytes;
}

bool usually_has_body(Method method) {
  return method == Method::Post || method == Method::Put || method == Method::Patch;
}

void append_number(std::string& out, std::size_t value) {
  char text[24];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  out.append(text, end);
}

}  // namespace

SteadyTime deadline_after(base::Duration limit) {
  if (limit == base::Duration::zero()) return SteadyTime::max();
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<SteadyTime::duration>(limit);
}

void ClientConnection::expire_if_due(SteadyTime now) {
  if (now < deadline_) return;
  expired_ = true;
  std::error_code ignored;
  transport_.socket().cancel(ignored);
}

void ClientConnection::cancel() {
  cancelled_ = true;
  transport_.close();
}

Fault ClientConnection::interrupted(IoStatus status, std::string_view what) const {
  if (cancelled_) return {Failure::Cancelled, "the client was closed"};
  if (expired_) return {Failure::Timeout, "timed out while " + std::string(what)};
  const bool tls_failed = transport_.session() && status == IoStatus::Failed &&
                          !transport_.session()->failure().empty();
  if (tls_failed) return {Failure::Reset, transport_.session()->failure()};
  return {Failure::Reset, "the peer closed the connection while " + std::string(what)};
}

base::Async<Fault> ClientConnection::connect(asio::ip::tcp::endpoint endpoint, SteadyTime step,
                                             SteadyTime total) {
  address_ = endpoint.address().is_v6() ? "[" + endpoint.address().to_string() + "]"
                                        : endpoint.address().to_string();
  address_ += ":" + std::to_string(endpoint.port());
  std::error_code failed;
  Socket& socket = transport_.socket();
  socket.open(endpoint.protocol(), failed);
  if (failed) co_return Fault{Failure::Connect, "no socket: " + failed.message()};
  socket.native_non_blocking(true, failed);
  socket.set_option(asio::ip::tcp::no_delay(true), failed);
  expect_until(std::min(step, total));
  const auto [error] = co_await socket.async_connect(endpoint, base::as_result);
  expect_until(SteadyTime::max());
  if (cancelled_) co_return Fault{Failure::Cancelled, "the client was closed"};
  if (expired_) {
    const bool all_over = total <= step;
    co_return Fault{all_over ? Failure::Timeout : Failure::Connect,
                    "timed out while connecting to " + address_};
  }
  if (error) co_return Fault{Failure::Connect, "connect to " + address_ + ": " + error.message()};
  co_return Fault{};
}

base::Async<Fault> ClientConnection::start_tls(std::unique_ptr<tls::Session> session,
                                               SteadyTime step, SteadyTime total) {
  transport_.start_tls(std::move(session));
  expect_until(std::min(step, total));
  const IoResult shaken = co_await transport_.handshake();
  expect_until(SteadyTime::max());
  if (cancelled_) co_return Fault{Failure::Cancelled, "the client was closed"};
  if (expired_) {
    const bool all_over = total <= step;
    co_return Fault{all_over ? Failure::Timeout : Failure::Tls,
                    "timed out during the TLS handshake with " + address_};
  }
  if (shaken.status == IoStatus::Ok) co_return Fault{};
  const std::string why = transport_.session()->failure();
  co_return Fault{Failure::Tls, "TLS with " + address_ + ": " +
                                    (why.empty() ? "the peer closed the connection" : why)};
}

bool ClientConnection::still_quiet() {
  char byte = 0;
  return in_.empty() && transport_.read_now({&byte, 1}).status == IoStatus::WouldBlock;
}

void ClientConnection::prepare_head(const ClientRequest& request, const std::string& user_agent) {
  out_.clear();
  out_.append(to_string(request.method)).append(" ").append(request.url.target);
  out_.append(" HTTP/1.1\r\nHost: ").append(request.url.host_header()).append("\r\n");
  const std::size_t bytes = body_bytes(request);
  if (bytes > 0 || usually_has_body(request.method)) {
    out_.append("Content-Length: ");
    append_number(out_, bytes);
    out_.append("\r\n");
  }
  bool has_user_agent = user_agent.empty();
  for (const Headers::Field field : request.headers) {
    if (is_the_clients(field.name)) continue;
    has_user_agent |= base::ascii_iequals(field.name, "user-agent");
    out_.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!has_user_agent) out_.append("User-Agent: ").append(user_agent).append("\r\n");
  out_.append("\r\n");
}

base::Async<bool> ClientConnection::write_rest(const ClientRequest& request, std::size_t done) {
  std::vector<std::string_view> parts = {out_, request.body};
  parts.insert(parts.end(), request.body_parts.begin(), request.body_parts.end());
  const std::size_t total = out_.size() + body_bytes(request);
  while (done < total) {
    const IoResult result = transport_.write_now(parts, done);
    done += result.bytes;
    if (result.status == IoStatus::Ok) continue;
    if (result.status != IoStatus::WouldBlock) co_return false;
    const IoResult ready = co_await transport_.wait_writable();
    if (ready.status != IoStatus::Ok) co_return false;
  }
  co_return true;
}

base::Async<Fault> ClientConnection::exchange(const ClientRequest& request,
                                              const std::string& user_agent, ExchangeLimits limits,
                                              SteadyTime total, ClientResponse& response) {
  reusable_ = answered_ = false;
  expect_until(total);
  prepare_head(request, user_agent);
  // Usually the socket takes all at once, and no further coroutine is needed.
  const std::array<std::string_view, 2> parts = {out_, request.body};
  const IoResult first = transport_.write_now(parts);
  const std::size_t total_bytes = out_.size() + body_bytes(request);
  bool written = first.status == IoStatus::Ok && first.bytes == total_bytes;
  const bool goes_on = first.status == IoStatus::Ok || first.status == IoStatus::WouldBlock;
  if (!written && goes_on) written = co_await write_rest(request, first.bytes);
  ResponseReader reader(limits.head, request.method, limits.interim_max);
  Fault fault = co_await read_answer(request, reader, response);
  expect_until(SteadyTime::max());
  const bool complete = fault.failure == Failure::None && !response.body_truncated;
  reusable_ = complete && written && !expired_ && reader.reusable() && in_.empty();
  if (out_.capacity() > 16 * 1024) out_ = std::string();
  in_.shrink();
  co_return fault;
}

bool ClientConnection::take_body(const ClientRequest& request, const ResponseReader& reader,
                                 std::string_view data, ClientResponse& response, Fault& fault) {
  const bool streamed = request.on_body && reader.status() >= 200 && reader.status() < 300;
  if (streamed) {
    response.body_truncated = !request.on_body(data);
    return !response.body_truncated;
  }
  const std::size_t room = request.response_body_bytes_max -
                           std::min(request.response_body_bytes_max, response.body.size());
  response.body.append(data.substr(0, room));
  if (data.size() <= room) return true;
  response.body_truncated = true;
  if (request.large_body == LargeBody::Fail) {
    fault = {Failure::TooLarge, "the answer's body is larger than " +
                                    std::to_string(request.response_body_bytes_max) + " bytes"};
  }
  return false;
}

base::Async<Fault> ClientConnection::read_answer(const ClientRequest& request,
                                                 ResponseReader& reader, ClientResponse& response) {
  Fault fault;
  for (bool goes_on = true; goes_on;) {
    const ResponseReader::Step step = reader.next(in_.view());
    in_.consume(step.consumed);
    if (step.state == AnswerState::Data) {
      goes_on = take_body(request, reader, step.data, response, fault);
      continue;
    }
    if (step.state == AnswerState::Done) break;
    if (step.state == AnswerState::Malformed)
      fault = {Failure::Malformed, std::string(reader.fault())};
    if (step.state == AnswerState::TooLarge)
      fault = {Failure::TooLarge, std::string(reader.fault())};
    if (fault.failure != Failure::None) break;
    if (step.consumed > 0 && !in_.empty()) continue;
    const auto room = in_.room();
    const IoResult result = co_await transport_.read(room);
    if (result.status == IoStatus::Ok && !expired_) {
      in_.commit(result.bytes);
      answered_ = true;
      continue;
    }
    const bool ended = result.status == IoStatus::Closed && !expired_;
    if (ended && reader.end_of_input() == AnswerState::Done) break;
    fault = interrupted(result.status, answered_ ? "the answer came" : "waiting for an answer");
    break;
  }
  response.status = reader.status();
  if (reader.has_head()) response.headers = reader.take_headers();
  co_return fault;
}

}  // namespace fanfare::http
