#pragma once
/// Answers of the management surface: JSON bodies with the headers that all of them carry, and the
/// one table from an error to its status and ARM code:
///   {"error":{"code","message","target"?,"details"?}}
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "json/value.h"

namespace fanfare::management {

http::Response arm_answer(int status, const json::Value& body);
http::Response arm_empty(int status);

http::Response arm_error(int status, std::string_view code, std::string_view message,
                         std::string_view target = {});
/// Internal errors are told without detail; those are for the log.
http::Response arm_error(const base::Error& error);

/// How an error's code and target are put for people: `properties.filter: must be a JSON object`.
std::string arm_message(const base::Error& error);

}  // namespace fanfare::management
