#pragma once
/// What came back from one attempt. Every reply and every failure of the network is an Outcome.
#include <optional>
#include <string>

#include "base/time.h"
#include "queue/task.h"

namespace fanfare::delivery {

struct Outcome {
  queue::OutcomeKind kind = queue::OutcomeKind::None;
  int status = 0;                             ///< HTTP status, 0 when there was none
  std::optional<base::Duration> retry_after;  ///< from 429 and 503
  std::string detail;  ///< for people: "connection refused", at most 1 KiB of the body
  base::Duration latency{};
};

}  // namespace fanfare::delivery
