#pragma once
/// Chat as the server holds it: the services, their API and their upkeep in one piece.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "communication/chat/notifications.h"
#include "communication/chat/options.h"
#include "communication/committer.h"
#include "communication/identity/access.h"
#include "communication/identity/identities.h"
#include "communication/resource.h"
#include "view/records.h"

namespace fanfare::http {
struct Route;
}

namespace fanfare::communication::chat {

/// All outlive it. `random` is thread-safe.
struct ChatParts {
  Committer& committer;
  const view::Records& records;
  base::Executor worker;  ///< runs reads of the view
  base::Clock& clock;
  base::Random& random;
  identity::Identities& identities;
  const identity::UserAccess& access;
  std::function<std::vector<ResourcePtr>()> resources;  ///< every one there is
};

class Chat {
 public:
  Chat(ChatParts parts, ChatOptions options);
  ~Chat();

  /// Before the first request. Nobody is told without one.
  void set_listener(NotificationListener listener);

  /// The Chat API's. The object outlives them.
  std::vector<http::Route> routes();

  /// Begins what is done without a request, and what came due meanwhile; once the queue runs.
  /// Called on `executor`, where that is done.
  void start(base::Executor executor);
  /// Begins no more of it and waits for what runs. On the same executor; only after start().
  base::Async<void> close();

  /// For identity::Identities::on_deleted: the user leaves every thread. May be repeated.
  base::Async<base::Result<void>> remove_user(ResourcePtr resource, std::string user);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fanfare::communication::chat
