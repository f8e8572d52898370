#include "http/head_tokens.h"

#include <llhttp.h>

namespace fanfare::http {

namespace {

struct Sink {
  HeadTokens tokens;
  Headers* headers = nullptr;
  std::string_view name;
  std::string_view value;
  bool complete = false;
};

Sink& sink_of(llhttp_t* parser) { return *static_cast<Sink*>(parser->data); }

std::string_view trim(std::string_view value) {
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return value;
}

int on_method(llhttp_t* parser, const char* at, std::size_t length) {
  sink_of(parser).tokens.method = {at, length};
  return 0;
}

int on_target(llhttp_t* parser, const char* at, std::size_t length) {
  sink_of(parser).tokens.target = {at, length};
  return 0;
}

int on_name(llhttp_t* parser, const char* at, std::size_t length) {
  Sink& sink = sink_of(parser);
  sink.name = {at, length};
  sink.value = {};
  return 0;
}

int on_value(llhttp_t* parser, const char* at, std::size_t length) {
  sink_of(parser).value = {at, length};
  return 0;
}

/// Comes for empty values too, which on_value does not. llhttp takes a line that begins with the
/// colon without calling on_name: there is no such field.
int on_field_complete(llhttp_t* parser) {
  Sink& sink = sink_of(parser);
  if (sink.name.empty()) return HPE_USER;
  sink.headers->add_checked(sink.name, trim(sink.value));
  sink.name = {};
  return 0;
}

/// The body is framed by our own stricter rules, so llhttp's part ends with the head.
int on_head_complete(llhttp_t* parser) {
  sink_of(parser).complete = true;
  return HPE_PAUSED;
}

llhttp_settings_t make_settings() {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_method = on_method;
  settings.on_url = on_target;
  settings.on_header_field = on_name;
  settings.on_header_value = on_value;
  settings.on_header_value_complete = on_field_complete;
  settings.on_headers_complete = on_head_complete;
  return settings;
}

TokenFault fault_of(llhttp_errno_t error) {
  switch (error) {
    case HPE_INVALID_METHOD:
      return TokenFault::Method;
    case HPE_INVALID_VERSION:
      return TokenFault::Version;
    default:
      return TokenFault::Other;
  }
}

}  // namespace

HeadTokens tokenize_head(HeadKind kind, std::string_view head, std::size_t field_count,
                         Headers& headers) {
  static const llhttp_settings_t settings = make_settings();
  headers.clear();
  headers.reserve(field_count, head.size());
  Sink sink;
  sink.headers = &headers;
  llhttp_t parser;
  llhttp_init(&parser, kind == HeadKind::Request ? HTTP_REQUEST : HTTP_RESPONSE, &settings);
  parser.data = &sink;
  const llhttp_errno_t error = llhttp_execute(&parser, head.data(), head.size());
  if (!sink.complete) {
    sink.tokens.fault = fault_of(error);
    return sink.tokens;
  }
  sink.tokens.status = parser.status_code;
  sink.tokens.version_major = parser.http_major;
  sink.tokens.version_minor = parser.http_minor;
  return sink.tokens;
}

}  // namespace fanfare::http
