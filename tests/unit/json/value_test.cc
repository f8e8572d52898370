#include "json/value.h"

#include <gmock/gmock.h>

#include <limits>
#include <string>

namespace fanfare::json {
namespace {

TEST(Value, WritesWhatItReadsWithNumbersAsTheyCame) {
  const std::string text =
      R"({"b":[1.0,1e400,-0,18446744073709551616],"a":null,"c":true,"d":"\u00e9\"\n","e":{}})";
  const auto value = parse(text);
  ASSERT_TRUE(value);
  EXPECT_EQ(write(*value),
            "{\"b\":[1.0,1e400,-0,18446744073709551616],\"a\":null,\"c\":true,"
            "\"d\":\"é\\\"\\n\",\"e\":{}}");
}

TEST(Value, IndentsByTwoSpacesAndKeepsEmptyContainersTight) {
  const auto value = parse(R"({"a":[1,{"b":2}],"c":[],"d":{}})");
  ASSERT_TRUE(value);
  EXPECT_EQ(
      write_pretty(*value),
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}");
}

TEST(Value, RefusesRepeatedNamesWithTheirPath) {
  const auto value = parse(R"({"a":[{"x":1},{"y":1,"\u0079":2}]})");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().target, "a[1].y");
  EXPECT_THAT(value.error().message, testing::HasSubstr("twice"));
}

TEST(Value, RefusesRepeatedNamesInLargeObjectsToo) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) text += "\"m" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(parse(text + "\"m40\":0}"));
  const auto repeated = parse(text + "\"m3\":0}");
  ASSERT_FALSE(repeated);
  EXPECT_EQ(repeated.error().target, "m3");
}

TEST(Value, ReadsIntegersInEveryFormAndNothingElseAsInteger) {
  const auto integer = [](const char* text) { return parse(text)->as_int(); };
  EXPECT_EQ(integer("3"), 3);
  EXPECT_EQ(integer("3.0"), 3);
  EXPECT_EQ(integer("3e2"), 300);
  EXPECT_EQ(integer("1.2e1"), 12);
  EXPECT_EQ(integer("-0.0"), 0);
  EXPECT_EQ(integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(integer("3.5"), std::nullopt);
  EXPECT_EQ(integer("1e400"), std::nullopt);
  EXPECT_EQ(integer("\"3\""), std::nullopt);
}

TEST(Value, KeepsDoublesShort) {
  EXPECT_EQ(write(Value(0.1)), "0.1");
  EXPECT_EQ(write(Value(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(*parse("2.5")->as_double(), 2.5);
  EXPECT_EQ(parse("true")->as_double(), std::nullopt);
}

TEST(Value, ComparesByMeaning) {
  EXPECT_EQ(*parse(R"({"a":1.0,"b":[true,null]})"), *parse(R"({"b":[true,null],"a":1})"));
  EXPECT_FALSE(*parse("9007199254740993") == *parse("9007199254740992"));
  EXPECT_FALSE(*parse("[1,2]") == *parse("[2,1]"));
  EXPECT_FALSE(*parse("\"1\"") == *parse("1"));
}

TEST(Value, FindsSetsAndErasesMembers) {
  Value value;
  value.set("Name", "x");
  EXPECT_EQ(value.find("name"), nullptr);
  ASSERT_NE(value.find_ignoring_case("name"), nullptr);
  value.set("name", 2);
  EXPECT_EQ(*value.find_ignoring_case("name")->as_int(), 2) << "an exact match comes first";
  value.erase("Name");
  EXPECT_EQ(write(value), R"({"name":2})");
  Value list;
  list.push(1);
  list.push("two");
  EXPECT_EQ(write(list), R"([1,"two"])");
}

}  // namespace
}  // namespace fanfare::json
