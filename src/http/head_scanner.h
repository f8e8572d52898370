#pragma once
/// Finds the end of a message head as its bytes arrive, and holds it to the line discipline that
/// every later step relies on: lines end in CRLF, no bare CR or LF, no control byte but the tab, no
/// folded lines, and sizes within limits. What breaks it is refused as early as it can be seen.
/// Pure; one scanner per head.
#include <cstddef>
#include <string_view>

namespace fanfare::http {

struct HeadLimits {
  std::size_t start_line_bytes_max = 0;
  std::size_t field_bytes_max = 0;  ///< all field lines together
  std::size_t field_count_max = 0;
};

enum class HeadState { NeedMore, Complete, Malformed, StartLineTooLong, FieldsTooLarge };

class HeadScanner {
 public:
  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

  /// `bytes` is everything of this head that has come, from its first byte; each call may pass
  /// more.
  HeadState scan(std::string_view bytes);

  /// Once Complete: how long the head is, with its empty line; and its start line without CRLF.
  std::size_t head_bytes() const { return at_; }
  std::size_t start_line_bytes() const { return start_line_bytes_; }
  /// The start line has come whole.
  bool has_start_line() const { return lines_ > 0; }
  std::size_t field_count() const { return lines_ - 2; }

  void reset();

 private:
  HeadState end_line(std::string_view bytes, std::size_t line_feed);
  HeadState within_limits(std::size_t bytes_seen) const;

  HeadLimits limits_;
  std::size_t at_ = 0;  // all before has been checked
  std::size_t line_start_ = 0;
  std::size_t start_line_bytes_ = 0;
  std::size_t lines_ = 0;  // ended so far, the start line and the empty one included
};

}  // namespace fanfare::http
