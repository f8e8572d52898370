#pragma once
/// What all lanes of an I/O thread work with. Outlives them.
#include <functional>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "delivery/dead_letter.h"
#include "delivery/dispatcher.h"
#include "delivery/work.h"

namespace fanfare::delivery {

struct Surroundings {
  queue::Queue& queue;
  base::Clock& clock;
  base::Random& random;
  DeadLetterStore& dead_letters;
  base::Executor executor;
  std::string store_id;
  DispatcherOptions options;
  AttemptListener listener;
  std::function<void(Work)> start;  ///< hands work to a worker
};

}  // namespace fanfare::delivery
