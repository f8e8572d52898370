#include "communication/chat/chat.h"

#include <utility>

#include "communication/chat/chat_api.h"
#include "communication/chat/upkeep.h"

namespace fanfare::communication::chat {

/// Members stand in the order in which they depend on each other.
struct Chat::Impl {
  Impl(ChatParts parts, ChatOptions options)
      : resources(std::move(parts.resources)),
        desk(parts.committer, parts.records, parts.worker, parts.clock, parts.random,
             lookup_in(parts.identities), options),
        threads(desk),
        participants(desk),
        messages(desk),
        receipts(desk),
        api(parts.access, desk, threads, participants, messages, receipts) {}

  std::function<std::vector<ResourcePtr>()> resources;
  Desk desk;
  Threads threads;
  Participants participants;
  Messages messages;
  Receipts receipts;
  ChatApi api;
  std::unique_ptr<Upkeep> upkeep;
};

Chat::Chat(ChatParts parts, ChatOptions options)
    : impl_(std::make_unique<Impl>(std::move(parts), options)) {}

Chat::~Chat() = default;

void Chat::set_listener(NotificationListener listener) {
  impl_->desk.set_listener(std::move(listener));
}

std::vector<http::Route> Chat::routes() { return impl_->api.routes(); }

void Chat::start(base::Executor executor) {
  impl_->upkeep = std::make_unique<Upkeep>(impl_->desk, impl_->threads, impl_->resources, executor);
  impl_->upkeep->start();
}

base::Async<void> Chat::close() { return impl_->upkeep->close(); }

base::Async<base::Result<void>> Chat::remove_user(ResourcePtr resource, std::string user) {
  return impl_->participants.remove_everywhere(std::move(resource), std::move(user));
}

}  // namespace fanfare::communication::chat
