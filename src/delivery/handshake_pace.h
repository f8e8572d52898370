#pragma once
/// How often a host is asked for its consent, so that whoever makes event subscriptions cannot turn
/// the handshake into a flood against somebody else. Pure.
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace fanfare::delivery {

struct HandshakePaceRules {
  base::Duration interval = base::seconds(5);  ///< between two handshakes with a host
  int at_once = 1;                             ///< so many may come together after quiet times
  base::Duration wait_max = base::minutes(5);  ///< who would wait longer is turned away
};

class HandshakePace {
 public:
  explicit HandshakePace(HandshakePaceRules rules = {}) : rules_(rules) {}

  /// When the next handshake with `host` (a name in lower case or an address literal) may go out,
  /// `now` or later; nullopt: too many wait already. This machine itself is not paced: nobody else
  /// is there to be flooded.
  std::optional<base::TimePoint> take(const std::string& host, base::TimePoint now);

 private:
  void forget_quiet(base::TimePoint now);

  HandshakePaceRules rules_;
  /// By host: when the next is due at the even pace. Hosts that have been quiet are forgotten.
  std::unordered_map<std::string, base::TimePoint> pace_;
};

}  // namespace fanfare::delivery
