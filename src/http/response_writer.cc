#include "http/response_writer.h"

#include <array>
#include <charconv>

#include "base/bytes.h"
#include "http/date.h"

namespace fanfare::http {

namespace {

void append_number(std::string& out, std::uint64_t value, int base) {
  std::array<char, 24> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value, base);
  out.append(text.data(), end);
}

bool belongs_to_connection(std::string_view name) {
  switch (name.size()) {
    case 4:
      return base::ascii_iequals(name, "date");
    case 10:
      return base::ascii_iequals(name, "connection");
    case 14:
      return base::ascii_iequals(name, "content-length");
    case 17:
      return base::ascii_iequals(name, "transfer-encoding");
    default:
      return false;
  }
}

void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(status), 10);
  out.append(" ").append(reason_phrase(status)).append("\r\n");
}

void append_framing(std::string& out, const ResponseHead& head) {
  if (head.framing == ResponseFraming::Length) {
    out.append("Content-Length: ");
    append_number(out, head.content_length, 10);
    out.append("\r\n");
  }
  if (head.framing == ResponseFraming::Chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (head.framing == ResponseFraming::Upgrade) {
    out.append("Connection: Upgrade\r\n");
  } else if (!head.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (head.http10) {
    out.append("Connection: keep-alive\r\n");
  }
}

}  // namespace

bool has_no_content(int status) { return status < 200 || status == 204 || status == 304; }

void append_response_head(std::string& out, int status, const Headers& headers,
                          const ResponseHead& head) {
  append_status_line(out, status);
  out.append("Date: ").append(current_http_date()).append("\r\n");
  append_framing(out, head);
  for (const Headers::Field field : headers) {
    if (belongs_to_connection(field.name)) continue;
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out.append("\r\n");
}

void append_chunk(std::string& out, std::string_view piece) {
  append_number(out, piece.size(), 16);
  out.append("\r\n").append(piece).append("\r\n");
}

}  // namespace fanfare::http
