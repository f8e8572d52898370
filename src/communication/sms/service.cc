#include "communication/sms/service.h"

#include <utility>

#include "base/blocking.h"
#include "communication/sms/deadlines.h"
#include "communication/sms/outbox.h"
#include "communication/sms/reception.h"
#include "communication/sms/segments.h"

namespace fanfare::communication::sms {

struct Sms::State {
  State(Around a, carrier::Carrier& c, Options o)
      : around(a),
        carrier(c),
        options(std::move(o)),
        progress(around, options, [this](const std::string& id) { outbox.ended(id); }),
        outbox(around, carrier, progress, options.outbox),
        deadlines(around, options, progress),
        sending(around, options, senders,
                [this](ResourceId resource, std::vector<Message> messages) {
                  sent(resource, std::move(messages));
                }),
        reception(
            around, options, progress, senders,
            [this](ResourceId resource, std::vector<Message> messages) {
              sent(resource, std::move(messages));
            },
            [this](ResourceId resource) { deadlines.added(resource, 1); }),
        opt_outs(around, senders) {}

  /// What was committed: the carrier shall have those that have not ended.
  void sent(ResourceId resource, std::vector<Message> messages) {
    deadlines.added(resource, messages.size());
    std::erase_if(messages, [](const Message& message) { return message.ended(); });
    auto earliest = base::TimePoint::max();
    for (const auto& message : messages) earliest = std::min(earliest, message.report_due);
    if (messages.empty()) return;
    deadlines.note(earliest);
    outbox.offer(resource, std::move(messages));
  }

  Around around;
  carrier::Carrier& carrier;
  const Options options;
  Turns senders;
  Progress progress;
  Outbox outbox;
  Deadlines deadlines;
  Sending sending;
  Reception reception;
  OptOuts opt_outs;
};

Sms::Sms(Around around, carrier::Carrier& carrier, Options options)
    : state_(std::make_unique<State>(around, carrier, std::move(options))) {}

Sms::~Sms() = default;

void Sms::start() {
  state_->carrier.start(state_->reception);
  state_->outbox.start();
  state_->deadlines.start();
}

base::Async<void> Sms::close() {
  state_->outbox.stop();
  co_await state_->carrier.close();
  co_await state_->outbox.close();
  co_await state_->deadlines.close();
}

base::Async<base::Result<SendAnswer>> Sms::send(ResourcePtr resource, SendRequest request) {
  co_return co_await state_->sending.send(std::move(resource), std::move(request));
}

base::Async<base::Result<std::vector<OptOutResult>>> Sms::opt_outs(ResourcePtr resource,
                                                                   OptOutAction action,
                                                                   OptOutRequest request) {
  co_return co_await state_->opt_outs.run(std::move(resource), action, std::move(request));
}

base::Async<base::Result<Message>> Sms::sent_message(ResourcePtr resource, std::string id) {
  using Found = base::Result<std::optional<Message>>;
  std::function<Found()> read = [this, resource, id] {
    return Store(state_->around.records, resource->id).message(id);
  };
  auto found = co_await base::on_worker<Found>(state_->around.worker, std::move(read));
  if (!found) co_return found.error();
  if (!*found || (*found)->state == sms::State::Received) {
    co_return base::Error{base::Errc::NotFound, "There is no such outgoing message.", {}};
  }
  co_return **std::move(found);
}

base::Async<base::Result<Message>> Sms::receive(std::string from, std::string to,
                                                std::string text) {
  if (!sender_kind(from)) co_return base::invalid("no number, short code or sender name", "from");
  carrier::Inbound inbound;
  inbound.segments = count_segments(text);
  inbound.from = std::move(from);
  inbound.to = std::move(to);
  inbound.text = std::move(text);
  inbound.received = state_->around.clock.wall();
  auto received = co_await state_->reception.receive(std::move(inbound));
  if (!received) co_return received.error();
  co_return **std::move(received);
}

base::Async<base::Result<std::vector<Message>>> Sms::messages(ResourcePtr resource,
                                                              std::string after, std::size_t max) {
  using Found = base::Result<std::vector<Message>>;
  std::function<Found()> read = [this, resource, after, max]() -> Found {
    std::vector<Message> out;
    const Store store(state_->around.records, resource->id);
    const auto scanned = store.messages(after, [&](Message message) {
      if (out.size() == max) return false;
      out.push_back(std::move(message));
      return true;
    });
    if (!scanned) return scanned.error();
    return out;
  };
  co_return co_await base::on_worker<Found>(state_->around.worker, std::move(read));
}

carrier::Listener& Sms::listener() { return state_->reception; }

bool Sms::idle() const {
  return state_->outbox.idle() && state_->carrier.idle() && state_->deadlines.idle();
}

}  // namespace fanfare::communication::sms
