#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "base/time.h"

namespace fanfare::base {

namespace {

std::atomic<LogLevel> g_level{LogLevel::Info};
std::atomic<LogFormat> g_format{LogFormat::Text};

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = spdlog::stderr_logger_mt("fanfare");
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warn:
      return "warn";
    case LogLevel::Error:
      return "error";
    case LogLevel::Off:
      return "off";
  }
  return "info";
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (u < 0x20 || u == 0x7f) {
      out.append("\\u00");
      out.push_back(hex[u >> 4]);
      out.push_back(hex[u & 15]);
    } else {
      out.push_back(c);
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  append_escaped(out, text);
  out.push_back('"');
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\' || c == 0x7f)
      return false;
  }
  return !text.empty();
}

TimePoint wall() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::string text_line(LogLevel level, std::string_view area, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string line = format_rfc3339(wall(), 3);
  line.append(" ").append(name_of(level)).append(" ").append(area).append(": ").append(message);
  for (const auto& field : fields) {
    line.append(" ").append(field.key).append("=");
    if (is_plain(field.value)) {
      line.append(field.value);
    } else {
      append_quoted(line, field.value);
    }
  }
  return line;
}

std::string json_line(LogLevel level, std::string_view area, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string line = "{\"time\":\"" + format_rfc3339(wall(), 3) + "\",\"level\":\"";
  line.append(name_of(level)).append("\",\"area\":");
  append_quoted(line, area);
  line.append(",\"message\":");
  append_quoted(line, message);
  for (const auto& field : fields) {
    line.append(",");
    append_quoted(line, field.key);
    line.append(":");
    append_quoted(line, field.value);
  }
  return line + "}";
}

}  // namespace

void configure_log(LogLevel level, LogFormat format) {
  g_level = level;
  g_format = format;
}

Result<LogLevel> parse_log_level(std::string_view text) {
  for (const auto level :
       {LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error, LogLevel::Off}) {
    if (name_of(level) == text) return level;
  }
  return invalid("the log level is one of debug, info, warn, error, off");
}

bool log_enabled(LogLevel level) { return level >= g_level.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view area, std::string_view message,
         std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  const auto line = g_format == LogFormat::Json ? json_line(level, area, message, fields)
                                                : text_line(level, area, message, fields);
  sink().log(spdlog::level::critical, line);
}

}  // namespace fanfare::base
