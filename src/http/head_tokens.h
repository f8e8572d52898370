#pragma once
/// Splits a complete head that has passed the HeadScanner into its fields, by llhttp's grammar.
/// The policy on top is request_parser and response_parser.
#include <string_view>

#include "http/message.h"

namespace fanfare::http {

enum class HeadKind { Request, Response };
enum class TokenFault { None, Method, Version, Other };

struct HeadTokens {
  TokenFault fault = TokenFault::None;
  std::string_view method;  ///< of a request; like `target` a view into the head
  std::string_view target;
  int status = 0;  ///< of a response
  int version_major = 0;
  int version_minor = 0;
};

/// Fills `headers` (cleared before) with values trimmed of spaces and tabs.
HeadTokens tokenize_head(HeadKind kind, std::string_view head, std::size_t field_count,
                         Headers& headers);

}  // namespace fanfare::http
