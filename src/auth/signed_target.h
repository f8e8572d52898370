#pragma once
/// What a client may have written into its signature for the target and the host of a request. The
/// first of each is what was sent; the others are known habits of the published clients.
#include <string>
#include <vector>

#include "http/message.h"

namespace fanfare::auth {

/// Different from each other:
/// - the target as sent;
/// - its query read and written again as a form (`%20` becomes `+`): JavaScript;
/// - its escapes decoded, unless one of them stands for a character that would then divide the
///   target otherwise: Python's asynchronous clients;
/// - over plain HTTP each of these without the first slash: Python.
std::vector<std::string> signed_targets(const http::Request& request);

/// The Host header as sent, without its port, or with the default port.
std::vector<std::string> signed_hosts(const http::Request& request);

}  // namespace fanfare::auth
