#include "stage.h"

#include <algorithm>
#include <thread>

#include "base/check.h"
#include "delivery/retry.h"

namespace fanfare::delivery {

namespace {

constexpr auto kPatience = std::chrono::seconds(20);

class ScriptedSink final : public Sink {
 public:
  explicit ScriptedSink(Script& script) : script_(script) {}
  base::Async<Outcome> deliver(Shipment shipment) override { return script_.take(shipment); }

 private:
  Script& script_;
};

std::string without_quotes(std::string_view token) {
  return std::string(token.substr(1, token.size() - 2));
}

}  // namespace

Outcome answers(int status) {
  Outcome outcome;
  outcome.status = status;
  outcome.kind = outcome_of_status(status);
  return outcome;
}

Outcome fails(queue::OutcomeKind kind) {
  Outcome outcome;
  outcome.kind = kind;
  return outcome;
}

// Script.

void Script::answer_with(std::function<Outcome(const Attempt&)> answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void Script::hang(std::string subscription) {
  const std::lock_guard lock(mutex_);
  hanging_ = std::move(subscription);
}

void Script::release() {
  const std::lock_guard lock(mutex_);
  hanging_.clear();
  for (const auto& gate : gates_) {
    asio::post(gate->get_executor(), [gate] { gate->cancel(); });
  }
  gates_.clear();
}

std::vector<Attempt> Script::attempts() const {
  const std::lock_guard lock(mutex_);
  return attempts_;
}

std::vector<Attempt> Script::attempts_of(const std::string& subscription) const {
  auto found = attempts();
  std::erase_if(found, [&](const Attempt& a) { return a.subscription != subscription; });
  return found;
}

std::size_t Script::count() const {
  const std::lock_guard lock(mutex_);
  return attempts_.size();
}

std::size_t Script::in_flight(const std::string& subscription) const {
  const std::lock_guard lock(mutex_);
  const auto found = loads_.find(subscription);
  return found == loads_.end() ? 0 : found->second.now;
}

std::size_t Script::most_in_flight(const std::string& subscription) const {
  const std::lock_guard lock(mutex_);
  const auto found = loads_.find(subscription);
  return found == loads_.end() ? 0 : found->second.most;
}

Attempt Script::note(const Shipment& shipment) {
  const auto& webhook = std::get<grid::WebHookDestination>(shipment.subscription->destination);
  Attempt attempt{shipment.subscription->name,
                  webhook.endpoint_url,
                  {},
                  shipment.tasks.front().state.attempts,
                  clock_.now()};
  for (const auto& task : shipment.tasks) attempt.ids.push_back(without_quotes(task.event.id));
  attempts_.push_back(attempt);
  auto& load = loads_[attempt.subscription];
  load.most = std::max(load.most, ++load.now);
  return attempt;
}

base::Async<Outcome> Script::take(Shipment shipment) {
  const auto executor = co_await asio::this_coro::executor;
  Attempt attempt;
  std::shared_ptr<Timer> gate;
  std::function<Outcome(const Attempt&)> answer;
  {
    const std::lock_guard lock(mutex_);
    attempt = note(shipment);
    if (hanging_ == attempt.subscription) {
      gate = std::make_shared<Timer>(executor, Timer::time_point::max());
      gates_.push_back(gate);
    }
  }
  if (gate) {
    co_await gate->async_wait(base::as_result);
  } else {
    co_await asio::post(base::as_result);
  }
  {
    const std::lock_guard lock(mutex_);
    --loads_[attempt.subscription].now;
    answer = answer_;
  }
  co_return answer ? answer(attempt) : answers(200);
}

// MemoryLetters.

base::Async<base::Result<void>> MemoryLetters::write(std::vector<DeadLetter> letters) {
  co_await asio::post(base::as_result);
  const std::lock_guard lock(mutex_);
  ++tries_;
  if (fails_) co_return base::Error{base::Errc::Unavailable, "no such share", {}};
  for (auto& letter : letters) letters_.push_back(std::move(letter));
  co_return base::Result<void>();
}

void MemoryLetters::fail(bool fails) {
  const std::lock_guard lock(mutex_);
  fails_ = fails;
}

std::vector<DeadLetter> MemoryLetters::letters() const {
  const std::lock_guard lock(mutex_);
  return letters_;
}

std::size_t MemoryLetters::tries() const {
  const std::lock_guard lock(mutex_);
  return tries_;
}

// Stage.

StageOptions Stage::no_jitter() {
  StageOptions options;
  options.dispatcher.rules.jitter = 0;
  return options;
}

Stage::Stage(StageOptions options)
    : clock(options.start), threads(options.threads), options_(std::move(options)) {
  log::Options log_options;
  log_options.folder = options_.folder;
  log_options.durability = log::Durability::Os;
  log = std::move(*log::open(options_.folder.empty() ? "memory" : "local", log_options));
  view = std::move(*view::open("memory", {}));
  queue = std::make_unique<queue::Queue>(*log, *view, clock, queue::QueueOptions{});
  registry = std::make_unique<grid::Registry>(*queue, *view, grid::MatchOptions{});
  FANFARE_CHECK(registry->load().has_value());
  registry->on_change([this](const auto& before, const auto& after) { follow(before, after); });
  const auto started = queue->start([this](const view::Batch& state, log::Position position) {
    registry->apply(state, position);
  });
  FANFARE_CHECK(started.has_value());
  await([this] { return put_topic(); });
  if (options_.dispatch) make_dispatcher();
}

Stage::~Stage() {
  script.release();
  if (dispatcher) stop_dispatcher(std::chrono::seconds(5));
  queue->close();
  log->close();
  threads.stop();
}

void Stage::follow(const grid::CatalogPtr& before, const grid::CatalogPtr& after) {
  if (dispatcher) dispatcher->follow(before, after);
}

void Stage::make_dispatcher() {
  std::vector<std::unique_ptr<Sink>> sinks;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    sinks.push_back(std::make_unique<ScriptedSink>(script));
  }
  auto& randomness =
      threads.size() == 1 ? static_cast<base::Random&>(random) : base::system_random();
  auto& store = options_.letters ? *options_.letters : letters;
  dispatcher = std::make_unique<Dispatcher>(
      *queue, threads, clock, randomness, std::move(sinks), store, "store", options_.dispatcher,
      [this](const AttemptReport& r) {
        const std::lock_guard lock(mutex_);
        reports_.push_back({r.subscription.name, r.outcome.kind, r.verdict, r.reason, r.events});
      });
  dispatcher->follow(nullptr, registry->catalog());
}

void Stage::stop_dispatcher(base::Duration limit) {
  dispatcher->stop(limit);
  dispatcher.reset();
}

void Stage::await(std::function<base::Async<void>()> coroutine) {
  base::block_on(threads.executor(0), std::move(coroutine));
}

base::Async<void> Stage::put_topic() {
  grid::Topic topic;
  topic.subscription_id = "00000000-0000-0000-0000-000000000000";
  topic.resource_group = "local";
  topic.name = "events";
  topic.key1 = topic.key2 = "MDEyMzQ1Njc4OWFiY2RlZg==";
  const auto stored = co_await registry->put_topic(topic);
  FANFARE_CHECK(stored.has_value());
  topic_ = (*stored)->id;
  topic_arm_id_ = (*stored)->arm_id();
}

base::Async<void> Stage::put_subscription(const grid::EventSubscription& subscription) {
  const auto stored = co_await registry->put_subscription(subscription);
  FANFARE_CHECK(stored.has_value());
  last_ = (*stored)->id;
}

base::Async<void> Stage::update_subscription(queue::SubscriptionId id, const Edit& edit) {
  const auto stored = co_await registry->update_subscription(id, edit);
  FANFARE_CHECK(stored.has_value());
}

base::Async<void> Stage::delete_subscription(queue::SubscriptionId id) {
  const auto deleted = co_await registry->delete_subscription(id);
  FANFARE_CHECK(deleted.has_value() && *deleted);
}

base::Async<void> Stage::commit(queue::Commit commit) {
  const auto receipt = co_await queue->commit(std::move(commit));
  FANFARE_CHECK(receipt.has_value());
}

queue::SubscriptionId Stage::subscribe(const std::string& name, Edit edit) {
  auto subscription = sample_subscription("https://" + name + ".example.com/");
  subscription.id = {};
  subscription.topic = topic_;
  subscription.topic_arm_id = topic_arm_id_;
  subscription.name = name;
  if (edit) edit(subscription);
  await([this, &subscription] { return put_subscription(subscription); });
  pass_through();
  return last_;
}

void Stage::update(queue::SubscriptionId id, Edit edit) {
  await([this, id, &edit] { return update_subscription(id, edit); });
  pass_through();
}

void Stage::remove(queue::SubscriptionId id) {
  await([this, id] { return delete_subscription(id); });
  pass_through();
}

void Stage::publish(queue::SubscriptionId id, std::size_t count, const std::string& prefix) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back('"' + prefix + std::to_string(i) + '"');
  queue::Commit commit;
  commit.topic = topic_;
  commit.published = clock.now();
  for (const auto& quoted : ids) {
    auto event = sample_event();
    event.id = quoted;
    commit.events.push_back({event, {id}});
  }
  await([this, &commit] { return this->commit(std::move(commit)); });
}

