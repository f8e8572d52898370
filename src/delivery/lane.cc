#include "delivery/lane.h"

#include <algorithm>

#include "base/log.h"

namespace fanfare::delivery {

namespace {

using base::TimePoint;
using queue::AttemptState;
using queue::OutcomeKind;
using queue::Task;
using queue::Verdict;

constexpr std::size_t kLeaseMin = 32;    // tasks asked for at a time, at least
constexpr std::size_t kLeaseMax = 5000;  // and at most
constexpr std::size_t kLeaseBytes = 1 << 20;
constexpr std::size_t kDoomedMax = 256;         // given-up tasks that wait for their dead letters
constexpr std::size_t kBurialTasks = 256;       // of one work, at most
constexpr std::size_t kBurialBytes = 4u << 20;  // and about so many
constexpr std::size_t kBurialsMax = 4;          // works at a time

ConcurrencyRules concurrency_rules(const DispatcherOptions& options) {
  ConcurrencyRules rules;
  rules.max = std::max<std::size_t>(1, options.concurrency_max);
  rules.start = std::clamp<std::size_t>(options.concurrency_start, 1, rules.max);
  rules.failing = std::clamp<std::size_t>(options.concurrency_failing, 1, rules.max);
  return rules;
}

AttemptState after_attempt(const AttemptState& before, TimePoint started, const Outcome& outcome) {
  auto state = before;
  if (state.attempts++ == 0) state.first_attempt = started;
  state.last_attempt = started;
  state.last_outcome = outcome.kind;
  state.last_status = static_cast<std::uint16_t>(outcome.status);
  return state;
}

const std::string& endpoint_of(const grid::EventSubscription& subscription) {
  return std::get<grid::WebHookDestination>(subscription.destination).endpoint_url;
}

bool same_endpoint(const grid::EventSubscription& a, const grid::EventSubscription& b) {
  return &a == &b || endpoint_of(a) == endpoint_of(b);
}

}  // namespace

Lane::Lane(Surroundings& around, std::shared_ptr<const grid::EventSubscription> subscription)
    : around_(around),
      subscription_(std::move(subscription)),
      id_(subscription_->id),
      settling_(around),
      burial_(around),
      concurrency_(concurrency_rules(around.options)),
      probation_(around.options.probation_after_failures) {}

Lane::~Lane() = default;

// What the catalog asks for.

void Lane::open(std::shared_ptr<const grid::EventSubscription> subscription) {
  if (!same_endpoint(*subscription, *subscription_)) {
    concurrency_ = Concurrency(concurrency_rules(around_.options));
    probation_ = Probation(around_.options.probation_after_failures);
  }
  subscription_ = std::move(subscription);
  limits_ = batch_limits(subscription_->destination);
  if (rate_.per_minute() != subscription_->allowed_rate_per_minute) {
    rate_ = RateLimit(subscription_->allowed_rate_per_minute);
  }
  state_ = State::Open;
  alarm_.reset();
  if (!attached_) attach();
  pump();
}

void Lane::pause() {
  if (state_ != State::Open) return;
  state_ = State::Paused;
  alarm_.reset();
  rest();
}

void Lane::close() {
  state_ = State::Closed;
  alarm_.reset();
  detach();
  doomed_.clear();
}

void Lane::abandon() {
  pause();
  abandoned_ = true;
  for (const auto* work : working_) around_.queue.give_back(work->tasks, around_.clock.now());
  detach();
  doomed_.clear();
}

void Lane::attach() {
  attached_ = true;
  const std::weak_ptr<Lane> self = weak_from_this();
  around_.queue.attach(id_, around_.executor, [self] {
    if (const auto lane = self.lock()) lane->on_ready();
  });
}

/// Everything leased goes back. Not while something is in flight, or it would be sent twice.
void Lane::detach() {
  if (!attached_) return;
  attached_ = false;
  more_ = false;
  buffer_.clear();
  next_ = 0;
  around_.queue.detach(id_);
}

void Lane::on_ready() {
  more_ = true;
  pump();
}

void Lane::on_alarm() {
  alarm_.reset();
  if (state_ != State::Open) return;
  if (!attached_) attach();
  pump();
}

/// Nothing before `until`. Once nothing is in flight the queue forgets about this reader, so that
/// what waits here counts as waiting for its time.
void Lane::hold(TimePoint until) {
  if (!alarm_ || alarm_at_ != until) {
    alarm_at_ = until;
    const std::weak_ptr<Lane> self = weak_from_this();
    alarm_ = around_.clock.alarm(until, around_.executor, [self] {
      if (const auto lane = self.lock()) lane->on_alarm();
    });
  }
  rest();
}

void Lane::rest() {
  if (busy() || (state_ == State::Open && !doomed_.empty())) return;
  doomed_.clear();
  detach();
}

// What may start.

void Lane::pump() {
  for (;;) {
    Work work;
    if (!take(work)) return;
    around_.start(std::move(work));
  }
}

bool Lane::take(Work& work) {
  if (state_ != State::Open) {
    if (state_ == State::Paused) rest();
    return false;
  }
  if (take_burial(work)) return true;
  const auto now = around_.clock.now();
  if (!may_start(now)) return false;
  if (!fill(now)) return take_burial(work);
  start_request(work, now);
  return true;
}

bool Lane::may_start(TimePoint now) {
  const auto held = probation_.state(now) == Probation::State::Held ? probation_.until() : now;
  const auto until = std::max(held, rate_.next(now));
  if (until > now) {
    hold(until);
    return false;
  }
  return in_flight_ < requests_max(now);
}

std::size_t Lane::requests_max(TimePoint now) const {
  return probation_.state(now) == Probation::State::Open ? concurrency_.limit(now) : 1;
}

/// Sees to it that the buffer holds something to try.
bool Lane::fill(TimePoint now) {
  if (next_ < buffer_.size()) return true;
  buffer_.clear();
  next_ = 0;
  while (more_ && buffer_.empty() && doomed_.size() < kDoomedMax) {
    const auto asked = lease_size(now);
    auto leased = around_.queue.lease(id_, asked, std::max(kLeaseBytes, limits_.bytes));
    more_ = leased.size() >= asked;
    sort_out(std::move(leased), now);
  }
  if (limits_.batched()) group_for_batches(buffer_);
  return !buffer_.empty();
}

std::size_t Lane::lease_size(TimePoint now) const {
  const auto requests = requests_max(now);
  if (requests == 1) return limits_.events;
  return std::clamp(requests * limits_.events, kLeaseMin, kLeaseMax);
}

/// Which of the leased tasks are still to be tried; the others have run out of time.
void Lane::sort_out(std::vector<Task> leased, TimePoint now) {
  std::vector<Task> dropped;
  for (auto& task : leased) {
    const auto step = before_attempt(subscription_->retry, task.published, task.state, now);
    const auto* over = std::get_if<GiveUp>(&step);
    if (!over) {
      buffer_.push_back(std::move(task));
      continue;
    }
    task.state.giving_up = over->reason;
    if (task.state.attempts == 0 && probation_.held_since(task.published)) {
      task.state.last_outcome = OutcomeKind::Probation;
    }
    if (subscription_->dead_letter) {
      doomed_.push_back(std::move(task));
    } else {
      dropped.push_back(std::move(task));
    }
  }
  if (!dropped.empty()) burial_.drop(*subscription_, Outcome{}, dropped);
}

bool Lane::take_burial(Work& work) {
  if (doomed_.empty() || burying_ >= kBurialsMax) return false;
  work.kind = Work::Kind::Bury;
  work.lane = shared_from_this();
  work.subscription = subscription_;
  work.outcome = {};
  work.tasks.clear();
  std::size_t bytes = 0;
  while (!doomed_.empty() && work.tasks.size() < kBurialTasks && bytes < kBurialBytes) {
    bytes += event_bytes(doomed_.front().event);
    work.tasks.push_back(std::move(doomed_.front()));
    doomed_.pop_front();
  }
  ++burying_;
  return true;
}

void Lane::start_request(Work& work, TimePoint now) {
  const auto count = next_batch(std::span(buffer_).subspan(next_), limits_);
  work.kind = Work::Kind::Deliver;
  work.lane = shared_from_this();
  work.subscription = subscription_;
  work.outcome = {};
  const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(next_);
  work.tasks.assign(std::make_move_iterator(from),
                    std::make_move_iterator(from + static_cast<std::ptrdiff_t>(count)));
  next_ += count;
  work.begun = probation_.state(now);
  work.started = now;
  ++in_flight_;
  concurrency_.started(in_flight_, now);
  rate_.take(now);
}

// What came back.

bool Lane::answered(Work& work) {
  if (ignored()) return false;
  const auto now = around_.clock.now();
  const auto& outcome = work.outcome;
  if (outcome.kind == OutcomeKind::Canceled) {
    around_.queue.give_back(std::move(work.tasks), now);
    return false;
  }
  learn(work, now);
  const auto state = after_attempt(work.tasks.front().state, work.started, outcome);
  const auto step = next_step(around_.options.rules, subscription_->retry, state, now, outcome,
                              around_.random.unit());
  if (std::holds_alternative<Done>(step)) {
    settling_.end(*subscription_, Verdict::Done, state, outcome, work.tasks);
    return false;
  }
  if (const auto* retry = std::get_if<RetryAt>(&step)) {
    settling_.end(*subscription_, Verdict::Retry, state, outcome, work.tasks, retry->when);
    return false;
  }
  for (auto& task : work.tasks) {
    task.state = state;
    task.state.giving_up = std::get<GiveUp>(step).reason;
  }
  return true;
}

/// What the outcome says of the endpoint; nothing when the subscription has another one by now.
void Lane::learn(const Work& work, TimePoint now) {
  if (!same_endpoint(*work.subscription, *subscription_)) return;
  const auto& outcome = work.outcome;
  if (endpoint_failed(outcome)) {
    concurrency_.failed(outcome.kind == OutcomeKind::TimedOut ? Failing::Timeout : Failing::Error,
                        now);
  } else {
    const auto waiting = more_ || next_ < buffer_.size();
    concurrency_.succeeded(waiting ? Demand::Waiting : Demand::Met, now);
  }
  switch (probation_.on_outcome(work.begun, outcome, now)) {
    case Probation::Change::None:
      return;
    case Probation::Change::Held:
      if (work.begun != Probation::State::Open) return;  // a probe failed: nothing new
      base::log(base::LogLevel::Info, "delivery", "deliveries are held back",
                {{"subscription", subscription_->name},
                 {"outcome", queue::to_string(outcome.kind)},
                 {"until", base::format_rfc3339(probation_.until())}});
      return;
    case Probation::Change::Recovered:
      concurrency_.recovered(now);
      base::log(base::LogLevel::Info, "delivery", "deliveries go on",
                {{"subscription", subscription_->name}});
      return;
  }
}

void Lane::began(const Work& work) { working_.push_back(&work); }

void Lane::finished(Work& work) {
  std::erase(working_, &work);
  --(work.kind == Work::Kind::Bury ? burying_ : in_flight_);
  work.tasks.clear();
  work.subscription.reset();
}

base::Async<void> Lane::bury(Work& work) {
  const auto subscription = subscription_;
  std::function<bool()> counts = [this] { return !ignored(); };
  co_await burial_.bury(*subscription, work, std::move(counts));
}

}  // namespace fanfare::delivery
