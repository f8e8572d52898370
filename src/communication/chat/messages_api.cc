#include "communication/api_errors.h"
#include "communication/chat/chat_api.h"
#include "communication/chat/paging_api.h"

namespace fanfare::communication::chat {

using json::Value;

ChatApi::Answer ChatApi::send_message(Call call) {
  auto request = read_new_message(call.request.body.view(), call.version);
  if (!request) co_return api_error(request.error());
  auto message = co_await messages_.send(call.caller, call.thread(), *std::move(request));
  if (!message) co_return api_error(message.error());
  const auto id = std::to_string(message->id);
  auto response = http::Response::json(201, json::write(Value::object({{"id", id}})));
  response.headers.set(
      "Location", base_url(call.request) + "/chat/threads/" + call.thread() + "/messages/" + id);
  co_return response;
}

ChatApi::Answer ChatApi::list_messages(Call call) {
  const auto size = page_size_of(call.request);
  if (!size) co_return api_error(size.error());
  const auto since = start_time_of(call.request);
  if (!since) co_return api_error(since.error());
  std::optional<std::uint64_t> before;
  if (const auto state = query_value(call.request, "syncState")) {
    before = parse_message_id(*state);
    if (!before) co_return api_error(base::invalid("'syncState' is not one of ours.", "syncState"));
  }
  auto page = co_await messages_.list(call.caller, call.thread(), before, *since, *size);
  if (!page) co_return api_error(page.error());
  auto items = Value::array();
  for (const auto& message : page->messages) items.push(message_json(message, call.version));
  std::optional<std::pair<std::string, std::string>> place;
  if (page->more) place.emplace("syncState", std::to_string(page->messages.back().id));
  co_return page_response(call.request, std::move(items), place);
}

ChatApi::Answer ChatApi::get_message(Call call) {
  auto message = co_await messages_.get(call.caller, call.thread(), call.message());
  if (!message) co_return api_error(message.error());
  co_return http::Response::json(200, json::write(message_json(*message, call.version)));
}

ChatApi::Answer ChatApi::update_message(Call call) {
  auto patch = read_message_patch(call.request.body.view(), call.version);
  if (!patch) co_return api_error(patch.error());
  auto updated =
      co_await messages_.update(call.caller, call.thread(), call.message(), *std::move(patch));
  co_return updated ? http::Response::empty(204) : api_error(updated.error());
}

ChatApi::Answer ChatApi::delete_message(Call call) {
  auto deleted = co_await messages_.remove(call.caller, call.thread(), call.message());
  co_return deleted ? http::Response::empty(204) : api_error(deleted.error());
}

}  // namespace fanfare::communication::chat
