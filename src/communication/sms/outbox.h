#pragma once
/// Hands messages over to the carrier: those that were just committed from memory, those of before
/// a restart, or that found no room, from the store. At least once: a message whose acceptance was
/// not noted before a crash is handed over again.
#include <memory>
#include <string>
#include <vector>

#include "carrier/carrier.h"
#include "communication/sms/options.h"
#include "communication/sms/progress.h"

namespace fanfare::communication::sms {

class Outbox {
 public:
  Outbox(Around around, carrier::Carrier& carrier, Progress& progress, OutboxOptions options);
  ~Outbox();

  /// Looks into the store first.
  void start();
  /// What was committed with an outbox record. From any thread.
  void offer(ResourceId resource, std::vector<Message> messages);
  /// Nothing is awaited for it any more. From any thread.
  void ended(const std::string& submission_id);

  /// True when everything was handed over, or waits for the time that a carrier named. From any
  /// thread.
  bool idle() const;

  /// Begins nothing more.
  void stop();
  /// Returns when what it began has ended; after the carrier's close, which answers that.
  base::Async<void> close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::communication::sms
