#include "json/index.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace fanfare::json {

namespace {

constexpr std::size_t kSmallestCapacity = 16 * 1024;
constexpr std::size_t kKeptCapacity = 512 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

base::Error fault(std::size_t offset, std::string_view what) {
  return base::invalid("not valid JSON: " + std::string(what), "offset " + std::to_string(offset));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The code unit of `\uXXXX` at the start of `text`, or -1.
int code_unit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = 2; i < 6; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/// How long the escape at the start of `text` is; 0 when it is none.
std::size_t escape_size(std::string_view text) {
  if (text.size() < 2) return 0;
  if (text[1] != 'u') return std::strchr("\"\\/bfnrt", text[1]) != nullptr && text[1] != 0 ? 2 : 0;
  const int unit = code_unit(text);
  if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return 0;
  if (unit < 0xD800 || unit > 0xDBFF) return 6;
  const int low = code_unit(text.substr(6));
  return low >= 0xDC00 && low <= 0xDFFF ? 12 : 0;
}

/// Backslashes occur only in strings once the tokens are right, so one pass from backslash to
/// backslash sees every escape, and texts without one cost a memchr.
base::Result<void> check_escapes(std::string_view text) {
  for (auto at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
    const auto size = escape_size(text.substr(at));
    if (size == 0) return fault(at, "the escape is unknown or half of a surrogate pair");
    at += size;
  }
  return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

const char* skip_digits(const char* at, const char* end) {
  while (at != end && is_digit(*at)) ++at;
  return at;
}

/// The end of the number that starts at `at`, or nullptr.
const char* number_end(const char* at, const char* end) {
  if (*at == '-') ++at;
  if (at == end || !is_digit(*at)) return nullptr;
  at = *at == '0' ? at + 1 : skip_digits(at, end);
  if (at != end && *at == '.') {
    const char* const fraction = ++at;
    at = skip_digits(at, end);
    if (at == fraction) return nullptr;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    const char* const exponent = at;
    at = skip_digits(at, end);
    if (at == exponent) return nullptr;
  }
  return at;
}

const char* word_end(const char* at, const char* end, std::string_view word) {
  const bool same = static_cast<std::size_t>(end - at) >= word.size() &&
                    std::memcmp(at, word.data(), word.size()) == 0;
  return same ? at + word.size() : nullptr;
}

/// True when `at` may follow a number or word: the token finder does not look behind a scalar.
bool ends_scalar(const char* at, const char* end) {
  if (at == end) return true;
  switch (*at) {
    case ' ':
    case '\n':
    case '\r':
    case '\t':
    case ',':
    case ']':
    case '}':
    case ':':
      return true;
    default:
      return false;
  }
}

bool is_scalar(const char* at, const char* end) {
  const char* behind = nullptr;
  switch (*at) {
    case 't':
      behind = word_end(at, end, "true");
      break;
    case 'f':
      behind = word_end(at, end, "false");
      break;
    case 'n':
      behind = word_end(at, end, "null");
      break;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      behind = number_end(at, end);
      break;
    default:
      break;
  }
  return behind != nullptr && ends_scalar(behind, end);
}

/// The grammar over the tokens: pairs the brackets and stops at the first fault.
class Grammar {
 public:
  Grammar(std::string_view text, const std::uint32_t* at, std::uint32_t count, std::uint32_t* close)
      : text_(text), at_(at), count_(count), close_(close) {}

  base::Result<void> check(int depth_max) {
    for (;;) {
      const char c = peek();
      if (c == '{' || c == '[') {
        if (depth_ == depth_max)
          return here("nested too deeply; at most " + std::to_string(depth_max) +
                      " levels are allowed");
        open_[static_cast<std::size_t>(depth_++)] = token_++;
        if (peek() != c + 2) {  // '}' and ']' are two behind their openers
          if (c == '{' && !member_name())
            return here("a member name in quotes and a colon must stand here");
          continue;
        }
      } else if (c == '"') {
        ++token_;
      } else if (token_ == count_ ||
                 !is_scalar(text_.data() + at_[token_], text_.data() + text_.size())) {
        return here("a value must stand here");
      } else {
        ++token_;
      }
      if (!behind_value()) return here("a comma or the closing bracket must stand here");
      if (depth_ == 0) break;
    }
    if (token_ != count_) return here("text follows the value");
    return {};
  }

 private:
  char peek() const { return token_ < count_ ? text_[at_[token_]] : '\0'; }

  bool member_name() {
    if (peek() != '"') return false;
    ++token_;
    if (peek() != ':') return false;
    ++token_;
    return true;
  }

  /// Closes what closes here; true when the text ends or another value follows.
  bool behind_value() {
    while (depth_ > 0) {
      const std::uint32_t opener = open_[static_cast<std::size_t>(depth_ - 1)];
      const char bracket = text_[at_[opener]];
      const char c = peek();
      if (c == ',') {
        ++token_;
        return bracket == '[' || member_name();
      }
      if (c != bracket + 2) return false;
      close_[opener] = token_++;
      --depth_;
    }
    return true;
  }

  base::Error here(std::string what) const {
    if (token_ >= count_) return fault(text_.size(), "the text ends too early; " + what);
    return fault(at_[token_], what);
  }

  std::string_view text_;
  const std::uint32_t* at_;
  std::uint32_t count_;
  std::uint32_t* close_;
  std::uint32_t token_ = 0;
  int depth_ = 0;
  std::array<std::uint32_t, kDepthLimit> open_;
};

base::Error scan_fault(std::string_view text, simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY:
      return fault(0, "the text is empty");
    case simdjson::UTF8_ERROR:
      return fault(0, "the text is not UTF-8");
    case simdjson::UNESCAPED_CHARS:
      return fault(0, "a control character stands unescaped in a string");
    case simdjson::UNCLOSED_STRING:
      return fault(text.size(), "a string is not closed");
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return {base::Errc::TooLarge, "the JSON text is too large", ""};
    default:
      return fault(0, simdjson::error_message(code));
  }
}

}  // namespace

/// The first stage of simdjson's parsers: vector code that checks UTF-8 and finds the tokens.
struct Index::Scanner {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;

