#pragma once
/// Chat threads: made, listed, read, changed, deleted. Each change is read, decided and committed
/// in the thread's turn.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "communication/chat/admission.h"
#include "communication/chat/desk.h"
#include "communication/chat/requests.h"

namespace fanfare::communication::chat {

struct CreatedThread {
  Properties properties;
  std::vector<InvalidParticipant> invalid;
};

class Threads {
 public:
  explicit Threads(Desk& desk) : desk_(desk) {}

  /// The caller joins by itself. The same request under the same token makes no second thread.
  /// Errors: InvalidArgument, Forbidden, TooLarge (its events would be too many bytes).
  base::Async<base::Result<CreatedThread>> create(identity::Caller caller, NewThread request);
  base::Async<base::Result<ListPage>> list(identity::Caller caller, ListCursor cursor,
                                           std::optional<base::TimePoint> since, std::size_t limit);
  base::Async<base::Result<Properties>> get(identity::Caller caller, std::string thread);
  base::Async<base::Result<void>> update(identity::Caller caller, std::string thread,
                                         ThreadPatch patch);
  base::Async<base::Result<void>> remove(identity::Caller caller, std::string thread);

  /// Ends the thread if its retention has passed by `now`; whether it did.
  base::Async<base::Result<bool>> expire(ResourcePtr resource, std::string thread,
                                         base::TimePoint now);

 private:
  base::Async<base::Result<void>> forget_token(identity::Caller caller, std::string token,
                                               base::TimePoint made);
  base::Async<base::Result<CreatedThread>> create_new(identity::Caller caller, NewThread request);
  base::Async<base::Result<void>> end(ResourcePtr resource, Thread thread, std::string by,
                                      bool by_itself);

  Desk& desk_;
};

}  // namespace fanfare::communication::chat
