#pragma once
/// Puts a response's head on the wire. Pure.
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace fanfare::http {

enum class ResponseFraming {
  Length,     ///< Content-Length
  NoContent,  ///< a status without a body (1xx, 204, 304)
  Chunked,
  UntilClose,  ///< a stream to an HTTP/1.0 client
  Upgrade,     ///< 101: another protocol follows the head
};

struct ResponseHead {
  ResponseFraming framing = ResponseFraming::Length;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool http10 = false;  ///< what the request spoke: kept-alive connections are announced
};

/// Appends status line, Date, framing and `headers` to `out`. Fields that are the connection's
/// affair (Connection, Content-Length, Transfer-Encoding, Date) are not taken from `headers`.
void append_response_head(std::string& out, int status, const Headers& headers,
                          const ResponseHead& head);

bool has_no_content(int status);

/// Appends the framing of one chunk around `piece`, which must not be empty.
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace fanfare::http
