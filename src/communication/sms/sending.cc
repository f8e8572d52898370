#include "communication/sms/sending.h"

#include <utility>

#include "base/blocking.h"
#include "base/bytes.h"
#include "base/log.h"
#include "carrier/codes.h"
#include "communication/sms/outcome.h"
#include "communication/sms/segments.h"

namespace fanfare::communication::sms {

namespace {

using phone_numbers::Direction;
using phone_numbers::NumberType;

constexpr std::string_view kBadRecipient = "Invalid To phone number format.";
constexpr std::string_view kUnavailable = "ServiceUnavailable";
constexpr std::string_view kRunning = "The request with this repeatability-request-id is running.";

std::string reservation_key(ResourceId resource, std::string_view request_id) {
  return submission_id(resource, request_id);
}

}  // namespace

std::string sender_key(ResourceId resource, std::string_view sender) {
  return submission_id(resource, sender);
}

struct Sending::Sender {
  SenderKind kind = SenderKind::Number;
  std::uint32_t limit = 0;
  std::string rate_key;
};

/// One recipient on the way through a send.
struct Sending::Line {
  const Recipient* recipient = nullptr;
  SendResult result;
  bool open = true;        ///< nothing has been answered yet
  std::string request_id;  ///< lower case; empty without repeatability
  bool reserved = false;   ///< its request id is in flight, for us
  bool opted_out = false;
  std::optional<Message> earlier;  ///< what the request id made before

  void answer(int status, std::string_view message) {
    result.status = status;
    result.error_message = message;
    open = false;
  }
  void reject(const Rejected& rejected) {
    result.repeatability = RepeatabilityResult::Rejected;
    answer(rejected.status, rejected.message);
  }
};

struct Sending::Draft {
  ResourcePtr resource;
  SendRequest request;
  std::uint32_t segments = 1;
  base::TimePoint wall{};
  std::vector<Line> lines;
  std::vector<std::pair<Line*, Message>> made;
};

/// The request ids of a draft are free again when this ends.
class Sending::Reservations {
 public:
  Reservations(Sending& owner, const Draft& draft) : owner_(owner), draft_(draft) {}
  ~Reservations() {
    const std::lock_guard lock(owner_.mutex_);
    for (const auto& line : draft_.lines) {
      if (line.reserved) {
        owner_.in_flight_.erase(reservation_key(draft_.resource->id, line.request_id));
      }
    }
  }
  Reservations(const Reservations&) = delete;
  Reservations& operator=(const Reservations&) = delete;

