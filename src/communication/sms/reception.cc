#include "communication/sms/reception.h"

#include <algorithm>
#include <utility>

#include "base/blocking.h"
#include "communication/sms/keyword.h"
#include "communication/sms/outcome.h"
#include "communication/sms/segments.h"
#include "communication/sms/sending.h"

namespace fanfare::communication::sms {

namespace {

Message message_of(carrier::Inbound inbound, base::TimePoint now, base::Random& random) {
  Message out;
  out.id = incoming_id(now, random);
  out.state = State::Received;
  out.created = now;
  out.from = std::move(inbound.from);
  out.to = std::move(inbound.to);
  out.text = std::move(inbound.text);
  out.segments = std::max<std::uint32_t>(1, inbound.segments);
  out.reference = std::move(inbound.reference);
  return out;
}

}  // namespace

Reception::Reception(Around around, const Options& options, Progress& progress, Turns& senders,
                     Sent sent, Kept kept)
    : around_(around),
      options_(options),
      progress_(progress),
      senders_(senders),
      sent_(std::move(sent)),
      kept_(std::move(kept)) {}

base::Async<base::Result<std::optional<MessageName>>> Reception::named(std::string reference) {
  using Found = base::Result<std::optional<MessageName>>;
  auto name = parse_submission_id(reference);
  if (name && time_of_id(name->id)) co_return name;
  std::function<Found()> read = [this, reference = std::move(reference)] {
    return find_reference(around_.records, reference);
  };
  co_return co_await base::on_worker<Found>(around_.worker, std::move(read));
}

base::Async<base::Result<void>> Reception::on_report(carrier::Report report) {
  auto reference = report.reference;
  auto name = co_await named(std::move(reference));
  if (!name) co_return name.error();
  if (!*name) co_return base::Error{base::Errc::NotFound, "no message has this reference", {}};
  auto which = **std::move(name);
  Progress::Edit edit = [report = std::move(report), now = around_.clock.wall()](Message& message) {
    apply_report(message, report, now);
  };
  co_return co_await progress_.change(std::move(which), std::move(edit));
}

struct Reception::Receiver {
  ResourcePtr resource;
  phone_numbers::NumberType type;
};

base::Result<Reception::Receiver> Reception::receiver_of(const std::string& number) const {
  const auto owner = around_.numbers.owner_of(number);
  auto resource = owner ? around_.resources.snapshot()->by_id(*owner) : nullptr;
  if (!resource) {
    return base::Error{base::Errc::NotFound, "no resource owns this number", "to"};
  }
  const auto owned = around_.numbers.find_owned(*owner, number);
  if (!owned || !covers(owned->item.capabilities.sms, phone_numbers::Direction::Inbound)) {
    return base::Error{base::Errc::NotFound, "this number takes no SMS", "to"};
  }
  return Receiver{std::move(resource), owned->item.type};
}

base::Async<base::Result<bool>> Reception::known(ResourceId resource, std::string reference) {
  if (reference.empty()) co_return false;
  using Found = base::Result<bool>;
  std::function<Found()> read = [this, resource, reference = std::move(reference)] {
    return Store(around_.records, resource).has_inbound_reference(reference);
  };
  co_return co_await base::on_worker<Found>(around_.worker, std::move(read));
}

std::optional<Message> Reception::reply_to(const Message& message,
                                           phone_numbers::NumberType type) const {
  const auto keyword = keyword_in(message.text);
  const bool ours = options_.replies.numbers == RepliesOf::AllNumbers ||
                    (options_.replies.numbers == RepliesOf::ShortCodes &&
                     type == phone_numbers::NumberType::ShortCode);
  if (!keyword || !ours) return std::nullopt;
  const auto& text = *keyword == Keyword::Stop    ? options_.replies.stop
                     : *keyword == Keyword::Start ? options_.replies.start
                                                  : options_.replies.help;
  if (text.empty()) return std::nullopt;
  Message reply;
  reply.id = outgoing_id(message.created, around_.random);
  reply.created = message.created;
  reply.from = message.to;
  reply.to = message.from;
  reply.text = text;
  reply.segments = count_segments(text);
  reply.report_due = around_.clock.now() + options_.report_timeout;
  return reply;
}

base::Async<base::Result<void>> Reception::on_inbound(carrier::Inbound message) {
  const auto received = co_await receive(std::move(message));
  if (!received) co_return received.error();
  co_return base::Result<void>();
}

base::Async<base::Result<std::optional<Message>>> Reception::receive(carrier::Inbound inbound) {
  auto found = receiver_of(inbound.to);
  if (!found) co_return found.error();
  auto resource = std::move(found->resource);
  const auto id = resource->id;
  const auto turn = co_await senders_.enter(sender_key(id, inbound.to), Turns::Mode::Alone);
  const auto repeated = co_await known(id, inbound.reference);
  if (!repeated) co_return repeated.error();
  if (*repeated) co_return std::optional<Message>();

  const auto now = around_.clock.wall();
  auto message = message_of(std::move(inbound), now, around_.random);
  const Store store(around_.records, id);
  view::Batch state;
  store.put_message(state, message);
  if (!message.reference.empty()) store.put_inbound_reference(state, message);
  const auto keyword = keyword_in(message.text);
  if (keyword == Keyword::Stop) store.put_opt_out(state, message.to, message.from, now);
  if (keyword == Keyword::Start) store.erase_opt_out(state, message.to, message.from);
  std::vector<Message> replies;
  if (auto reply = reply_to(message, found->type)) {
    store.add_outgoing(state, *reply);
    replies.push_back(*std::move(reply));
  }
  std::vector<RaisedEvent> events;
  events.push_back(sms_received(*resource, message, now));
  const auto kept =
      co_await around_.committer.commit(std::move(resource), std::move(state), std::move(events));
  if (!kept) co_return kept.error();
  kept_(id);
  if (!replies.empty()) sent_(id, std::move(replies));
  co_return std::optional<Message>(std::move(message));
}

}  // namespace fanfare::communication::sms
