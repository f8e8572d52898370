#pragma once
/// Puts messages together again that came in parts: in any order, repeated, or never complete.
/// For carriers that bring parts in. Pure: the time comes in.
/// Source: 3GPP TS 23.040, section 9.2.3.24.1.
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace fanfare::carrier {

struct Part {
  std::string from;
  std::string to;
  std::uint16_t reference = 0;  ///< the same for all parts of a message
  std::uint8_t total = 1;
  std::uint8_t number = 1;  ///< 1 is the first
  std::string text;
};

/// Both bounds hold at any time: what is oldest goes.
struct ReassemblyLimits {
  base::Duration lifetime = base::hours(24);      ///< since a message's first part came
  std::size_t bytes_max = std::size_t{48} << 20;  ///< memory, about
};

/// Not thread-safe.
class Reassembly {
 public:
  explicit Reassembly(ReassemblyLimits limits = {}) : limits_(limits) {}

  struct Whole {
    std::string text;
    std::uint32_t segments = 1;
  };
  /// The message, when this part was the last one missing. A part whose number makes no sense is a
  /// message of its own, as the standard wants. A repeated part changes nothing.
  std::optional<Whole> add(Part part, base::TimePoint now);

  /// Forgets what has waited too long.
  void expire(base::TimePoint now);

  std::size_t waiting() const { return messages_.size(); }  ///< messages with a part missing
  std::size_t bytes() const { return bytes_; }

 private:
  struct Message {
    base::TimePoint first_came;
    std::vector<std::pair<std::uint8_t, std::string>> parts;
    std::size_t bytes = 0;
    std::list<const std::string*>::iterator place;
  };
  using Messages = std::map<std::string, Message>;
  void forget(Messages::iterator message);
  void forget_oldest();

  ReassemblyLimits limits_;
  Messages messages_;
  std::list<const std::string*> by_age_;  ///< keys, the oldest first
  std::size_t bytes_ = 0;
};

}  // namespace fanfare::carrier
