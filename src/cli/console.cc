#include "cli/console.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace fanfare::cli {
namespace {

/// Characters, not bytes: continuation bytes of UTF-8 do not count.
std::size_t width_of(std::string_view text) {
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(text, starts));
}

std::string_view code_of(Paint paint) {
  switch (paint) {
    case Paint::Plain:
      return "";
    case Paint::Bold:
      return "1";
    case Paint::Dim:
      return "2";
    case Paint::Green:
      return "32";
    case Paint::Yellow:
      return "33";
    case Paint::Red:
      return "31";
    case Paint::Cyan:
      return "36";
  }
  return "";
}

void append_escaped(std::string& out, unsigned char byte) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

}  // namespace

Console standard_console() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool plain = no_color != nullptr && *no_color != '\0';
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  return Console{std::cout, std::cerr, terminal && !plain ? Colour::On : Colour::Off};
}

int report(Console& console, const Failure& failure) {
  console.err << "fanfare: " << printable(failure.message, Lines::Keep) << '\n';
  if (!failure.hint.empty()) console.err << printable(failure.hint, Lines::Keep) << '\n';
  console.err.flush();
  return static_cast<int>(failure.exit);
}

std::string painted(Colour colour, Paint paint, std::string_view text) {
  if (colour == Colour::Off || paint == Paint::Plain) return std::string(text);
  return "\x1b[" + std::string(code_of(paint)) + "m" + std::string(text) + "\x1b[0m";
}

std::string printable(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool line = byte == '\n' || byte == '\t';
    // U+0080 to U+009F are control characters too, some of them as strong as ESC.
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) {
      append_escaped(out, static_cast<unsigned char>(text[++i]));
    } else if ((byte < 0x20 && !(line && lines == Lines::Keep)) || byte == 0x7f) {
      append_escaped(out, byte);
    } else {
      out += text[i];
    }
  }
  return out;
}

Table::Table(std::vector<std::string> titles) : titles_(std::move(titles)) {}

void Table::add(std::vector<std::string> cells) {
  cells.resize(titles_.size());
  for (auto& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < titles_.size(); ++i) {
    std::size_t width = width_of(titles_[i]);
    for (const auto& row : rows_) width = std::max(width, width_of(row[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto write = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += cells[i];
      if (i + 1 < cells.size()) out.append(widths[i] - width_of(cells[i]) + 2, ' ');
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  };
  write(titles_);
  for (const auto& row : rows_) write(row);
  return out;
}

}  // namespace fanfare::cli
