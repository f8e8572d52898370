#include "communication/api_errors.h"
#include "communication/chat/chat_api.h"
#include "communication/chat/paging_api.h"

namespace fanfare::communication::chat {

using json::Value;

namespace {

/// The place of the next page of a listing that counts.
std::optional<std::pair<std::string, std::string>> skip_to(std::size_t position, bool more) {
  if (!more) return std::nullopt;
  return std::pair<std::string, std::string>("skip", std::to_string(position));
}

}  // namespace

ChatApi::Answer ChatApi::list_participants(Call call) {
  const auto size = page_size_of(call.request);
  if (!size) co_return api_error(size.error());
  const auto skip = skip_of(call.request);
  if (!skip) co_return api_error(skip.error());
  auto page = co_await participants_.list(call.caller, call.thread(), *skip, *size);
  if (!page) co_return api_error(page.error());
  auto items = Value::array();
  for (const auto& each : page->participants) items.push(participant_json(each, call.version));
  const auto next = skip_to(*skip + page->participants.size(), page->more);
  co_return page_response(call.request, std::move(items), next);
}

ChatApi::Answer ChatApi::add_participants(Call call) {
  auto participants = read_participants(call.request.body.view(), call.version);
  if (!participants) co_return api_error(participants.error());
  auto invalid = co_await participants_.add(call.caller, call.thread(), *std::move(participants));
  if (!invalid) co_return api_error(invalid.error());
  auto body = Value::object();
  if (!invalid->empty()) body.set("invalidParticipants", invalid_json(*invalid));
  co_return http::Response::json(201, json::write(body));
}

ChatApi::Answer ChatApi::remove_participant(Call call) {
  auto user = read_identifier(call.request.body.view());
  if (!user) co_return api_error(user.error());
  auto removed = co_await participants_.remove(call.caller, call.thread(), *std::move(user));
  co_return removed ? http::Response::empty(204) : api_error(removed.error());
}

ChatApi::Answer ChatApi::send_receipt(Call call) {
  auto message = read_receipt(call.request.body.view());
  if (!message) co_return api_error(message.error());
  auto sent = co_await receipts_.send(call.caller, call.thread(), *std::move(message));
  co_return sent ? http::Response::empty(200) : api_error(sent.error());
}

ChatApi::Answer ChatApi::list_receipts(Call call) {
  const auto size = page_size_of(call.request);
  if (!size) co_return api_error(size.error());
  const auto skip = skip_of(call.request);
  if (!skip) co_return api_error(skip.error());
  auto page = co_await receipts_.list(call.caller, call.thread(), *skip, *size);
  if (!page) co_return api_error(page.error());
  auto items = Value::array();
  for (const auto& each : page->receipts) items.push(receipt_json(each, call.version));
  const auto next = skip_to(*skip + page->receipts.size(), page->more);
  co_return page_response(call.request, std::move(items), next);
}

ChatApi::Answer ChatApi::send_typing(Call call) {
  auto name = read_typing(call.request.body.view());
  if (!name) co_return api_error(name.error());
  auto sent = co_await receipts_.type(call.caller, call.thread(), *std::move(name));
  co_return sent ? http::Response::empty(200) : api_error(sent.error());
}

}  // namespace fanfare::communication::chat
