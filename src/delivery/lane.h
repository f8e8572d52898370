#pragma once
/// The deliveries of one event subscription: its buffer of leased tasks, its concurrency, its
/// backoff. Lives on one I/O thread; nothing here is shared with another lane but the sink.
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "delivery/batching.h"
#include "delivery/burial.h"
#include "delivery/concurrency.h"
#include "delivery/probation.h"
#include "delivery/rate_limit.h"
#include "delivery/settling.h"
#include "delivery/work.h"

namespace fanfare::delivery {

class Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(Surroundings& around, std::shared_ptr<const grid::EventSubscription> subscription);
  ~Lane();

  /// Starts, or goes on with changed properties: they count from the next attempt on.
  void open(std::shared_ptr<const grid::EventSubscription> subscription);
  /// Takes nothing new; what is in flight still counts.
  void pause();
  /// The subscription is gone: what is in flight counts no more.
  void close();
  /// Gives back what is in flight and ignores its end.
  void abandon();

  const grid::EventSubscription& subscription() const { return *subscription_; }
  bool busy() const { return in_flight_ + burying_ > 0; }

  // For the workers.
  /// The next work, when there is some and it may start now.
  bool take(Work& work);
  /// Starts as much as may start.
  void pump();
  /// The worker has begun; `work` stays where it is until finished().
  void began(const Work& work);
  /// A request came to its end. True: its tasks are given up and wait for bury().
  bool answered(Work& work);
  /// Writes the dead letters of given-up tasks.
  base::Async<void> bury(Work& work);
  void finished(Work& work);

 private:
  enum class State { Open, Paused, Closed };

  void attach();
  void detach();
  void on_ready();
  void on_alarm();
  void hold(base::TimePoint until);
  void rest();

  bool may_start(base::TimePoint now);
  std::size_t requests_max(base::TimePoint now) const;
  bool fill(base::TimePoint now);
  std::size_t lease_size(base::TimePoint now) const;
  void sort_out(std::vector<queue::Task> leased, base::TimePoint now);
  bool take_burial(Work& work);
  void start_request(Work& work, base::TimePoint now);

  bool ignored() const { return state_ == State::Closed || abandoned_; }
  void learn(const Work& work, base::TimePoint now);

  Surroundings& around_;
  std::shared_ptr<const grid::EventSubscription> subscription_;
  queue::SubscriptionId id_;
  Settling settling_;
  Burial burial_;
  BatchLimits limits_;
  Concurrency concurrency_;
  Probation probation_;
  RateLimit rate_;

  State state_ = State::Paused;
  bool attached_ = false;
  bool abandoned_ = false;
  bool more_ = false;                // the queue may have something to lease
  std::vector<queue::Task> buffer_;  // leased, to be tried; consumed from next_ on
  std::size_t next_ = 0;
  std::deque<queue::Task> doomed_;    // leased, given up, their dead letters not begun
  std::size_t in_flight_ = 0;         // requests
  std::size_t burying_ = 0;           // works of Kind::Bury
  std::vector<const Work*> working_;  // both kinds, for abandon()
  std::unique_ptr<base::Alarm> alarm_;
  base::TimePoint alarm_at_{};
};

}  // namespace fanfare::delivery
