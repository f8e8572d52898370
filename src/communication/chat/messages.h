#pragma once
/// The messages of a thread: sent, listed, read, edited, deleted.
#include <cstddef>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/result.h"
#include "communication/chat/desk.h"
#include "communication/chat/requests.h"

namespace fanfare::communication::chat {

class Messages {
 public:
  explicit Messages(Desk& desk) : desk_(desk) {}

  /// HTML is sanitised. Returns when message and events are durable. Errors: InvalidArgument,
  /// TooLarge, Forbidden, NotFound.
  base::Async<base::Result<Message>> send(identity::Caller caller, std::string thread,
                                          NewMessage request);
  /// Newest first, as far as the caller may see; `before` is the last id of the page before.
  base::Async<base::Result<MessagePage>> list(identity::Caller caller, std::string thread,
                                              std::optional<std::uint64_t> before,
                                              std::optional<base::TimePoint> since,
                                              std::size_t limit);
  base::Async<base::Result<Message>> get(identity::Caller caller, std::string thread,
                                         std::string id);
  base::Async<base::Result<void>> update(identity::Caller caller, std::string thread,
                                         std::string id, MessagePatch patch);
  /// The content goes, the place in the thread stays. Deleting again changes nothing.
  base::Async<base::Result<void>> remove(identity::Caller caller, std::string thread,
                                         std::string id);

 private:
  base::Async<base::Result<Message>> find(identity::Caller caller, Opened opened, std::string id);
  base::Async<base::Result<void>> store_again(identity::Caller caller, Thread thread,
                                              Message message, Happening happening,
                                              base::TimePoint now);

  Desk& desk_;
};

/// A message's id as the API writes it; nullopt for what no message is called.
std::optional<std::uint64_t> parse_message_id(std::string_view text);

}  // namespace fanfare::communication::chat
