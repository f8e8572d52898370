#pragma once
/// Answers of the operations API for people: tables and lines. Pure.
#include <string>

#include "cli/console.h"
#include "cli/options.h"
#include "json/value.h"

namespace fanfare::cli {

std::string events_table(const json::Value& answer);
std::string attempts_table(const json::Value& answer);
std::string dead_letters_table(const json::Value& answer);
std::string queues_table(const json::Value& answer);
std::string status_text(const json::Value& answer);

/// One line of `events tail`: `kind` is event or attempt, `data` its JSON.
std::string tail_line(const std::string& kind, const std::string& data, Output output,
                      Colour colour);

}  // namespace fanfare::cli
