#include "communication/chat/html.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace fanfare::communication::chat {

namespace {

constexpr std::size_t kDepthMax = 64;

constexpr std::array kElements = std::to_array<std::string_view>(
    {"a",     "abbr",  "b",  "blockquote", "br", "caption", "code", "col",  "dd",     "del", "div",
     "dl",    "dt",    "em", "h1",         "h2", "h3",      "h4",   "h5",   "h6",     "hr",  "i",
     "img",   "ins",   "li", "ol",         "p",  "pre",     "s",    "span", "strong", "sub", "sup",
     "table", "tbody", "td", "tfoot",      "th", "thead",   "tr",   "u",    "ul"});
constexpr std::array kVoid = std::to_array<std::string_view>({"br", "col", "hr", "img"});

/// What stands between their tags is no text of the message.
constexpr std::array kDropped = std::to_array<std::string_view>(
    {"applet",  "audio",    "embed",    "frameset", "head",      "iframe", "math",
     "noembed", "noframes", "noscript", "object",   "plaintext", "script", "select",
     "style",   "svg",      "template", "textarea", "title",     "video",  "xmp"});

bool is_one_of(const auto& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}
bool allowed(std::string_view element) { return is_one_of(kElements, element); }

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length of the character reference at the front (`&amp;`, `&#10;`), 0 when there is none.
std::size_t reference_length(std::string_view text) {
  constexpr std::size_t kLongest = 34;
  std::size_t at = 1;
  if (at < text.size() && text[at] == '#') ++at;
  const auto begin = at;
  while (at < text.size() && at < kLongest && (is_letter(text[at]) || is_digit(text[at]))) ++at;
  if (at == begin || at >= text.size() || text[at] != ';') return 0;
  return at + 1;
}

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '&') {
      const auto length = reference_length(text.substr(at));
      out += length > 0 ? text.substr(at, length) : "&amp;";
      if (length > 0) at += length - 1;
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c != '\0') {
      out += c;
    }
  }
}

/// Text between tags: quotes may stay.
void append_text(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto quote = std::min(text.find('"', at), text.size());
    append_escaped(out, text.substr(at, quote - at));
    if (quote < text.size()) out += '"';
    at = quote + 1;
  }
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else {
    out += '?';  // schemes are ASCII: what stands here cannot be part of one
  }
}

/// A numeric reference's character; what named ones mean matters only for those below.
std::string decoded_reference(std::string_view reference) {
  auto body = reference.substr(1, reference.size() - 2);
  if (base::ascii_iequals(body, "colon")) return ":";
  if (base::ascii_iequals(body, "tab") || base::ascii_iequals(body, "newline")) return {};
  if (base::ascii_iequals(body, "amp")) return "&";
  if (base::ascii_iequals(body, "sol")) return "/";
  if (!body.starts_with('#')) return "?";
  body.remove_prefix(1);
  const bool hex = body.starts_with('x') || body.starts_with('X');
  if (hex) body.remove_prefix(1);
  std::uint32_t code = 0;
  for (const char c : body) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    if (digit < 0 || digit >= (hex ? 16 : 10) || code > 0x10ffff) return "?";
    code = code * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
  }
  std::string out;
  append_utf8(out, code);
  return out;
}

