#pragma once
/// What `fanfare serve` prints for people when it takes requests.
#include <string>

#include "cli/console.h"
#include "json/value.h"

namespace fanfare::cli {

/// From the value of `--ready-json`: addresses, topics and keys, how to trust the CA, what to do
/// next.
std::string serve_report(const json::Value& ready, Colour colour);

}  // namespace fanfare::cli