void Stage::pass_through() {
  for (std::size_t i = 0; i < threads.size(); ++i) base::run_on(threads.executor(i), [] {});
}

bool Stage::busy() const {
  return !queue->quiet() || (dispatcher && !dispatcher->idle()) || queue->next_due() <= clock.now();
}

/// The queue's loader sets its alarms from a thread of its own; what is owed is known before.
base::TimePoint Stage::next_move() const { return std::min(clock.next_alarm(), queue->next_due()); }

bool Stage::wait_until(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    pass_through();
    std::this_thread::yield();
  }
  return true;
}

bool Stage::calm() {
  int calm_rounds = 0;
  return wait_until([&] {
    pass_through();
    calm_rounds = busy() ? 0 : calm_rounds + 1;
    return calm_rounds >= 2;
  });
}

void Stage::advance(base::Duration by) {
  const auto target = clock.now() + by;
  FANFARE_CHECK(calm());
  for (auto next = next_move(); next <= target; next = next_move()) {
    clock.advance_to(next);
    FANFARE_CHECK(calm());
  }
  clock.advance_to(target);
  FANFARE_CHECK(calm());
}

std::vector<Report> Stage::reports() const {
  const std::lock_guard lock(mutex_);
  return reports_;
}

}  // namespace fanfare::delivery
