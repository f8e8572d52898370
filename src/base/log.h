#pragma once
/// The structured log: one line an entry, logfmt or JSON, to standard error.
/// Secrets and event content never go in; callers pass ids, counts and reasons.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fanfare::base {

enum class LogLevel { Debug, Info, Warn, Error, Off };
enum class LogFormat { Text, Json };

struct LogField {
  std::string_view key;
  std::string value;
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  template <class N>
    requires std::is_arithmetic_v<N>
  LogField(std::string_view k, N v) : key(k), value(std::to_string(v)) {}
};

void configure_log(LogLevel level, LogFormat format);
Result<LogLevel> parse_log_level(std::string_view text);
bool log_enabled(LogLevel level);

/// `area` is the module (`log`, `delivery`, …), `message` a fixed sentence; what varies goes into
/// fields. Control characters in values are escaped. Thread-safe.
void log(LogLevel level, std::string_view area, std::string_view message,
         std::initializer_list<LogField> fields = {});

}  // namespace fanfare::base