/// The address as a browser would read it: references resolved, spaces and controls gone.
std::string plain_address(std::string_view value) {
  std::string decoded;
  for (std::size_t at = 0; at < value.size();) {
    const auto length = value[at] == '&' ? reference_length(value.substr(at)) : 0;
    if (length > 0) {
      decoded += decoded_reference(value.substr(at, length));
      at += length;
    } else {
      decoded += value[at++];
    }
  }
  std::erase_if(decoded, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
  return base::ascii_lower(decoded);
}

bool safe_address(std::string_view value, bool link) {
  const auto address = plain_address(value);
  if (address.starts_with("https://") || address.starts_with("http://")) return true;
  return link && address.starts_with("mailto:");
}

struct Attribute {
  std::string name;
  std::string_view value;
};

bool allowed(std::string_view element, const Attribute& attribute) {
  constexpr std::array<std::string_view, 3> kAnywhere{"title", "dir", "lang"};
  constexpr std::array<std::string_view, 4> kImage{"id", "alt", "width", "height"};
  constexpr std::array<std::string_view, 2> kCell{"colspan", "rowspan"};
  if (is_one_of(kAnywhere, attribute.name)) return true;
  if (element == "a" && attribute.name == "href") return safe_address(attribute.value, true);
  if (element == "img" && attribute.name == "src") return safe_address(attribute.value, false);
  if (element == "img") return is_one_of(kImage, attribute.name);
  if (element == "td" || element == "th") return is_one_of(kCell, attribute.name);
  if (element == "ol") return attribute.name == "start";
  return false;
}

struct Tag {
  std::string name;
  bool end = false;
  std::vector<Attribute> attributes;
};

class Sanitizer {
 public:
  explicit Sanitizer(std::string_view in) : in_(in) {}

  std::string run() {
    while (!in_.empty()) {
      const auto angle = std::min(in_.find('<'), in_.size());
      append_text(out_, in_.substr(0, angle));
      in_.remove_prefix(angle);
      if (!in_.empty()) markup();
    }
    while (!open_.empty()) close_last();
    return std::move(out_);
  }

 private:
  /// At a '<'.
  void markup() {
    if (in_.starts_with("<!--")) return skip_behind("-->", 4);
    if (in_.starts_with("<!") || in_.starts_with("<?")) return skip_behind(">", 2);
    const bool end = in_.starts_with("</");
    const std::size_t name_at = end ? 2 : 1;
    if (name_at >= in_.size() || !is_letter(in_[name_at])) {
      if (end) return skip_behind(">", 2);
      out_ += "&lt;";
      in_.remove_prefix(1);
      return;
    }
    in_.remove_prefix(name_at);
    const auto tag = read_tag(end);
    if (tag) emit(*tag);
  }

  void skip_behind(std::string_view end, std::size_t from) {
    const auto found = in_.find(end, from);
    in_ = found == std::string_view::npos ? std::string_view() : in_.substr(found + end.size());
  }

  void skip_space() {
    while (!in_.empty() && (is_space(in_.front()) || in_.front() == '/')) in_.remove_prefix(1);
  }

  std::string_view take_until(auto&& stop) {
    std::size_t at = 0;
    while (at < in_.size() && !stop(in_[at])) ++at;
    const auto taken = in_.substr(0, at);
    in_.remove_prefix(at);
    return taken;
  }

  std::string_view quoted_value(char quote) {
    in_.remove_prefix(1);
    const auto value = take_until([quote](char c) { return c == quote; });
    if (!in_.empty()) in_.remove_prefix(1);
    return value;
  }

  std::string_view attribute_value() {
    take_until([](char c) { return !is_space(c); });
    if (!in_.starts_with('=')) return {};
    in_.remove_prefix(1);
    take_until([](char c) { return !is_space(c); });
    if (in_.starts_with('"') || in_.starts_with('\'')) return quoted_value(in_.front());
    return take_until([](char c) { return is_space(c) || c == '>'; });
  }

  /// Behind '<' or '</'. nullopt for a tag that never ends: browsers drop it as well.
  std::optional<Tag> read_tag(bool end) {
    Tag tag;
    tag.end = end;
    const auto name = take_until([](char c) { return is_space(c) || c == '/' || c == '>'; });
    tag.name = base::ascii_lower(name);
    for (skip_space(); !in_.empty() && in_.front() != '>'; skip_space()) {
      Attribute attribute;
      const auto begin = in_;
      in_.remove_prefix(1);  // a first '=' belongs to the name
      take_until([](char c) { return is_space(c) || c == '/' || c == '>' || c == '='; });
      attribute.name = base::ascii_lower(begin.substr(0, begin.size() - in_.size()));
      attribute.value = attribute_value();
      tag.attributes.push_back(std::move(attribute));
    }
    if (in_.empty()) return std::nullopt;
    in_.remove_prefix(1);
    return tag;
  }

  void emit(const Tag& tag) {
    if (is_one_of(kDropped, tag.name)) {
      if (!tag.end) skip_content(tag.name);
    } else if (allowed(tag.name)) {
      tag.end ? end(tag.name) : begin(tag);
    }
  }

  /// Up to and including the end tag of `name`, or to the end.
  void skip_content(std::string_view name) {
    while (!in_.empty()) {
      const auto found = in_.find("</");
      if (found == std::string_view::npos) break;
      in_.remove_prefix(found + 2);
      if (!base::ascii_iequals(in_.substr(0, name.size()), name)) continue;
      const auto behind = in_.substr(std::min(name.size(), in_.size()));
      if (!behind.empty() && !is_space(behind.front()) && behind.front() != '>' &&
          behind.front() != '/') {
        continue;
      }
      return skip_behind(">", 0);
    }
    in_ = {};
  }

  void begin(const Tag& tag) {
    const bool is_void = is_one_of(kVoid, tag.name);
    if (!is_void && open_.size() >= kDepthMax) return;
    out_.append("<").append(tag.name);
    std::vector<std::string_view> seen;
    for (const auto& attribute : tag.attributes) {
      if (!allowed(tag.name, attribute) || is_one_of(seen, attribute.name)) continue;
      seen.push_back(attribute.name);
      out_.append(" ").append(attribute.name).append("=\"");
      append_escaped(out_, attribute.value);
      out_ += '"';
    }
    out_ += '>';
    if (!is_void) open_.push_back(tag.name);
  }

  void end(const std::string& name) {
    if (std::ranges::find(open_, name) == open_.end()) return;
    while (open_.back() != name) close_last();
    close_last();
  }

  void close_last() {
    out_.append("</").append(open_.back()).append(">");
    open_.pop_back();
  }

  std::string_view in_;
  std::string out_;
  std::vector<std::string> open_;
};

}  // namespace

std::string sanitize_html(std::string_view html) { return Sanitizer(html).run(); }

}  // namespace fanfare::communication::chat
