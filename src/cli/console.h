#pragma once
/// Where a command writes: what was asked for to `out`, everything else to `err`.
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.h"

namespace fanfare::cli {

enum class Colour { Off, On };

struct Console {
  std::ostream& out;
  std::ostream& err;
  Colour colour = Colour::Off;
};

/// Standard output and error; colour when standard output is a terminal and NO_COLOR is not set.
Console standard_console();

/// Prints `fanfare: message` and the hint, and returns the exit status.
int report(Console& console, const Failure& failure);

enum class Paint { Plain, Bold, Dim, Green, Yellow, Red, Cyan };
std::string painted(Colour colour, Paint paint, std::string_view text);

/// Text of others on a terminal: control characters, which could move the cursor or change what is
/// shown, come out as `\x1b`. Line breaks and tabs stay with KeepLines.
enum class Lines { Keep, Escape };
std::string printable(std::string_view text, Lines lines = Lines::Escape);

/// Columns aligned to their widest cell; cells are made printable.
class Table {
 public:
  explicit Table(std::vector<std::string> titles);
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::vector<std::string> titles_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace fanfare::cli
