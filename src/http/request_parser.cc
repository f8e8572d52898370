#include "http/request_parser.h"

#include <charconv>

#include "base/bytes.h"
#include "http/head_tokens.h"
#include "http/target_check.h"

namespace fanfare::http {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_digits(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

/// What the request line says about itself, seen before llhttp, which would read some of it kindly.
/// Refused lines have a status.
Refusal check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  if (first == 0 || first == std::string_view::npos) return {400, "malformed request line"};
  if (!is_header_name(line.substr(0, first))) return {400, "malformed method"};
  const std::size_t last = line.rfind(' ');
  const std::string_view version = line.substr(last + 1);
  const bool three_parts = last > first && line.find(' ', first + 1) == last && last > first + 1;
  const bool named = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                     version[6] == '.' && is_digit(version[7]);
  if (!three_parts) return {400, "malformed request line"};
  if (!named) return {400, "malformed version"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return {505, "only HTTP/1.1 and 1.0"};
  return {0, {}};
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool is_ipv6_byte(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  if (!is_digits(text) || text.size() > 5) return false;
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  port = static_cast<std::uint16_t>(value);
  return value <= 65535;
}

/// "http://authority" of an absolute-form target; empty when it is none.
std::string_view authority_of(std::string_view target, std::string_view& scheme) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return {};
  scheme = target.substr(0, colon);
  const std::string_view rest = target.substr(colon + 3);
  return rest.substr(0, rest.find_first_of("/?"));
}

/// Calls `each` with the trimmed elements of a comma-separated list.
template <class Each>
void for_each_element(std::string_view list, Each each) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view element = list.substr(0, comma);
    while (element.starts_with(' ') || element.starts_with('\t')) element.remove_prefix(1);
    while (element.ends_with(' ') || element.ends_with('\t')) element.remove_suffix(1);
    each(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

bool parse_authority(std::string_view text, std::string& host, std::uint16_t& port) {
  std::string_view name;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    name = text.substr(1, end - 1);
    for (const char c : name) {
      if (!is_ipv6_byte(c)) return false;
    }
    text.remove_prefix(end + 1);
  } else {
    name = text.substr(0, text.find(':'));
    for (const char c : name) {
      if (!is_name_byte(c)) return false;
    }
    text.remove_prefix(name.size());
  }
  if (name.empty() || name.size() > 255) return false;
  if (!text.empty() && (text[0] != ':' || !parse_port(text.substr(1), port))) return false;
  host = base::ascii_lower(name);
  return true;
}

void RequestParser::reset() {
  scanner_.reset();
  skipped_ = 0;
  start_line_checked_ = false;
  framing_ = {};
  host_ = {};
  host_count_ = content_length_count_ = transfer_encoding_count_ = 0;
  wants_close_ = wants_keep_alive_ = false;
}

bool RequestParser::fail(int status, std::string_view reason) {
  refusal_ = {status, reason};
  return false;
}

ParseState RequestParser::refuse(int status, std::string_view reason) {
  refusal_ = {status, reason};
  return ParseState::Refused;
}

ParseState RequestParser::feed(std::string_view bytes) {
  if (skipped_ == 0) {
    if (bytes == "\r") return ParseState::NeedMore;
    if (bytes.starts_with("\r\n")) skipped_ = 2;  // one empty line is to be ignored (RFC 9112 2.2)
  }
  const std::string_view message = bytes.substr(skipped_);
  if (message.empty()) return ParseState::NeedMore;
  const HeadState state = scanner_.scan(message);
  if (scanner_.has_start_line() && !start_line_checked_) {
    const Refusal refusal = check_request_line(message.substr(0, scanner_.start_line_bytes()));
    if (refusal.status != 0) return refuse(refusal.status, refusal.reason);
    start_line_checked_ = true;
  }
  switch (state) {
    case HeadState::NeedMore:
      return ParseState::NeedMore;
    case HeadState::Malformed:
      return refuse(400, "malformed head");
    case HeadState::StartLineTooLong:
      return refuse(414, "request line too long");
    case HeadState::FieldsTooLarge:
      return refuse(431, "header fields too large");
    case HeadState::Complete:
      break;
  }
  return parse(message.substr(0, scanner_.head_bytes()));
}

ParseState RequestParser::parse(std::string_view head) {
  request_ = Request{};
  const HeadTokens tokens =
      tokenize_head(HeadKind::Request, head, scanner_.field_count(), request_.headers);
  if (tokens.fault == TokenFault::Method) return refuse(501, "unknown method");
  if (tokens.fault != TokenFault::None) return refuse(400, "malformed head");
  request_.method = parse_method(tokens.method);
  request_.target.assign(tokens.target);
  framing_.http10 = tokens.version_minor == 0;
  if (tokens.method == "CONNECT") return refuse(501, "this is no proxy");
  const bool taken = read_fields() && check_framing() && check_host();
  return taken ? ParseState::Complete : ParseState::Refused;
}

bool RequestParser::read_fields() {
  for (const Headers::Field field : request_.headers) {
    if (!read_field(field.name, field.value)) return false;
  }
  return true;
}

bool RequestParser::read_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (!base::ascii_iequals(name, "host")) return true;
      host_ = value;
      ++host_count_;
      return true;
    case 6:
      if (!base::ascii_iequals(name, "expect")) return true;
      framing_.expects_continue = true;
      return base::ascii_iequals(value, "100-continue") || fail(417, "unknown expectation");
    case 10:
      return !base::ascii_iequals(name, "connection") || read_connection(value);
    case 14:
      return !base::ascii_iequals(name, "content-length") || read_content_length(value);
    case 16:
      if (!base::ascii_iequals(name, "content-encoding")) return true;
      return value.empty() || base::ascii_iequals(value, "identity") ||
             fail(415, "content codings are not supported");
    case 17:
      return !base::ascii_iequals(name, "transfer-encoding") || read_transfer_encoding(value);
    default:
      return true;
  }
}