 private:
  Sending& owner_;
  const Draft& draft_;
};

Sending::Sending(Around around, const Options& options, Turns& senders, Sent sent)
    : around_(around),
      options_(options),
      senders_(senders),
      sent_(std::move(sent)),
      rates_(options.rates.window) {}

base::Result<Sending::Sender> Sending::sender_of(const Resource& resource,
                                                 const std::string& from) const {
  const auto kind = sender_kind(from);
  if (!kind) return base::invalid("Invalid From phone number format.", "from");
  const base::Error not_owned{base::Errc::Unauthorized,
                              "The sender is not a number of this resource.", "from"};
  if (*kind == SenderKind::Alphanumeric) {
    if (options_.alphanumeric == AlphanumericSenders::Refused) return not_owned;
    return Sender{*kind, options_.rates.alphanumeric, submission_id(resource.id, "letters")};
  }
  const auto owned = around_.numbers.find_owned(resource.id, from);
  if (!owned) return not_owned;
  if (!covers(owned->item.capabilities.sms, Direction::Outbound)) {
    return base::invalid("The sender cannot send SMS: its capability lacks outbound.", "from");
  }
  const auto limit = owned->item.type == NumberType::TollFree    ? options_.rates.toll_free
                     : owned->item.type == NumberType::ShortCode ? options_.rates.short_code
                                                                 : options_.rates.other;
  return Sender{*kind, limit, sender_key(resource.id, from)};
}

/// Answers what needs no look into the store, and reserves request ids.
void Sending::check(Draft& draft) {
  const std::lock_guard lock(mutex_);
  for (auto& line : draft.lines) {
    const auto& repeatability = line.recipient->repeatability;
    if (const auto rejected = reject(repeatability, draft.wall, options_.repeat_window)) {
      line.reject(*rejected);
      continue;
    }
    if (repeatability.request_id) {
      line.request_id = base::ascii_lower(*repeatability.request_id);
      line.result.repeatability = RepeatabilityResult::Accepted;
    }
    if (!is_recipient(line.recipient->to)) {
      line.answer(400, kBadRecipient);
      continue;
    }
    if (line.request_id.empty()) continue;
    line.reserved = in_flight_.insert(reservation_key(draft.resource->id, line.request_id)).second;
    if (line.reserved) continue;
    // By this request itself, which then says the same twice, or by another one that runs.
    bool own = false;
    for (const auto& other : draft.lines)
      own |= other.reserved && other.request_id == line.request_id;
    if (!own) line.answer(409, kRunning);
  }
}

base::Result<void> Sending::read(Draft& draft) const {
  const Store store(around_.records, draft.resource->id);
  for (auto& line : draft.lines) {
    if (!line.open) continue;
    if (!line.request_id.empty()) {
      auto earlier = store.message_of_repeat(line.request_id);
      if (!earlier) return earlier.error();
      line.earlier = *std::move(earlier);
    }
    const auto out = store.opted_out(draft.request.from, line.recipient->to);
    if (!out) return out.error();
    line.opted_out = *out;
  }
  return {};
}

base::Async<base::Result<void>> Sending::look_up(Draft& draft) {
  using Read = base::Result<void>;
  std::function<Read()> work = [this, &draft] { return read(draft); };
  co_return co_await base::on_worker<Read>(around_.worker, std::move(work));
}

Message Sending::message_for(const Draft& draft, const Line& line) const {
  Message out;
  out.id = outgoing_id(draft.wall, around_.random);
  out.from = draft.request.from;
  out.to = line.recipient->to;
  out.text = draft.request.text;
  out.segments = draft.segments;
  out.created = draft.wall;
  out.report_wanted = draft.request.report_wanted;
  out.tag = draft.request.tag;
  out.timeout = draft.request.timeout;
  out.report_due = around_.clock.now() + out.timeout.value_or(options_.report_timeout);
  out.repeat_id = line.request_id;
  return out;
}

namespace {

bool same_payload(const Message& earlier, const SendRequest& request, const std::string& to) {
  return earlier.from == request.from && earlier.to == to && earlier.text == request.text &&
         earlier.report_wanted == request.report_wanted && earlier.tag == request.tag &&
         earlier.timeout == request.timeout;
}

}  // namespace

/// The same request id twice in one request.
void Sending::repeat_within(const Draft& draft, Line& line) {
  for (const auto& [other, message] : draft.made) {
    if (other->request_id != line.request_id || message.to != line.recipient->to) continue;
    line.result.message_id = message.id;
    return line.answer(202, "");
  }
  line.reject(other_payload());
}

void Sending::decide(Draft& draft, Line& line, std::set<std::string>& used) const {
  if (!line.request_id.empty() && !used.insert(line.request_id).second) {
    return repeat_within(draft, line);
  }
  const bool tracked = line.earlier && line.earlier->created >= draft.wall - options_.repeat_window;
  if (tracked && !same_payload(*line.earlier, draft.request, line.recipient->to)) {
    return line.reject(other_payload());
  }
  if (tracked) {
    line.result.message_id = line.earlier->id;
    return line.answer(202, "");
  }
  auto message = message_for(draft, line);
  if (line.opted_out) {
    fail(message, carrier::kOptedOut, std::string(carrier::words_of(carrier::kOptedOut)),
         draft.wall);
  }
  line.result.message_id = message.id;
  draft.made.emplace_back(&line, std::move(message));
}

void Sending::decide(Draft& draft) const {
  std::set<std::string> used;
  for (auto& line : draft.lines) {
    if (line.open) decide(draft, line, used);
  }
}

base::Async<base::Result<void>> Sending::commit(Draft& draft) {
  const Store store(around_.records, draft.resource->id);
  view::Batch state;
  std::vector<RaisedEvent> events;
  for (const auto& [line, message] : draft.made) {
    if (message.ended()) {
      store.put_message(state, message);
    } else {
      store.add_outgoing(state, message);
    }
    if (!message.repeat_id.empty()) store.put_repeat(state, message);
    if (message.ended() && message.report_wanted) {
      events.push_back(
          delivery_report_received(*draft.resource, message, draft.wall, options_.report_form));
    }
  }
  auto resource = draft.resource;
  const auto kept =
      co_await around_.committer.commit(std::move(resource), std::move(state), std::move(events));
  if (!kept) co_return kept.error();
  co_return base::Result<void>();
}

base::Async<base::Result<SendAnswer>> Sending::send(ResourcePtr resource, SendRequest request) {
  const auto sender = sender_of(*resource, request.from);
  if (!sender) co_return sender.error();
  const auto wait =
      rates_.take(sender->rate_key, static_cast<std::uint32_t>(request.recipients.size()),
                  sender->limit, around_.clock.now());
  if (wait) {
    SendAnswer throttled = Throttled{*wait};
    co_return throttled;
  }

  Draft draft;
  draft.resource = std::move(resource);
  draft.request = std::move(request);
  draft.segments = count_segments(draft.request.text);
  draft.wall = around_.clock.wall();
  for (const auto& recipient : draft.request.recipients) {
    auto& line = draft.lines.emplace_back();
    line.recipient = &recipient;
    line.result.to = recipient.to;
  }
  const Reservations reservations(*this, draft);
  check(draft);
  const auto turn = co_await senders_.enter(sender_key(draft.resource->id, draft.request.from),
                                            Turns::Mode::Shared);
  base::Result<void> done = co_await look_up(draft);
  if (done) {
    decide(draft);
    if (!draft.made.empty()) done = co_await commit(draft);
  }
  if (!done) {
    base::log(base::LogLevel::Error, "sms", "a message could not be kept",
              {{"reason", done.error().message}});
    for (auto& line : draft.lines) {
      const bool lost = line.open;
      if (lost) line.answer(503, kUnavailable);
    }
  } else {
    std::vector<Message> sent;
    for (auto& [line, message] : draft.made) sent.push_back(std::move(message));
    sent_(draft.resource->id, std::move(sent));
  }
  std::vector<SendResult> results;
  for (auto& line : draft.lines) results.push_back(std::move(line.result));
  SendAnswer answer = std::move(results);
  co_return answer;
}

}  // namespace fanfare::communication::sms
