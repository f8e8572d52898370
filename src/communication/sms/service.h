#pragma once
/// SMS of all communication resources of a server: sends, receives, keeps, forgets.
/// Made before the carrier is started, closed before the committer; thread-safe in between.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "carrier/carrier.h"
#include "communication/sms/opt_outs.h"
#include "communication/sms/options.h"
#include "communication/sms/sending.h"

namespace fanfare::communication::sms {

class Sms {
 public:
  Sms(Around around, carrier::Carrier& carrier, Options options);
  ~Sms();

  /// Starts the carrier and hands over what was left from before. After the queue's start.
  void start();
  /// Nothing is handed over or told any more when it returns; what waits stays in the store.
  base::Async<void> close();

  base::Async<base::Result<SendAnswer>> send(ResourcePtr resource, SendRequest request);
  base::Async<base::Result<std::vector<OptOutResult>>> opt_outs(ResourcePtr resource,
                                                                OptOutAction action,
                                                                OptOutRequest request);

  /// A sent message. Errors: NotFound.
  base::Async<base::Result<Message>> sent_message(ResourcePtr resource, std::string id);

  /// As if a carrier had brought it: for people who test. Errors: InvalidArgument (`from` is no
  /// sender), NotFound (nobody owns `to`).
  base::Async<base::Result<Message>> receive(std::string from, std::string to, std::string text);

  /// Sent and received ones, the newest first, from the one behind `after` (an id) on.
  base::Async<base::Result<std::vector<Message>>> messages(ResourcePtr resource, std::string after,
                                                           std::size_t max);

  /// Who hears what carriers tell.
  carrier::Listener& listener();

  /// True when nothing goes on by itself before time passes; for those who move a virtual clock.
  bool idle() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fanfare::communication::sms
