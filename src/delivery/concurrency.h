#pragma once
/// How many requests one endpoint gets at a time. Pure.
/// Grows while answers are good and work waits, and shrinks to twice what is used; a failure halves
/// it, a run of failures or a timeout brings it down to what a bad endpoint may hold, and so does,
/// until the next answer, an endpoint that has been silent for a while.
#include <cstddef>
#include <optional>

#include "base/time.h"

namespace fanfare::delivery {

struct ConcurrencyRules {
  std::size_t start = 4;
  std::size_t max = 64;
  std::size_t failing = 4;                    ///< at most, while the endpoint fails
  base::Duration gentle = base::seconds(10);  ///< after a recovery: at most twice what was usual
  base::Duration silence = base::seconds(1);  ///< without an answer to anything: it may hang
  base::Duration period = base::seconds(1);   ///< what it used in one is half of what it keeps
};

/// Whether more work waited than the limit let through.
enum class Demand { Met, Waiting };
enum class Failing { Error, Timeout };

class Concurrency {
 public:
  explicit Concurrency(ConcurrencyRules rules);

  std::size_t limit(base::TimePoint now) const;

  /// A request goes out; `in_flight` with it.
  void started(std::size_t in_flight, base::TimePoint now);
  void succeeded(Demand demand, base::TimePoint now);
  void failed(Failing how, base::TimePoint now);
  /// The endpoint answers again after it was held back.
  void recovered(base::TimePoint now);

 private:
  bool suspicious(base::TimePoint now) const;
  void give_up_unused(std::size_t in_flight, base::TimePoint now);

  ConcurrencyRules rules_;
  double limit_;
  double threshold_;       // below it growth doubles with every round, above it adds one
  std::size_t usual_ = 0;  // most in flight while the endpoint was well
  int failures_ = 0;       // in a row
  std::optional<base::TimePoint> gentle_until_;
  std::optional<base::TimePoint> last_heard_;  // the last answer, or since when one is waited for
  std::optional<base::TimePoint> period_began_;
  std::size_t most_used_ = 0;  // in flight, in the period
};

}  // namespace fanfare::delivery
