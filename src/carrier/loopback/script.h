#pragma once
/// What the loopback carrier does with messages to a number, as somebody who tests wrote it down.
/// Pure: chance comes in as an argument.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "carrier/carrier.h"

namespace fanfare::carrier::loopback {

struct Attempt {
  base::Duration after{};       ///< since the message was accepted, or since the attempt before
  Fate fate = Fate::Delivered;  ///< the last attempt's is the verdict; those before it fail
  int code = 0;                 ///< 0: the fate's own
  std::string detail;           ///< empty: the code's own words
  std::uint32_t segments_delivered = 0;  ///< of a failing attempt; never all of them
};

struct Script {
  std::string prefix;       ///< of the recipient: `+1555`, a whole number, or empty for everybody
  double share = 1.0;       ///< of the messages; the others go on to the next script that fits
  base::Duration spread{};  ///< up to so much is added to the first wait, by chance
  std::optional<Refused> refused;  ///< not taken at all
  std::vector<Attempt> attempts;   ///< none: delivered at once
};

/// Errors: InvalidArgument for a script that cannot be followed (a share outside of 0 to 1, an
/// attempt before the last that delivers, negative waits); target is the script's prefix.
base::Result<void> check(const Script& script);

/// The script for a message to `to`: the one with the longest prefix, the first of equal ones,
/// unless chance passes it over. nullptr: none, the message is delivered at once.
const Script* choose(const std::vector<Script>& scripts, std::string_view to, base::Random& random);

/// What the carrier will do, in order; `when` counts from the acceptance.
struct Step {
  base::Duration when{};
  std::uint32_t segments_succeeded = 0;
  std::uint32_t segments_failed = 0;
  std::optional<Verdict> verdict;
};
std::vector<Step> plan(const Script* script, std::uint32_t segments, base::Random& random);

}  // namespace fanfare::carrier::loopback
