#include "cli/event_lines.h"

#include "cli/resources.h"

namespace fanfare::cli {
namespace {

/// Events may be nested as deeply as the server takes them, plus what is around them.
constexpr int kDepthMax = 256;

/// The first of several paths that has a text: schemas name the same thing differently.
std::string first_of(const json::Value& value, std::initializer_list<std::string_view> paths) {
  for (const auto path : paths) {
    if (auto text = text_at(value, path); !text.empty()) return text;
  }
  return {};
}

/// `2024-05-14T09:30:00.123Z`: milliseconds are enough for people.
std::string short_time(const std::string& time) {
  const auto dot = time.find('.');
  if (dot == std::string::npos || time.size() < dot + 5) return time;
  return time.substr(0, dot + 4) + "Z";
}

/// At most two decimals.
std::string short_number(const std::string& number) {
  const auto dot = number.find('.');
  return dot == std::string::npos ? number : number.substr(0, dot + 3);
}

std::string joined(const json::Value* list) {
  std::string out;
  const auto* items = list == nullptr ? nullptr : list->if_array();
  if (items == nullptr) return out;
  for (const auto& item : *items) {
    const auto* text = item.if_string();
    if (text != nullptr) out += (out.empty() ? "" : ", ") + *text;
  }
  return out;
}

template <class Row>
std::string table_of(const json::Value& answer, std::vector<std::string> titles, Row row) {
  Table table(std::move(titles));
  const auto* value = answer.find("value");
  const auto* items = value == nullptr ? nullptr : value->if_array();
  if (items != nullptr) {
    for (const auto& item : *items) table.add(row(item));
  }
  return table.empty() ? "None.\n" : table.text();
}

Paint paint_of(const std::string& verdict) {
  if (verdict == "Done") return Paint::Green;
  return verdict == "Retry" ? Paint::Yellow : Paint::Red;
}

std::string event_line(const json::Value& event, Colour colour) {
  const auto to = joined(event.find("eventSubscriptions"));
  return painted(colour, Paint::Dim, short_time(text_at(event, "published"))) + " " +
         painted(colour, Paint::Cyan, "event") + "    " + printable(text_at(event, "topic")) + " " +
         painted(colour, Paint::Bold,
                 printable(first_of(event, {"event.eventType", "event.type"}))) +
         " " + printable(text_at(event, "event.subject")) + " " +
         painted(colour, Paint::Dim, printable(text_at(event, "event.id"))) + " -> " +
         (to.empty() ? "nobody" : printable(to)) + '\n';
}

std::string attempt_line(const json::Value& attempt, Colour colour) {
  const auto verdict = text_at(attempt, "verdict");
  std::string line =
      painted(colour, Paint::Dim, short_time(text_at(attempt, "time"))) + " " +
      painted(colour, paint_of(verdict), "attempt") + "  " + printable(text_at(attempt, "topic")) +
      " " + printable(text_at(attempt, "eventSubscription")) + " #" + text_at(attempt, "attempt") +
      " " + printable(text_at(attempt, "outcome")) + " " + text_at(attempt, "status") + " " +
      short_number(text_at(attempt, "latencyInMs")) + " ms " +
      painted(colour, paint_of(verdict), printable(verdict));
  if (const auto due = text_at(attempt, "due"); !due.empty()) line += " until " + short_time(due);
  return line + " " + painted(colour, Paint::Dim, printable(text_at(attempt, "eventId"))) + '\n';
}

}  // namespace

std::string events_table(const json::Value& answer) {
  return table_of(answer, {"PUBLISHED", "TOPIC", "TYPE", "SUBJECT", "ID", "TO"},
                  [](const json::Value& item) -> std::vector<std::string> {
                    return {short_time(text_at(item, "published")),
                            text_at(item, "topic"),
                            first_of(item, {"event.eventType", "event.type"}),
                            text_at(item, "event.subject"),
                            text_at(item, "event.id"),
                            joined(item.find("eventSubscriptions"))};
                  });
}

std::string attempts_table(const json::Value& answer) {
  return table_of(answer,
                  {"TIME", "TOPIC", "SUBSCRIPTION", "EVENT", "NO", "OUTCOME", "STATUS", "MS",
                   "VERDICT", "DUE", "REASON"},
                  [](const json::Value& item) -> std::vector<std::string> {
                    return {short_time(text_at(item, "time")),
                            text_at(item, "topic"),
                            text_at(item, "eventSubscription"),
                            text_at(item, "eventId"),
                            text_at(item, "attempt"),
                            text_at(item, "outcome"),
                            text_at(item, "status"),
                            short_number(text_at(item, "latencyInMs")),
                            text_at(item, "verdict"),
                            short_time(text_at(item, "due")),
                            text_at(item, "reason")};
                  });
}

std::string dead_letters_table(const json::Value& answer) {
  return table_of(answer, {"TIME", "SUBSCRIPTION", "CONTAINER", "BYTES", "NAME"},
                  [](const json::Value& item) -> std::vector<std::string> {
                    return {short_time(text_at(item, "time")), text_at(item, "eventSubscription"),
                            text_at(item, "container"), text_at(item, "bytes"),
                            text_at(item, "name")};
                  });
}

std::string queues_table(const json::Value& answer) {
  return table_of(answer, {"TOPIC", "SUBSCRIPTION", "PENDING", "LEASED", "OLDEST", "NEXT DUE"},
                  [](const json::Value& item) -> std::vector<std::string> {
                    return {text_at(item, "topic"),
                            text_at(item, "eventSubscription"),
                            text_at(item, "pending"),
                            text_at(item, "leased"),
                            short_time(text_at(item, "oldestPublished")),
                            short_time(text_at(item, "nextDue"))};
                  });
}

std::string status_text(const json::Value& answer) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"version", "version"},
      {"started", "started"},
      {"time", "now"},
      {"virtual clock", "virtualClock"},
      {"topics", "topics"},
      {"subscriptions", "eventSubscriptions"},
      {"pending", "pending"},
      {"durability", "store.durability"},
      {"log bytes", "store.bytes"},
      {"log records", "store.nextPosition"}};
  std::string out;
  for (const auto& [title, path] : rows) {
    out += std::string(title) + std::string(15 - title.size(), ' ') +
           printable(text_at(answer, path)) + '\n';
  }
  return out;
}

std::string tail_line(const std::string& kind, const std::string& data, Output output,
                      Colour colour) {
  const auto value = json::parse(data, kDepthMax);
  if (!value) return {};
  if (output == Output::Json) {
    return json::write(json::Value::object({{kind, *value}})) + '\n';
  }
  if (kind == "event") return event_line(*value, colour);
  return kind == "attempt" ? attempt_line(*value, colour) : std::string();
}

}  // namespace fanfare::cli
