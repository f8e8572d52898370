#pragma once
/// A carrier without phones: delivers to the numbers of this server, and lets everybody else's
/// messages arrive, fail or expire as scripts tell. It keeps nothing over a restart.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "carrier/carrier.h"
#include "carrier/loopback/script.h"

namespace fanfare::carrier::loopback {

struct Options {
  std::vector<Script> scripts;
  std::uint64_t seed = 1;                 ///< of the chance in scripts
  std::uint32_t messages_per_second = 0;  ///< more than that are told to come later; 0: no limit
  std::size_t waiting_max = 100'000;      ///< messages without a verdict; more come later
};

class Loopback final : public Carrier {
 public:
  /// Clock and executor outlive it. Reports are told on `executor`.
  Loopback(Options options, base::Clock& clock, base::Executor executor);
  ~Loopback() override;

  Capabilities capabilities() const override;
  void start(Listener& listener) override;
  base::Async<Submitted> submit(Submission submission) override;
  bool idle() const override;
  base::Async<void> close() override;

  /// Messages without a verdict.
  std::size_t waiting() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::carrier::loopback
