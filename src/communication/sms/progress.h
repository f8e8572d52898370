#pragma once
/// The one way in which a sent message changes after its send: alone with it, from what is stored,
/// state and event in one commit.
#include <functional>
#include <string>

#include "base/async.h"
#include "base/result.h"
#include "communication/sms/options.h"
#include "communication/sms/store.h"
#include "communication/sms/turns.h"

namespace fanfare::communication::sms {

class Progress {
 public:
  using Ended = std::function<void(const std::string& submission_id)>;

  /// `ended` is told of each message that nothing is awaited for any more.
  Progress(Around around, const Options& options, Ended ended);

  /// `edit` gets a message that has not ended; nothing happens to one that has, or is gone.
  /// With the end of a message its outbox and deadline go, and its report is raised if wanted.
  using Edit = std::function<void(Message&)>;
  base::Async<base::Result<void>> change(MessageName name, Edit edit);

  /// As change(), for what a carrier took and will remember.
  base::Async<base::Result<void>> accept(MessageName name, std::vector<std::string> references);

 private:
  base::Async<base::Result<std::optional<Message>>> unended(MessageName name);

  Around around_;
  const Options& options_;
  Ended ended_;
  Turns turns_;
};

}  // namespace fanfare::communication::sms
