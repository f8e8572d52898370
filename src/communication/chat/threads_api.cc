#include "communication/api_errors.h"
#include "communication/chat/chat_api.h"
#include "communication/chat/paging_api.h"

namespace fanfare::communication::chat {

using json::Value;

ChatApi::Answer ChatApi::create_thread(Call call) {
  auto request = read_new_thread(call.request.body.view(), call.version);
  if (!request) co_return api_error(request.error());
  request->token = call.request.headers.get("repeatability-request-id");
  auto created = co_await threads_.create(call.caller, *std::move(request));
  if (!created) co_return api_error(created.error());
  auto body = Value::object();
  body.set("chatThread", thread_json(created->properties, call.version));
  if (!created->invalid.empty()) body.set("invalidParticipants", invalid_json(created->invalid));
  auto response = http::Response::json(201, json::write(body));
  response.headers.set("Location",
                       base_url(call.request) + "/chat/threads/" + created->properties.id);
  co_return response;
}

ChatApi::Answer ChatApi::list_threads(Call call) {
  const auto size = page_size_of(call.request);
  if (!size) co_return api_error(size.error());
  const auto since = start_time_of(call.request);
  if (!since) co_return api_error(since.error());
  ListCursor cursor;
  if (const auto state = query_value(call.request, "syncState")) {
    auto parsed = parse_cursor(*state);
    if (!parsed) co_return api_error(base::invalid("'syncState' is not one of ours.", "syncState"));
    cursor = *std::move(parsed);
  }
  auto page = co_await threads_.list(call.caller, std::move(cursor), *since, *size);
  if (!page) co_return api_error(page.error());
  auto items = Value::array();
  for (const auto& thread : page->threads) items.push(thread_item_json(thread));
  std::optional<std::pair<std::string, std::string>> place;
  if (page->next) place.emplace("syncState", write_cursor(*page->next));
  co_return page_response(call.request, std::move(items), place);
}

ChatApi::Answer ChatApi::get_thread(Call call) {
  auto properties = co_await threads_.get(call.caller, call.thread());
  if (!properties) co_return api_error(properties.error());
  co_return http::Response::json(200, json::write(thread_json(*properties, call.version)));
}

ChatApi::Answer ChatApi::update_thread(Call call) {
  auto patch = read_thread_patch(call.request.body.view(), call.version);
  if (!patch) co_return api_error(patch.error());
  auto updated = co_await threads_.update(call.caller, call.thread(), *std::move(patch));
  co_return updated ? http::Response::empty(204) : api_error(updated.error());
}

ChatApi::Answer ChatApi::delete_thread(Call call) {
  auto deleted = co_await threads_.remove(call.caller, call.thread());
  co_return deleted ? http::Response::empty(204) : api_error(deleted.error());
}

}  // namespace fanfare::communication::chat
