#pragma once
/// Requests signed with an access key (HMAC-SHA256), as the clients of Communication Services do:
///
///   x-ms-date: DATE
///   x-ms-content-sha256: base64(SHA-256(body))
///   Authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=BASE64
///
/// The signature is over `VERB LF PATH?QUERY LF VALUES`, the values of the named headers joined by
/// semicolons, under the base64-decoded key. Source: the published tutorial and the clients' code.
#include <string>
#include <string_view>

#include "auth/keys.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace fanfare::auth {

inline constexpr std::string_view kHmacScheme = "HMAC-SHA256";

/// Whether the request presents a signature at all (rightly or not).
bool is_signed_request(const http::Request& request);

/// Which key it was that signed a request.
enum class SigningKey { Key1, Key2 };

/// The signed headers must hold host, x-ms-content-sha256 and x-ms-date or Date. Clients differ in
/// what they sign and all of it is accepted: the target as sent, its query written again as a form,
/// its escapes decoded (where that makes no delimiter), without its first slash (not over TLS), the
/// host without its port or with the default one. The same signature may come again: retries do.
///
/// Errors: Unauthorized. The message tells which part is wrong, never a key or a signature.
base::Result<SigningKey> verify_signed_request(const http::Request& request, const KeyPair& keys,
                                               base::TimePoint now, base::Duration clock_skew);

/// Sets the three headers over the request's method, target, Host header and body.
/// Errors: InvalidArgument when `key` is not base64 or the Host header is missing.
base::Result<void> sign_request(http::Request& request, std::string_view key, base::TimePoint now);

}  // namespace fanfare::auth
