#pragma once
/// The Chat API over HTTP: /chat/threads and below. Callers are users with a token; the
/// api-versions are those of the published descriptions. What each request may do is decided by the
/// services. Source: published Chat API descriptions; choices in docs/parity.md.
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "communication/chat/messages.h"
#include "communication/chat/participants.h"
#include "communication/chat/rates.h"
#include "communication/chat/receipts.h"
#include "communication/chat/threads.h"
#include "communication/chat/wire.h"
#include "communication/identity/access.h"
#include "http/message.h"
#include "http/router.h"

namespace fanfare::communication::chat {

class ChatApi {
 public:
  /// All outlive it.
  ChatApi(const identity::UserAccess& access, Desk& desk, Threads& threads,
          Participants& participants, Messages& messages, Receipts& receipts);

  /// Tagged `chat`: the handlers check tokens themselves. The API outlives them.
  std::vector<http::Route> routes();

 private:
  /// A request whose sender, api-version and rate are fine.
  struct Call {
    identity::Caller caller;
    Version version;
    http::Request request;

    std::string thread() const { return std::string(request.parameter("thread")); }
    std::string message() const { return std::string(request.parameter("message")); }
  };
  using Answer = base::Async<http::Response>;
  using Action = Answer (ChatApi::*)(Call call);

  http::Route route(http::Method method, std::string pattern, Operation operation, Action action);
  Answer handle(Operation operation, Action action, http::Request request);
  std::optional<http::Response> refuse_rate(Operation operation, const Call& call);

  Answer create_thread(Call call);
  Answer list_threads(Call call);
  Answer get_thread(Call call);
  Answer update_thread(Call call);
  Answer delete_thread(Call call);

  Answer list_participants(Call call);
  Answer add_participants(Call call);
  Answer remove_participant(Call call);
  Answer send_receipt(Call call);
  Answer list_receipts(Call call);
  Answer send_typing(Call call);

  Answer send_message(Call call);
  Answer list_messages(Call call);
  Answer get_message(Call call);
  Answer update_message(Call call);
  Answer delete_message(Call call);

  const identity::UserAccess& access_;
  Desk& desk_;
  Threads& threads_;
  Participants& participants_;
  Messages& messages_;
  Receipts& receipts_;
  Rates rates_;
};

}  // namespace fanfare::communication::chat
