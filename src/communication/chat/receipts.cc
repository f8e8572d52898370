#include "communication/chat/receipts.h"

#include <utility>

#include "communication/chat/messages.h"

namespace fanfare::communication::chat {

using base::Async;
using base::Result;
using identity::Caller;

Async<Result<void>> Receipts::send(Caller caller, std::string thread, std::string message_id) {
  auto turn = co_await desk_.enter(caller.resource->id, thread);
  auto opened = co_await desk_.open(caller, thread, Operation::SendReceipt, true);
  if (!opened) co_return opened.error();
  if (auto small = check_signals(opened->thread); !small) co_return small.error();
  const auto number = parse_message_id(message_id);
  if (!number) co_return no_such_message();
  const auto resource = caller.resource;
  auto message = co_await desk_.store().message(resource->id, thread, *number);
  if (!message) co_return message.error();
  if (!*message || !opened->window.shows(**message)) co_return no_such_message();
  auto earlier = co_await desk_.store().receipt(resource->id, thread, caller.user);
  if (!earlier) co_return earlier.error();
  if (*earlier && (*earlier)->message_id >= *number) co_return Result<void>();
  const auto now = desk_.clock().wall();
  const Receipt receipt{caller.user, *number, cut_to_ms(now)};
  ThreadChange change(Keys(resource->id), opened->thread, now);
  change.put_receipt(receipt);
  Outcome outcome;
  outcome.notifications.push_back(Notification{NotificationKind::ReadReceiptReceived,
                                               change.after(), everybody(change.after()),
                                               ReceiptNotice{receipt}});
  auto committed = co_await desk_.commit(resource, change, std::move(outcome));
  co_return committed;
}

Async<Result<ReceiptPage>> Receipts::list(Caller caller, std::string thread, std::size_t skip,
                                          std::size_t limit) {
  auto opened = co_await desk_.open(caller, thread, Operation::ListReceipts, false);
  if (!opened) co_return opened.error();
  auto all = co_await desk_.store().receipts(caller.resource->id, std::move(thread));
  if (!all) co_return all.error();
  ReceiptPage page;
  for (std::size_t i = skip; i < all->size() && page.receipts.size() < limit; ++i) {
    page.receipts.push_back(std::move((*all)[i]));
  }
  page.more = skip + page.receipts.size() < all->size();
  co_return page;
}

Async<Result<void>> Receipts::type(Caller caller, std::string thread,
                                   std::string sender_display_name) {
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::SendTyping, false);
  if (!opened) co_return opened.error();
  if (auto small = check_signals(opened->thread); !small) co_return small.error();
  TypingNotice notice{caller.user, std::move(sender_display_name), desk_.clock().wall()};
  const Notification typing{NotificationKind::TypingIndicatorReceived, opened->thread,
                            everybody(opened->thread), std::move(notice)};
  desk_.tell(caller.resource, typing);
  co_return Result<void>();
}

}  // namespace fanfare::communication::chat
