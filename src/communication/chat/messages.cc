#include "communication/chat/messages.h"

#include <charconv>
#include <utility>

#include "communication/chat/html.h"

namespace fanfare::communication::chat {

namespace {

using base::Async;
using base::Result;
using identity::Caller;

NotificationKind kind_of(Happening happening) {
  if (happening == Happening::MessageEdited) return NotificationKind::MessageEdited;
  if (happening == Happening::MessageDeleted) return NotificationKind::MessageDeleted;
  return NotificationKind::MessageReceived;
}

/// What is stored of a content; HTML grows when its text is escaped, so it is measured afterwards.
Result<std::string> clean_content(MessageType type, std::string content,
                                  const std::string& sender_display_name,
                                  const Metadata& metadata) {
  if (auto fine = check_message(content, sender_display_name, metadata); !fine) {
    return fine.error();
  }
  if (type != MessageType::Html) return content;
  content = sanitize_html(content);
  if (content.size() <= kMessageBytesMax) return content;
  return base::Error{base::Errc::TooLarge, "The message is too large once its HTML is cleaned.",
                     "content"};
}

}  // namespace

std::optional<std::uint64_t> parse_message_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return id;
}

Async<Result<Message>> Messages::send(Caller caller, std::string thread, NewMessage request) {
  auto content = clean_content(request.type, std::move(request.content),
                               request.sender_display_name, request.metadata);
  auto turn = co_await desk_.enter(caller.resource->id, thread);
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::SendMessage, true);
  if (!opened) co_return opened.error();
  if (!content) co_return content.error();
  const auto now = desk_.clock().wall();
  Message draft;
  draft.type = request.type;
  draft.sender = caller.user;
  draft.sender_display_name = std::move(request.sender_display_name);
  draft.content = *std::move(content);
  draft.metadata = std::move(request.metadata);
  ThreadChange change(Keys(caller.resource->id), opened->thread, now);
  auto message = change.append(std::move(draft));
  Outcome outcome;
  Occurrence received{Happening::MessageReceived,
                      change.after(),
                      *change.after().roster,
                      caller.user,
                      now,
                      &message};
  desk_.raise(outcome, *caller.resource, received);
  outcome.notifications.push_back(Notification{NotificationKind::MessageReceived, change.after(),
                                               everybody(change.after()), MessageNotice{message}});
  auto committed = co_await desk_.commit(caller.resource, change, std::move(outcome));
  if (!committed) co_return committed.error();
  co_return message;
}

Async<Result<MessagePage>> Messages::list(Caller caller, std::string thread,
                                          std::optional<std::uint64_t> before,
                                          std::optional<base::TimePoint> since, std::size_t limit) {
  auto opened = co_await desk_.open(caller, thread, Operation::ListMessages, false);
  if (!opened) co_return opened.error();
  MessageQuery query{opened->window, since, before, limit};
  auto page = co_await desk_.store().messages(caller.resource->id, std::move(thread), query);
  co_return page;
}

Async<Result<Message>> Messages::find(Caller caller, Opened opened, std::string id) {
  const auto number = parse_message_id(id);
  if (!number) co_return no_such_message();
  auto found = co_await desk_.store().message(caller.resource->id, opened.thread.id(), *number);
  if (!found) co_return found.error();
  if (!*found || !opened.window.shows(**found)) co_return no_such_message();
  co_return **std::move(found);
}

Async<Result<Message>> Messages::get(Caller caller, std::string thread, std::string id) {
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::GetMessage, false);
  if (!opened) co_return opened.error();
  auto message = co_await find(std::move(caller), *std::move(opened), std::move(id));
  co_return message;
}

Async<Result<void>> Messages::update(Caller caller, std::string thread, std::string id,
                                     MessagePatch patch) {
  auto turn = co_await desk_.enter(caller.resource->id, thread);
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::UpdateMessage, true);
  if (!opened) co_return opened.error();
  auto found = co_await find(caller, *opened, std::move(id));
  if (!found) co_return found.error();
  auto message = *std::move(found);
  if (auto allowed = check_edit(message, caller.user); !allowed) co_return allowed.error();
  if (!patch.content && !patch.metadata) co_return Result<void>();
  if (patch.metadata) message.metadata = merged(std::move(message.metadata), *patch.metadata);
  auto content = clean_content(message.type, patch.content.value_or(message.content),
                               message.sender_display_name, message.metadata);
  if (!content) co_return content.error();
  message.content = *std::move(content);
  const auto now = desk_.clock().wall();
  message.edited = cut_to_ms(now);
  auto stored = co_await store_again(std::move(caller), opened->thread, std::move(message),
                                     Happening::MessageEdited, now);
  co_return stored;
}

Async<Result<void>> Messages::remove(Caller caller, std::string thread, std::string id) {
  auto turn = co_await desk_.enter(caller.resource->id, thread);
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::DeleteMessage, true);
  if (!opened) co_return opened.error();
  auto found = co_await find(caller, *opened, std::move(id));
  if (!found) co_return found.error();
  auto message = *std::move(found);
  if (auto allowed = check_delete(message, caller.user); !allowed) co_return allowed.error();
  if (message.deleted) co_return Result<void>();
  const auto now = desk_.clock().wall();
  message.deleted = cut_to_ms(now);
  message.content.clear();
  message.metadata.clear();
  auto stored = co_await store_again(std::move(caller), opened->thread, std::move(message),
                                     Happening::MessageDeleted, now);
  co_return stored;
}

Async<Result<void>> Messages::store_again(Caller caller, Thread thread, Message message,
                                          Happening happening, base::TimePoint now) {
  ThreadChange change(Keys(caller.resource->id), std::move(thread), now);
  message = change.rewrite(std::move(message));
  Outcome outcome;
  Occurrence changed{happening, change.after(), *change.after().roster, caller.user, now, &message};
  desk_.raise(outcome, *caller.resource, changed);
  outcome.notifications.push_back(Notification{kind_of(happening), change.after(),
                                               everybody(change.after()), MessageNotice{message}});
  auto committed = co_await desk_.commit(caller.resource, change, std::move(outcome));
  co_return committed;
}

}  // namespace fanfare::communication::chat
