#pragma once
/// The head of a request, from bytes to a Request and the framing of its body, by the strict
/// reading of RFC 9110 and 9112: whatever two parsers could read in two ways is refused. Pure: no
/// socket, no clock. One parser per connection, reset between requests.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head_scanner.h"
#include "http/message.h"

namespace fanfare::http {

/// Why a request is not taken. The connection closes after the answer.
struct Refusal {
  int status = 400;
  std::string_view reason;  ///< a literal, for the answer's text
};

enum class BodyFraming { None, Length, Chunked };

/// How the body travels and what follows the request on the connection.
struct Framing {
  BodyFraming body = BodyFraming::None;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  bool http10 = false;
};

enum class ParseState { NeedMore, Complete, Refused };

class RequestParser {
 public:
  explicit RequestParser(const HeadLimits& limits) : scanner_(limits) {}

  /// `bytes` is everything received since the end of the request before.
  ParseState feed(std::string_view bytes);

  /// Once Complete. head_bytes() counts an empty line that came before the request line.
  std::size_t head_bytes() const { return skipped_ + scanner_.head_bytes(); }
  const Framing& framing() const { return framing_; }
  /// method, target, headers and host are filled.
  Request take_request() { return std::move(request_); }

  /// Once Refused.
  const Refusal& refusal() const { return refusal_; }

  void reset();

 private:
  ParseState refuse(int status, std::string_view reason);
  ParseState parse(std::string_view head);
  bool read_fields();
  bool read_field(std::string_view name, std::string_view value);
  bool read_content_length(std::string_view value);
  bool read_transfer_encoding(std::string_view value);
  bool read_connection(std::string_view value);
  bool check_framing();
  bool check_host();
  bool fail(int status, std::string_view reason);

  HeadScanner scanner_;
  std::size_t skipped_ = 0;
  bool start_line_checked_ = false;
  Request request_;
  Framing framing_;
  Refusal refusal_;
  std::string_view host_;  // of the Host field, within request_.headers
  unsigned host_count_ = 0;
  unsigned content_length_count_ = 0;
  unsigned transfer_encoding_count_ = 0;
  bool wants_close_ = false;
  bool wants_keep_alive_ = false;
};

/// The value of a Host field or authority: a name of letters, digits, '-', '.', '_', '~' or an IPv6
/// literal in brackets, then optionally a port. Fills `host` in lower case, without brackets.
bool parse_authority(std::string_view text, std::string& host, std::uint16_t& port);

}  // namespace fanfare::http