bool RequestParser::read_content_length(std::string_view value) {
  if (++content_length_count_ > 1) return fail(400, "more than one Content-Length");
  if (!is_digits(value)) return fail(400, "Content-Length is not a number");
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), framing_.content_length);
  if (error != std::errc() || end != value.data() + value.size()) {
    return fail(413, "Content-Length is too large");
  }
  framing_.body = BodyFraming::Length;
  return true;
}

bool RequestParser::read_transfer_encoding(std::string_view value) {
  const bool once = ++transfer_encoding_count_ == 1;
  if (!once || !base::ascii_iequals(value, "chunked")) {
    return fail(501, "the only transfer coding is chunked, once");
  }
  framing_.body = BodyFraming::Chunked;
  return true;
}

bool RequestParser::read_connection(std::string_view value) {
  for_each_element(value, [this](std::string_view option) {
    wants_close_ |= base::ascii_iequals(option, "close");
    wants_keep_alive_ |= base::ascii_iequals(option, "keep-alive");
  });
  return true;
}

bool RequestParser::check_framing() {
  if (transfer_encoding_count_ > 0 && content_length_count_ > 0) {
    return fail(400, "both Content-Length and Transfer-Encoding");
  }
  if (transfer_encoding_count_ > 0 && framing_.http10) {
    return fail(400, "Transfer-Encoding in HTTP/1.0");
  }
  framing_.keep_alive = !wants_close_ && (!framing_.http10 || wants_keep_alive_);
  framing_.expects_continue &= !framing_.http10 && framing_.body != BodyFraming::None;
  return true;
}

bool RequestParser::check_host() {
  std::uint16_t port = 0;
  if (host_count_ > 1) return fail(400, "more than one Host");
  if (host_count_ == 0 && !framing_.http10) return fail(400, "no Host");
  if (host_count_ == 1 && !parse_authority(host_, request_.host, port)) {
    return fail(400, "malformed Host");
  }
  const std::string_view target = request_.target;
  if (target == "*") {
    return request_.method == Method::Options || fail(400, "malformed request target");
  }
  if (!target.starts_with('/')) {
    std::string_view scheme;
    const std::string_view authority = authority_of(target, scheme);
    const bool http = base::ascii_iequals(scheme, "http") || base::ascii_iequals(scheme, "https");
    if (!http || authority.empty()) return fail(400, "malformed request target");
    if (!base::ascii_iequals(authority, host_)) return fail(400, "target and Host differ");
  }
  return (is_routable_path(request_.path()) && is_query(request_.query())) ||
         fail(400, "malformed request target");
}

}  // namespace fanfare::http
