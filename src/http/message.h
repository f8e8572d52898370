#pragma once
/// What travels: methods, header fields, requests and responses. Values without sockets; every
/// module that speaks HTTP shares them.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async.h"

namespace fanfare::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete, Options, Other };

std::string_view to_string(Method method);  ///< "GET"; Other is "OTHER"
Method parse_method(std::string_view text);

/// An ordered list of header fields. Names compare without case; repeated names are kept apart.
/// All text lies in one block, so a list costs two allocations and moves cheaply. Views stay valid
/// until the list is changed, moved or destroyed.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  /// The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// Like find(), an absent field being the empty text.
  std::string_view get(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  std::size_t count(std::string_view name) const;

  /// Appends. What cannot stand in a header field (CR, LF, NUL, other control characters; a name
  /// that is no token) never reaches the wire: the field is dropped and false returned.
  bool add(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one, or appends it.
  bool set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  std::size_t size() const { return spans_.size(); }
  bool empty() const { return spans_.empty(); }
  Field operator[](std::size_t index) const;

  class Iterator {
   public:
    Iterator(const Headers* headers, std::size_t index) : headers_(headers), index_(index) {}
    Field operator*() const { return (*headers_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Headers* headers_;
    std::size_t index_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  void clear();
  void reserve(std::size_t fields, std::size_t text_bytes);

  /// For parsers that have checked the field already.
  void add_checked(std::string_view name, std::string_view value);

 private:
  struct Span {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  std::string_view text(std::uint32_t at, std::uint32_t size) const {
    return {text_.data() + at, size};
  }

  std::string text_;
  std::vector<Span> spans_;
};

/// True for a name and value that may stand in a header field.
bool is_header_name(std::string_view name);
bool is_header_value(std::string_view value);

/// Bytes of a message, contiguous, with base::kReadPadding readable zero bytes after the end.
/// Moves; never copies by itself. To keep one: std::make_shared<const http::Body>(std::move(body)).
class Body {
 public:
  Body() = default;
  explicit Body(std::string_view bytes);
  Body(Body&& other) noexcept;
  Body& operator=(Body&& other) noexcept;

  std::string_view view() const { return {data(), size_}; }
  const char* data() const { return bytes_ ? bytes_.get() : kEmpty; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// For whoever fills it. prepare() makes room for `more` bytes past the end, commit() takes
  /// the first of them over and writes the padding behind.
  void reserve(std::size_t bytes);
  char* prepare(std::size_t more);
  std::size_t room() const { return capacity_ - size_; }
  void commit(std::size_t count);
  void append(std::string_view bytes);

 private:
  static const char kEmpty[];
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // without the padding
};

/// A `{name}` of the route that matched, percent-decoded.
struct PathParameter {
  std::string name;
  std::string value;
};

/// A request whose framing, Host and path have passed the parser's strict checks.
struct Request {
  Method method = Method::Get;
  std::string target;  ///< as sent: "/topics/a?x=1", "http://host/a" or "*"
  Headers headers;
  Body body;
  bool tls = false;
  std::string host;              ///< lower case, without port or brackets; empty only in HTTP/1.0
  std::uint16_t local_port = 0;  ///< the port it arrived at
  std::string peer;              ///< the client's address as text, without port
  std::vector<PathParameter> parameters;  ///< filled by the Router

  /// The path as sent, still percent-encoded, starting with exactly one slash: slashes repeated at
  /// the start are dropped here, since some clients join their parts that way.
  std::string_view path() const;
  /// After the first '?', without it; empty when there is none.
  std::string_view query() const;
  /// A path parameter's value; empty when the route has none of that name.
  std::string_view parameter(std::string_view name) const;
};

/// The far end of a streamed response. Used on the connection's executor only; may be kept for as
/// long as one likes.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  /// Sends a piece at once and waits until the socket took it. False: the client has gone, the
  /// server is closing or the client reads too slowly; nothing more will be sent.
  virtual base::Async<bool> write(std::string piece) = 0;

  virtual bool open() const = 0;

  /// Called once, soon after the stream stops being open(); at once when it is not.
  /// Whoever waits for something else than write() is woken by it.
  virtual void on_close(std::function<void()> closed) = 0;
};

using StreamWriter = std::function<base::Async<void>(std::shared_ptr<ResponseStream>)>;

/// What a response that turns its connection into a WebSocket brings along; made by
/// accept_websocket() (http/websocket.h).
struct WebSocketUpgrade;

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  /// When set, `body` is ignored: the head goes out, then whatever this writes (chunked), and the
  /// response ends when it returns. For server-sent events and live tails.
  StreamWriter stream;
  /// When set, status, headers and this make the connection a WebSocket.
  std::shared_ptr<const WebSocketUpgrade> upgrade;

  static Response text(int status, std::string body);  ///< text/plain; charset=utf-8
  static Response json(int status, std::string body);  ///< application/json; charset=utf-8
  static Response empty(int status);
};

/// The standard reason phrase, or "Unknown".
std::string_view reason_phrase(int status);

}  // namespace fanfare::http
