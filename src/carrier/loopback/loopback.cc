#include "carrier/loopback/loopback.h"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "base/task_group.h"

namespace fanfare::carrier::loopback {

namespace {

// What could not be told, since the log took nothing, is told again so much later.
constexpr base::Duration kRetry = base::seconds(1);

/// Lets so many through a second and tells the others how long to wait.
class Throttle {
 public:
  explicit Throttle(std::uint32_t per_second) : per_second_(per_second) {}

  std::optional<base::Duration> wait(base::TimePoint now) {
    if (per_second_ == 0) return std::nullopt;
    if (now >= began_ + base::seconds(1)) {
      began_ = now;
      taken_ = 0;
    }
    if (taken_ >= per_second_) return began_ + base::seconds(1) - now;
    ++taken_;
    return std::nullopt;
  }

 private:
  std::uint32_t per_second_;
  base::TimePoint began_{};
  std::uint32_t taken_ = 0;
};

/// A message on its way, and what will become of it.
struct Journey {
  Submission message;
  base::TimePoint accepted{};
  std::vector<Step> steps;
  std::size_t next = 0;
};

std::string text_of(const Submission& message) {
  std::string text;
  for (const auto& segment : message.segments) text += segment;
  return text;
}

Report report_of(const Journey& journey, base::TimePoint now) {
  const auto& step = journey.steps[journey.next];
  return Report{journey.message.id, now, step.segments_succeeded, step.segments_failed,
                step.verdict};
}

}  // namespace

struct Loopback::State : std::enable_shared_from_this<State> {
  State(Options o, base::Clock& c, base::Executor e)
      : options(std::move(o)),
        clock(c),
        executor(e),
        random(options.seed),
        throttle(options.messages_per_second),
        tasks(e) {}

  using JourneyPtr = std::shared_ptr<Journey>;

  Submitted accept(Submission submission);
  void travel(JourneyPtr journey);
  void wait_until(base::TimePoint when, JourneyPtr journey);
  void set_alarm();
  void on_alarm();
  base::Async<void> tell(JourneyPtr journey);
  base::Async<bool> told(const Journey& journey);

  const Options options;
  base::Clock& clock;
  const base::Executor executor;
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::size_t> moving{0};  ///< those of `waiting` that no alarm is set for
  std::atomic<bool> closing{false};

  std::mutex mutex;  ///< of these two
  base::SeededRandom random;
  Throttle throttle;

  // On the executor only.
  Listener* listener = nullptr;
  base::TaskGroup tasks;
  std::multimap<base::TimePoint, JourneyPtr> due;
  std::unique_ptr<base::Alarm> alarm;
  base::TimePoint alarm_at = base::TimePoint::max();
};

Submitted Loopback::State::accept(Submission submission) {
  if (closing) return TryLater{kRetry, "the carrier is closing"};
  if (waiting >= options.waiting_max) return TryLater{kRetry, "too many messages on their way"};
  auto journey = std::make_shared<Journey>();
  journey->accepted = clock.now();
  {
    const std::lock_guard lock(mutex);
    if (const auto wait = throttle.wait(journey->accepted)) return TryLater{*wait, "throttled"};
    const auto* script = choose(options.scripts, submission.to, random);
    if (script != nullptr && script->refused) return *script->refused;
    const auto segments =
        static_cast<std::uint32_t>(std::max<std::size_t>(1, submission.segments.size()));
    journey->steps = plan(script, segments, random);
  }
  Accepted accepted{{submission.id}};
  journey->message = std::move(submission);
  ++waiting;
  ++moving;
  asio::post(executor, [self = shared_from_this(), journey = std::move(journey)]() mutable {
    self->travel(std::move(journey));
  });
  return accepted;
}

void Loopback::State::travel(JourneyPtr journey) {
  if (closing) {
    --moving;
    return;
  }
  const auto when = journey->accepted + journey->steps[journey->next].when;
  if (when > clock.now()) return wait_until(when, std::move(journey));
  tasks.spawn("loopback report", tell(std::move(journey)));
}

void Loopback::State::wait_until(base::TimePoint when, JourneyPtr journey) {
  due.emplace(when, std::move(journey));
  set_alarm();
  --moving;
}

void Loopback::State::set_alarm() {
  const auto earliest = due.empty() ? base::TimePoint::max() : due.begin()->first;
  if (earliest == alarm_at) return;
  alarm_at = earliest;
  alarm.reset();
  if (due.empty() || closing) return;
  alarm = clock.alarm(earliest, executor, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->on_alarm();
  });
}

void Loopback::State::on_alarm() {
  alarm_at = base::TimePoint::max();
  const auto now = clock.now();
  while (!due.empty() && due.begin()->first <= now) {
    auto journey = std::move(due.begin()->second);
    due.erase(due.begin());
    ++moving;
    travel(std::move(journey));
  }
  set_alarm();
}

/// The recipient first, then the sender: a report never tells of what is not there.
base::Async<bool> Loopback::State::told(const Journey& journey) {
  const auto now = clock.wall();
  auto report = report_of(journey, now);
  if (report.verdict && report.verdict->fate == Fate::Delivered) {
    Inbound inbound{journey.message.from,
                    journey.message.to,
                    text_of(journey.message),
                    static_cast<std::uint32_t>(journey.message.segments.size()),
                    now,
                    journey.message.id};
    const auto arrived = co_await listener->on_inbound(std::move(inbound));
    if (!arrived && arrived.error().code != base::Errc::NotFound) co_return false;
  }
  const auto heard = co_await listener->on_report(std::move(report));
  co_return heard || heard.error().code == base::Errc::NotFound;
}

base::Async<void> Loopback::State::tell(JourneyPtr journey) {
  const bool heard = co_await told(*journey);
  if (!heard) {
    wait_until(clock.now() + kRetry, std::move(journey));
  } else if (++journey->next < journey->steps.size()) {
    travel(std::move(journey));
  } else {
    --waiting;
    --moving;
  }
}

Loopback::Loopback(Options options, base::Clock& clock, base::Executor executor)
    : state_(std::make_shared<State>(std::move(options), clock, executor)) {}

Loopback::~Loopback() { state_->closing = true; }

Capabilities Loopback::capabilities() const {
  Capabilities out;
  out.memory = Memory::Forgets;
  out.in_flight_max = 256;
  return out;
}

void Loopback::start(Listener& listener) { state_->listener = &listener; }

base::Async<Submitted> Loopback::submit(Submission submission) {
  co_return state_->accept(std::move(submission));
}

bool Loopback::idle() const { return state_->moving == 0; }

base::Async<void> Loopback::close() {
  struct Shell {
    static base::Async<void> run(std::shared_ptr<State> state) {
      state->alarm.reset();
      state->due.clear();
      co_await state->tasks.join();
    }
  };
  state_->closing = true;
  auto closing = Shell::run(state_);
  co_await asio::co_spawn(state_->executor, std::move(closing),
                          asio::use_awaitable_t<base::Executor>{});
}

std::size_t Loopback::waiting() const { return state_->waiting; }

}  // namespace fanfare::carrier::loopback
