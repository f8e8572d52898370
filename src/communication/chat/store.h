#pragma once
/// Reads of chat's records (keys.h). Every read touches a bounded number of them, however long a
/// thread has become, and runs on a worker. What is changed goes through thread_change.h and the
/// service.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "communication/chat/keys.h"
#include "communication/chat/rules.h"
#include "communication/chat/stored.h"
#include "communication/chat/thread.h"
#include "view/records.h"

namespace fanfare::communication::chat {

struct MessageQuery {
  Window window;
  std::optional<base::TimePoint> since;
  std::optional<std::uint64_t> before;  ///< only ids smaller than this one
  std::size_t limit = 0;
};
struct MessagePage {
  std::vector<Message> messages;  ///< newest first
  bool more = false;
};

/// Where a listing of threads goes on. A listing goes through what stood in the list when it began,
/// newest first; a last round gives the threads that have moved to the front meanwhile, so that
/// none is missed: one that was listed already comes again then.
struct ListCursor {
  std::uint64_t upper = ~std::uint64_t{0};  ///< places newer than it are not in this round
  std::uint64_t lower = 0;                  ///< nor are those that are not newer than this one
  bool last_round = false;
  std::uint64_t place = 0;  ///< the entry that came last; `thread` is empty when none has
  std::string thread;
};
struct ListedThread {
  Properties properties;
  Tail tail;
};
struct ListPage {
  std::vector<ListedThread> threads;
  std::optional<ListCursor> next;
};

class Store {
 public:
  /// Both outlive it. Thread-safe. All errors are those of view::Records, Corrupt among them.
  Store(const view::Records& records, base::Executor worker) : records_(records), worker_(worker) {}

  /// A deleted thread is found as long as it is told of.
  base::Async<base::Result<std::optional<Thread>>> thread(ResourceId resource, std::string id);
  base::Async<base::Result<std::optional<FormerParticipant>>> former(ResourceId resource,
                                                                     std::string thread,
                                                                     std::string user);
  base::Async<base::Result<std::optional<Message>>> message(ResourceId resource, std::string thread,
                                                            std::uint64_t id);
  base::Async<base::Result<MessagePage>> messages(ResourceId resource, std::string thread,
                                                  MessageQuery query);
  base::Async<base::Result<std::optional<Receipt>>> receipt(ResourceId resource, std::string thread,
                                                            std::string user);
  base::Async<base::Result<std::vector<Receipt>>> receipts(ResourceId resource, std::string thread);
  base::Async<base::Result<ListPage>> list(ResourceId resource, std::string user, ListCursor cursor,
                                           std::optional<base::TimePoint> since, std::size_t limit);
  base::Async<base::Result<std::optional<Token>>> token(ResourceId resource, std::string user,
                                                        std::string token);
  /// In order of their time, whether it has come or not, from `from_ms` on.
  base::Async<base::Result<std::vector<Due>>> dues(ResourceId resource, std::uint64_t from_ms,
                                                   std::size_t limit);
  /// The first keys below a prefix.
  base::Async<base::Result<std::vector<std::string>>> keys_below(std::string prefix,
                                                                 std::size_t limit);

 private:
  const view::Records& records_;
  base::Executor worker_;
};

}  // namespace fanfare::communication::chat
