#include "communication/chat/chat_api.h"

#include <array>
#include <chrono>
#include <string_view>

#include "communication/api_errors.h"

namespace fanfare::communication::chat {

namespace {

using http::Method;

constexpr std::array<std::string_view, 5> kVersions{"2021-03-07", "2021-09-07", "2023-11-07",
                                                    "2024-03-07", "2025-03-15"};

constexpr const char* kThreads = "/chat/threads";
constexpr const char* kThread = "/chat/threads/{thread}";
constexpr const char* kParticipants = "/chat/threads/{thread}/participants";
constexpr const char* kAdd = "/chat/threads/{thread}/participants/:add";
constexpr const char* kRemove = "/chat/threads/{thread}/participants/:remove";
constexpr const char* kMessages = "/chat/threads/{thread}/messages";
constexpr const char* kMessage = "/chat/threads/{thread}/messages/{message}";
constexpr const char* kReceipts = "/chat/threads/{thread}/readReceipts";
constexpr const char* kTyping = "/chat/threads/{thread}/typing";

}  // namespace

ChatApi::ChatApi(const identity::UserAccess& access, Desk& desk, Threads& threads,
                 Participants& participants, Messages& messages, Receipts& receipts)
    : access_(access),
      desk_(desk),
      threads_(threads),
      participants_(participants),
      messages_(messages),
      receipts_(receipts) {}

std::vector<http::Route> ChatApi::routes() {
  using Op = Operation;
  return {
      route(Method::Post, kThreads, Op::CreateThread, &ChatApi::create_thread),
      route(Method::Get, kThreads, Op::ListThreads, &ChatApi::list_threads),
      route(Method::Get, kThread, Op::GetThread, &ChatApi::get_thread),
      route(Method::Patch, kThread, Op::UpdateThread, &ChatApi::update_thread),
      route(Method::Delete, kThread, Op::DeleteThread, &ChatApi::delete_thread),
      route(Method::Get, kParticipants, Op::ListParticipants, &ChatApi::list_participants),
      route(Method::Post, kAdd, Op::AddParticipants, &ChatApi::add_participants),
      route(Method::Post, kRemove, Op::RemoveParticipant, &ChatApi::remove_participant),
      route(Method::Post, kMessages, Op::SendMessage, &ChatApi::send_message),
      route(Method::Get, kMessages, Op::ListMessages, &ChatApi::list_messages),
      route(Method::Get, kMessage, Op::GetMessage, &ChatApi::get_message),
      route(Method::Patch, kMessage, Op::UpdateMessage, &ChatApi::update_message),
      route(Method::Delete, kMessage, Op::DeleteMessage, &ChatApi::delete_message),
      route(Method::Post, kReceipts, Op::SendReceipt, &ChatApi::send_receipt),
      route(Method::Get, kReceipts, Op::ListReceipts, &ChatApi::list_receipts),
      route(Method::Post, kTyping, Op::SendTyping, &ChatApi::send_typing),
  };
}

http::Route ChatApi::route(Method method, std::string pattern, Operation operation, Action action) {
  return {method, std::move(pattern), "chat", [this, operation, action](http::Request request) {
            return handle(operation, action, std::move(request));
          }};
}

ChatApi::Answer ChatApi::handle(Operation operation, Action action, http::Request request) {
  auto caller = access_.check(request);
  if (!caller) co_return std::move(caller.error());
  auto wrong_version = refuse_api_version(request, kVersions);
  if (wrong_version) co_return *std::move(wrong_version);
  const Version version(query_value(request, "api-version").value_or(""));
  Call call{*std::move(caller), version, std::move(request)};
  auto too_often = refuse_rate(operation, call);
  if (too_often) co_return *std::move(too_often);
  auto response = co_await (this->*action)(std::move(call));
  co_return response;
}

std::optional<http::Response> ChatApi::refuse_rate(Operation operation, const Call& call) {
  if (!desk_.options().rate_limits) return std::nullopt;
  const auto wait = rates_.refuse(call.caller.resource->id, operation, call.caller.user,
                                  call.thread(), desk_.clock().now());
  if (!wait) return std::nullopt;
  auto response = api_error(429, "TooManyRequests", "Rate limit exceeded.");
  const auto seconds = std::chrono::ceil<base::seconds>(*wait).count();
  response.headers.set("Retry-After", std::to_string(seconds));
  return response;
}

}  // namespace fanfare::communication::chat
