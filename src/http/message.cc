#include "http/message.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"

namespace fanfare::http {

namespace {

constexpr std::array<std::string_view, 8> kMethodNames = {"GET",   "HEAD",   "POST",    "PUT",
                                                          "PATCH", "DELETE", "OPTIONS", "OTHER"};

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kToken = make_token_table();

bool is_value_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

/// The part of the target that begins with the path: all of an origin form, what follows the
/// authority in an absolute form.
std::string_view path_and_query(std::string_view target) {
  if (target.starts_with('/')) return target;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return target;
  const std::size_t path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

std::string_view to_string(Method method) { return kMethodNames[static_cast<std::size_t>(method)]; }

Method parse_method(std::string_view text) {
  for (std::size_t i = 0; i + 1 < kMethodNames.size(); ++i) {
    if (kMethodNames[i] == text) return static_cast<Method>(i);
  }
  return Method::Other;
}

bool is_header_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

bool is_header_value(std::string_view value) { return std::ranges::all_of(value, is_value_byte); }

Headers::Headers(std::initializer_list<Field> fields) {
  for (const Field& field : fields) add(field.name, field.value);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Span& span : spans_) {
    if (span.name_size == name.size() &&
        base::ascii_iequals(text(span.name_at, span.name_size), name)) {
      return text(span.value_at, span.value_size);
    }
  }
  return std::nullopt;
}

std::string_view Headers::get(std::string_view name) const {
  return find(name).value_or(std::string_view());
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Field field : *this) found += base::ascii_iequals(field.name, name) ? 1 : 0;
  return found;
}

bool Headers::add(std::string_view name, std::string_view value) {
  if (!is_header_name(name) || !is_header_value(value)) return false;
  add_checked(name, value);
  return true;
}

void Headers::add_checked(std::string_view name, std::string_view value) {
  const auto name_at = static_cast<std::uint32_t>(text_.size());
  text_.append(name);
  const auto value_at = static_cast<std::uint32_t>(text_.size());
  text_.append(value);
  spans_.push_back({name_at, static_cast<std::uint32_t>(name.size()), value_at,
                    static_cast<std::uint32_t>(value.size())});
}

bool Headers::set(std::string_view name, std::string_view value) {
  if (!is_header_name(name) || !is_header_value(value)) return false;
  const std::string kept_name(name);  // name or value may be views into this list
  const std::string kept_value(value);
  remove(kept_name);
  add_checked(kept_name, kept_value);
  return true;
}

void Headers::remove(std::string_view name) {
  const std::string kept_name(name);
  std::erase_if(spans_, [&](const Span& span) {
    return base::ascii_iequals(text(span.name_at, span.name_size), kept_name);
  });
}

Headers::Field Headers::operator[](std::size_t index) const {
  const Span& span = spans_[index];
  return {text(span.name_at, span.name_size), text(span.value_at, span.value_size)};
}

void Headers::clear() {
  text_.clear();
  spans_.clear();
}

void Headers::reserve(std::size_t fields, std::size_t text_bytes) {
  spans_.reserve(fields);
  text_.reserve(text_bytes);
}

const char Body::kEmpty[base::kReadPadding] = {};

Body::Body(std::string_view bytes) { append(bytes); }

Body::Body(Body&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Body& Body::operator=(Body&& other) noexcept {
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

void Body::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return;
  auto grown = std::make_unique_for_overwrite<char[]>(bytes + base::kReadPadding);
  if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
  std::memset(grown.get() + size_, 0, base::kReadPadding);
  bytes_ = std::move(grown);
  capacity_ = bytes;
}

char* Body::prepare(std::size_t more) {
  if (room() < more) reserve(std::max(size_ + more, capacity_ * 2));
  return bytes_.get() + size_;
}

void Body::commit(std::size_t count) {
  size_ += count;
  std::memset(bytes_.get() + size_, 0, base::kReadPadding);
}

void Body::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
  commit(bytes.size());
}

std::string_view Request::path() const {
  std::string_view path = path_and_query(target);
  path = path.substr(0, path.find('?'));
  if (path.empty()) return "/";
  while (path.starts_with("//")) path.remove_prefix(1);
  return path;
}

std::string_view Request::query() const {
  const std::string_view rest = path_and_query(target);
  const std::size_t mark = rest.find('?');
  return mark == std::string_view::npos ? std::string_view() : rest.substr(mark + 1);
}

std::string_view Request::parameter(std::string_view name) const {
  for (const PathParameter& candidate : parameters) {
    if (candidate.name == name) return candidate.value;
  }
  return {};
}

Response Response::text(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.add_checked("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

Response Response::json(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.add_checked("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(body);
  return response;
}

Response Response::empty(int status) {
  Response response;
  response.status = status;
  return response;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace fanfare::http
