#include "cli/console.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/event_lines.h"

namespace fanfare::cli {
namespace {

TEST(PrintableTest, control_characters_come_out_as_text) {
  EXPECT_EQ(printable("a\x1b[31mb\r\x7f"), "a\\x1b[31mb\\x0d\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable("\xC2\xA0\xC3\xA4"), "\xC2\xA0\xC3\xA4");
  EXPECT_EQ(printable("a\n\tb"), "a\\x0a\\x09b");
  EXPECT_EQ(printable("a\n\tb", Lines::Keep), "a\n\tb");
  EXPECT_EQ(printable("\xC2"), "\xC2");
}

TEST(TableTest, columns_are_as_wide_as_their_widest_cell_in_characters) {
  Table table({"NAME", "N"});
  table.add({"m\xC3\xBCnchen", "1"});
  table.add({"x", ""});
  EXPECT_EQ(table.text(), "NAME     N\nm\xC3\xBCnchen  1\nx\n");
}

TEST(TableTest, cells_cannot_move_the_cursor) {
  Table table({"A"});
  table.add({"\x1b[2J\n"});
  EXPECT_EQ(table.text(), "A\n\\x1b[2J\\x0a\n");
}

TEST(ReportTest, a_failure_is_printed_with_its_hint_and_gives_the_exit_status) {
  std::ostringstream out, err;
  Console console{out, err};
  EXPECT_EQ(report(console, Failure{Exit::Unreachable, "no answer", "Start it."}), 3);
  EXPECT_EQ(err.str(), "fanfare: no answer\nStart it.\n");
  EXPECT_EQ(out.str(), "");
}

TEST(PaintTest, colour_is_used_only_where_it_is_on) {
  EXPECT_EQ(painted(Colour::Off, Paint::Red, "x"), "x");
  EXPECT_EQ(painted(Colour::On, Paint::Red, "x"), "\x1b[31mx\x1b[0m");
}

json::Value parsed(std::string_view text) { return *json::parse(text); }

TEST(EventLinesTest, events_of_both_schemas_share_a_table) {
  const auto answer = parsed(R"({"value":[
    {"position":2,"index":0,"topic":"t","published":"2024-05-14T09:30:00.1234567Z",
     "eventSubscriptions":["a","b"],"event":{"id":"1","eventType":"T","subject":"s"}},
    {"position":1,"index":0,"topic":"c","published":"2024-05-14T09:30:00Z",
     "eventSubscriptions":[],"event":{"id":"2","type":"C"}}]})");
  EXPECT_EQ(events_table(answer),
            "PUBLISHED                 TOPIC  TYPE  SUBJECT  ID  TO\n"
            "2024-05-14T09:30:00.123Z  t      T     s        1   a, b\n"
            "2024-05-14T09:30:00Z      c      C              2\n");
}

TEST(EventLinesTest, an_empty_list_says_so) {
  EXPECT_EQ(events_table(parsed(R"({"value":[]})")), "None.\n");
  EXPECT_EQ(queues_table(parsed(R"({"value":[]})")), "None.\n");
}

TEST(EventLinesTest, attempts_show_what_follows) {
  const auto answer = parsed(R"({"value":[{"time":"2024-05-14T09:30:00.5000000Z","topic":"t",
    "eventSubscription":"s","eventId":"1","position":1,"index":0,"attempt":1,"outcome":"Busy",
    "status":503,"latencyInMs":12,"verdict":"Retry","due":"2024-05-14T09:30:10.0000000Z"}]})");
  EXPECT_EQ(attempts_table(answer),
            "TIME                      TOPIC  SUBSCRIPTION  EVENT  NO  OUTCOME  STATUS  MS  VERDICT"
            "  DUE                       REASON\n"
            "2024-05-14T09:30:00.500Z  t      s             1      1   Busy     503     12  Retry  "
            "  2024-05-14T09:30:10.000Z\n");
}

TEST(EventLinesTest, tail_shows_an_event_and_an_attempt_in_a_line_each) {
  EXPECT_EQ(tail_line("event",
                      R"({"topic":"t","published":"2024-05-14T09:30:00.1234567Z",)"
                      R"("eventSubscriptions":["a"],"event":{"id":"1","type":"T","subject":"s"}})",
                      Output::Table, Colour::Off),
            "2024-05-14T09:30:00.123Z event    t T s 1 -> a\n");
  EXPECT_EQ(tail_line("attempt",
                      R"({"time":"2024-05-14T09:30:00Z","topic":"t","eventSubscription":"a",)"
                      R"("eventId":"1","attempt":1,"outcome":"Success","status":200,)"
                      R"("latencyInMs":3,"verdict":"Done"})",
                      Output::Table, Colour::Off),
            "2024-05-14T09:30:00Z attempt  t a #1 Success 200 3 ms Done 1\n");
  EXPECT_EQ(tail_line("event", R"({"topic":"t"})", Output::Json, Colour::Off),
            "{\"event\":{\"topic\":\"t\"}}\n");
  EXPECT_EQ(tail_line("event", "broken", Output::Table, Colour::Off), "");
}

TEST(EventLinesTest, an_events_text_cannot_move_the_cursor) {
  const auto line =
      tail_line("event", R"({"topic":"t","event":{"type":"\u001b[2J","subject":"a\nb"}})",
                Output::Table, Colour::Off);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

}  // namespace
}  // namespace fanfare::cli
