#pragma once
/// A dispatcher on a real queue and registry in memory, with a scripted sink, under virtual time.
#include <asio/basic_waitable_timer.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "delivery/dispatcher.h"
#include "log/open.h"
#include "samples.h"

namespace fanfare::delivery {

/// One request as the sink got it.
struct Attempt {
  std::string subscription;
  std::string url;
  std::vector<std::string> ids;  ///< of the events, without quotes
  std::uint32_t earlier_attempts = 0;
  base::TimePoint at{};
};

Outcome answers(int status);
Outcome fails(queue::OutcomeKind kind);

/// What the sinks of all threads share: the script, and what happened.
class Script {
 public:
  explicit Script(base::Clock& clock) : clock_(clock) {}

  /// Decides on each request; 200 when not set. Any thread.
  void answer_with(std::function<Outcome(const Attempt&)> answer);
  /// Requests of this subscription wait until release().
  void hang(std::string subscription);
  void release();

  std::vector<Attempt> attempts() const;
  std::vector<Attempt> attempts_of(const std::string& subscription) const;
  std::size_t count() const;
  std::size_t in_flight(const std::string& subscription) const;
  std::size_t most_in_flight(const std::string& subscription) const;

  // For the sink.
  base::Async<Outcome> take(Shipment shipment);

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, base::Executor>;
  struct Load {
    std::size_t now = 0;
    std::size_t most = 0;
  };

  Attempt note(const Shipment& shipment);

  base::Clock& clock_;
  mutable std::mutex mutex_;
  std::function<Outcome(const Attempt&)> answer_;
  std::string hanging_;
  std::vector<std::shared_ptr<Timer>> gates_;
  std::vector<Attempt> attempts_;
  std::map<std::string, Load> loads_;
};

class MemoryLetters final : public DeadLetterStore {
 public:
  base::Async<base::Result<void>> write(std::vector<DeadLetter> letters) override;
  void fail(bool fails);
  std::vector<DeadLetter> letters() const;
  std::size_t tries() const;

 private:
  mutable std::mutex mutex_;
  bool fails_ = false;
  std::size_t tries_ = 0;
  std::vector<DeadLetter> letters_;
};

struct Report {
  std::string subscription;
  queue::OutcomeKind outcome{};
  queue::Verdict verdict{};
  queue::DeadLetterReason reason{};
  std::size_t events = 0;
};

struct StageOptions {
  DispatcherOptions dispatcher;
  std::size_t threads = 1;
  std::filesystem::path folder;        ///< of a local log; in memory when empty
  DeadLetterStore* letters = nullptr;  ///< instead of the stage's own
  base::TimePoint start = kNoon;
  bool dispatch = true;  ///< false: the test calls make_dispatcher()
};

class Stage {
 public:
  explicit Stage(StageOptions options = no_jitter());
  ~Stage();

  static StageOptions no_jitter();

  using Edit = std::function<void(grid::EventSubscription&)>;
  queue::SubscriptionId subscribe(const std::string& name, Edit edit = {});
  void update(queue::SubscriptionId id, Edit edit);
  void remove(queue::SubscriptionId id);

  /// Commits `count` events with ids prefix0, prefix1, …
  void publish(queue::SubscriptionId id, std::size_t count, const std::string& prefix = "e");

  /// Until nothing happens any more without time passing. False after 20 s of real time.
  bool calm();
  /// Lets time pass, stopping at every alarm until all is calm.
  void advance(base::Duration by);
  /// Until the condition holds; for when something hangs. False after 20 s of real time.
  bool wait_until(const std::function<bool()>& condition);

  std::vector<Report> reports() const;
  std::uint64_t pending(queue::SubscriptionId id) const { return queue->stats(id).pending; }
  void make_dispatcher();
  void stop_dispatcher(base::Duration limit);

  base::VirtualClock clock;
  Script script{clock};
  MemoryLetters letters;
  base::SeededRandom random{7};
  base::IoThreads threads;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<view::Records> view;
  std::unique_ptr<queue::Queue> queue;
  std::unique_ptr<grid::Registry> registry;
  std::unique_ptr<Dispatcher> dispatcher;

 private:
  void await(std::function<base::Async<void>()> coroutine);
  void pass_through();
  bool busy() const;
  base::TimePoint next_move() const;
  void follow(const grid::CatalogPtr& before, const grid::CatalogPtr& after);
  base::Async<void> put_topic();
  base::Async<void> put_subscription(const grid::EventSubscription& subscription);
  base::Async<void> update_subscription(queue::SubscriptionId id, const Edit& edit);
  base::Async<void> delete_subscription(queue::SubscriptionId id);
  base::Async<void> commit(queue::Commit commit);

  StageOptions options_;
  std::string topic_arm_id_;
  queue::TopicId topic_;
  queue::SubscriptionId last_;
  mutable std::mutex mutex_;
  std::vector<Report> reports_;
};

}  // namespace fanfare::delivery
