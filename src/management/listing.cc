#include "management/listing.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "http/url.h"
#include "management/arm.h"

namespace fanfare::management {

namespace {

constexpr std::size_t kTopDefault = 20;
constexpr std::size_t kTopMax = 100;
constexpr std::size_t kFilterBytesMax = 4096;
constexpr int kDepthMax = 32;

using Test = NameFilter::Test;

/// Recursive descent: or, and, not, primary.
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) {}

  base::Result<Test> parse() {
    auto test = parse_or(0);
    skip_blanks();
    if (!failed_ && at_ != text_.size()) fail();
    if (failed_) {
      return base::invalid(
          "must be made of contains(name, '…'), name eq '…', name ne '…', and, or, not and "
          "parentheses; it is not at offset " +
              std::to_string(*failed_),
          "$filter");
    }
    return test;
  }

 private:
  Test parse_or(int depth) {
    auto left = parse_and(depth);
    while (word("or")) {
      auto right = parse_and(depth);
      left = [l = std::move(left), r = std::move(right)](auto name) { return l(name) || r(name); };
    }
    return left;
  }

  Test parse_and(int depth) {
    auto left = parse_not(depth);
    while (word("and")) {
      auto right = parse_not(depth);
      left = [l = std::move(left), r = std::move(right)](auto name) { return l(name) && r(name); };
    }
    return left;
  }

  Test parse_not(int depth) {
    if (depth > kDepthMax) return fail();
    if (!word("not")) return parse_primary(depth);
    auto inner = parse_not(depth + 1);
    return [i = std::move(inner)](auto name) { return !i(name); };
  }

  Test parse_primary(int depth) {
    if (failed_) return fail();
    if (sign('(')) {
      auto inner = parse_or(depth + 1);
      if (!sign(')')) return fail();
      return inner;
    }
    if (word("contains")) return parse_contains();
    if (!word("name")) return fail();
    const bool equal = word("eq");
    if (!equal && !word("ne")) return fail();
    auto text = literal();
    if (!text) return fail();
    return
        [t = *std::move(text), equal](auto name) { return base::ascii_iequals(name, t) == equal; };
  }

  Test parse_contains() {
    if (!sign('(') || !word("name") || !sign(',')) return fail();
    auto text = literal();
    if (!text || !sign(')')) return fail();
    return
        [t = base::ascii_lower(*text)](auto name) { return base::ascii_lower(name).contains(t); };
  }

  /// Between single quotes, of which two in a row are one.
  std::optional<std::string> literal() {
    if (!sign('\'')) return std::nullopt;
    std::string out;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] != '\'') {
        out.push_back(text_[at_]);
      } else if (text_.substr(at_ + 1).starts_with('\'')) {
        out.push_back(text_[at_++]);
      } else {
        ++at_;
        return out;
      }
    }
    return std::nullopt;
  }

  bool word(std::string_view wanted) {
    skip_blanks();
    const auto rest = text_.substr(at_);
    if (!base::ascii_iequals(rest.substr(0, wanted.size()), wanted)) return false;
    if (rest.size() > wanted.size() && is_letter(rest[wanted.size()])) return false;
    at_ += wanted.size();
    return true;
  }

  bool sign(char wanted) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  Test fail() {
    if (!failed_) failed_ = at_;
    return [](std::string_view) { return false; };
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::size_t> failed_;
};

base::Result<std::size_t> read_top(const http::Request& request) {
  const auto text = http::query_parameter(request.query(), "$top");
  if (!text) return kTopDefault;
  const bool digits = !text->empty() && text->size() <= 3 &&
                      std::ranges::all_of(*text, [](char c) { return c >= '0' && c <= '9'; });
  const auto top = digits ? static_cast<std::size_t>(std::stoul(*text)) : 0;
  if (top < 1 || top > kTopMax) return base::invalid("must be from 1 to 100", "$top");
  return top;
}

// '+' in a query is a blank to the clients that write filters.
std::string unplus(std::string text) {
  std::ranges::replace(text, '+', ' ');
  return text;
}

base::Result<std::optional<NameFilter>> read_filter(const http::Request& request) {
  const auto text = http::query_parameter(request.query(), "$filter");
  if (!text || text->empty()) return std::optional<NameFilter>();
  auto filter = NameFilter::parse(unplus(*text));
  if (!filter) return filter.error();
  return std::optional(*std::move(filter));
}

std::string next_link(const http::Request& request, const std::string& last_id) {
  auto link = origin_of(request) + std::string(request.path()) + "?";
  for (const auto& [name, value] : http::query_parameters(request.query())) {
    if (same_segment(name, "$skiptoken")) continue;
    link += http::percent_encode(name) + "=" + http::percent_encode(value) + "&";
  }
  return link + "%24skiptoken=" + http::percent_encode(last_id);
}

}  // namespace

base::Result<NameFilter> NameFilter::parse(std::string_view text) {
  if (text.size() > kFilterBytesMax) return base::invalid("is too long", "$filter");
  auto test = FilterParser(text).parse();
  if (!test) return test.error();
  return NameFilter(*std::move(test));
}

base::Result<json::Value> list_page(std::vector<Listed> resources, const http::Request& request) {
  const auto top = read_top(request);
  if (!top) return top.error();
  const auto filter = read_filter(request);
  if (!filter) return filter.error();
  const auto after = base::ascii_lower(
      http::query_parameter(request.query(), "$skiptoken").value_or(std::string()));

  const auto key = [](const Listed& resource) { return base::ascii_lower(resource.id); };
  std::ranges::sort(resources, {}, key);
  auto value = json::Value::array();
  std::size_t shown = 0;
  std::string last;
  bool more = false;
  for (const auto& resource : resources) {
    if (!after.empty() && key(resource) <= after) continue;
    if (*filter && !(*filter)->accepts(resource.name)) continue;
    if (shown == *top) {
      more = true;
      break;
    }
    value.push(resource.show());
    last = resource.id;
    ++shown;
  }
  auto page = json::Value::object({{"value", std::move(value)}});
  if (more) page.set("nextLink", next_link(request, last));
  return page;
}

}  // namespace fanfare::management
