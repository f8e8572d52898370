#pragma once
/// What carriers tell: reports on what was sent, and messages from outside.
#include <functional>
#include <string>

#include "carrier/carrier.h"
#include "communication/sms/options.h"
#include "communication/sms/progress.h"

namespace fanfare::communication::sms {

class Reception final : public carrier::Listener {
 public:
  /// `sent` is told of replies that were committed with an outbox record.
  using Sent = std::function<void(ResourceId, std::vector<Message>)>;
  using Kept = std::function<void(ResourceId)>;

  /// `senders` are the turns in which sends are decided; opting in and out is alone in them.
  Reception(Around around, const Options& options, Progress& progress, Turns& senders, Sent sent,
            Kept kept);

  base::Async<base::Result<void>> on_report(carrier::Report report) override;

  /// For the resource that owns the number; NotFound when none does, or when it takes no SMS.
  base::Async<base::Result<void>> on_inbound(carrier::Inbound message) override;

  /// The same, and what was made of it; nullopt when the reference was known already.
  base::Async<base::Result<std::optional<Message>>> receive(carrier::Inbound inbound);

 private:
  struct Receiver;
  base::Result<Receiver> receiver_of(const std::string& number) const;
  base::Async<base::Result<std::optional<MessageName>>> named(std::string reference);
  base::Async<base::Result<bool>> known(ResourceId resource, std::string reference);
  std::optional<Message> reply_to(const Message& message, phone_numbers::NumberType type) const;

  Around around_;
  const Options& options_;
  Progress& progress_;
  Turns& senders_;
  Sent sent_;
  Kept kept_;
};

}  // namespace fanfare::communication::sms