  simdjson::error_code reserve(std::size_t size) {
    const std::size_t wanted = std::max(std::bit_ceil(size), kSmallestCapacity);
    if (stage) return stage->capacity() >= size ? simdjson::SUCCESS : stage->set_capacity(wanted);
    return simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1,
                                                                                   stage);
  }
};

Index::Index() : scanner_(std::make_unique<Scanner>()) {}
Index::~Index() = default;
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;

base::Result<void> Index::scan(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) return fault(0, "the text starts with a byte order mark");
  if (text.empty()) return scan_fault(text, simdjson::EMPTY);
  if (const auto code = scanner_->reserve(text.size())) return scan_fault(text, code);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto code = scanner_->stage->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  if (code != simdjson::SUCCESS) return scan_fault(text, code);
  return {};
}

base::Result<void> Index::build(std::string_view text, int depth_max) {
  tokens_ = {};
  if (auto scanned = scan(text); !scanned) return scanned;
  const auto& stage = *scanner_->stage;
  const std::uint32_t count = stage.n_structural_indexes;
  if (close_size_ < count) {
    close_size_ = std::bit_ceil(std::max<std::size_t>(count, 1024));
    close_ = std::make_unique_for_overwrite<std::uint32_t[]>(close_size_);
  }
  Grammar grammar(text, stage.structural_indexes.get(), count, close_.get());
  if (auto checked = grammar.check(std::min(depth_max, kDepthLimit)); !checked) return checked;
  if (auto checked = check_escapes(text); !checked) return checked;
  tokens_ = {text.data(), stage.structural_indexes.get(), close_.get()};
  return {};
}

void Index::trim() {
  if (scanner_->stage && scanner_->stage->capacity() > kKeptCapacity) {
    scanner_->stage.reset();
    tokens_ = {};
  }
  if (close_size_ > kKeptCapacity) {
    close_.reset();
    close_size_ = 0;
    tokens_ = {};
  }
}

}  // namespace fanfare::json
