#pragma once
/// How many requests one endpoint gets at a time. Pure.
/// Grows while answers are good and work waits; a failure halves it, a run of failures or a timeout
/// brings it down to what a bad endpoint may hold.
#include <cstddef>
#include <optional>

#include "base/time.h"

namespace fanfare::delivery {

struct ConcurrencyRules {
  std::size_t start = 4;
  std::size_t max = 64;
  std::size_t failing = 4;                    ///< at most, while the endpoint fails
  base::Duration gentle = base::seconds(10);  ///< after a recovery: at most twice what was usual
};

/// Whether more work waited than the limit let through.
enum class Demand { Met, Waiting };
enum class Failing { Error, Timeout };

class Concurrency {
 public:
  explicit Concurrency(ConcurrencyRules rules);

  std::size_t limit(base::TimePoint now) const;

  /// Tells how many requests are in flight now, for what is usual.
  void used(std::size_t in_flight, base::TimePoint now);
  void succeeded(Demand demand);
  void failed(Failing how);
  /// The endpoint answers again after it was held back.
  void recovered(base::TimePoint now);

 private:
  ConcurrencyRules rules_;
  double limit_;
  double threshold_;       // below it growth doubles with every round, above it adds one
  std::size_t usual_ = 0;  // most in flight while the endpoint was well
  int failures_ = 0;       // in a row
  std::optional<base::TimePoint> gentle_until_;
};

}  // namespace fanfare::delivery
