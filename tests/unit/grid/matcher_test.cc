#include "grid/matcher.h"

#include <gmock/gmock.h>

#include "unit/grid/match_events.h"

namespace fanfare::grid {
namespace {

using test::filter;
using test::matches;

event::Event grid_event(event::RawJson data = {},
                        event::RawJson subject = "\"/phonenumber/1555\"") {
  return {.id = "\"Id-1\"",
          .source = "\"/SUBSCRIPTIONS/0/topics/events\"",
          .subject = subject,
          .type = "\"Sample.Created\"",
          .time = "\"2020-09-18T00:00:00Z\"",
          .data_version = "\"1.0\"",
          .data = data};
}

struct SubjectCase {
  const char* name;
  const char* filter;
  const char* subject;
  bool lenient;
  bool strict;
};

void PrintTo(const SubjectCase& c, std::ostream* out) { *out << c.name; }
class SubjectTest : public testing::TestWithParam<SubjectCase> {};

TEST_P(SubjectTest, FollowsTheSlashAndCaseRules) {
  const auto one = filter(GetParam().filter);
  const auto event = grid_event({}, GetParam().subject);
  EXPECT_EQ(matches(one, event, {SubjectSlash::Lenient}), GetParam().lenient);
  EXPECT_EQ(matches(one, event, {SubjectSlash::Strict}), GetParam().strict);
}

INSTANTIATE_TEST_SUITE_P(
    Subject, SubjectTest,
    testing::Values(
        SubjectCase{"prefix", R"({"subjectBeginsWith":"/phonenumber/"})", R"("/phonenumber/1555")",
                    true, true},
        SubjectCase{"documented_sample", R"({"subjectBeginsWith":"phonenumber/1555"})",
                    R"("/phonenumber/15555555")", true, false},
        SubjectCase{"slash_in_filter_only", R"({"subjectBeginsWith":"/thread/"})",
                    R"("thread/19:x")", true, false},
        SubjectCase{"one_slash_only", R"({"subjectBeginsWith":"thread/"})", R"("//thread/1")",
                    false, false},
        SubjectCase{"slash_alone", R"({"subjectBeginsWith":"/"})", R"("thread")", true, false},
        SubjectCase{"other_prefix", R"({"subjectBeginsWith":"/phone/"})", R"("/phonenumber/1")",
                    false, false},
        SubjectCase{"longer_than_subject", R"({"subjectBeginsWith":"/abc"})", R"("/ab")", false,
                    false},
        SubjectCase{"case_ignored", R"({"subjectBeginsWith":"/PHONE"})", R"("/phonenumber")", true,
                    true},
        SubjectCase{"case_ignored_beyond_ascii", R"({"subjectBeginsWith":"/ÉTÉ"})",
                    R"("/\u00e9té/x")", true, true},
        SubjectCase{"case_sensitive",
                    R"({"subjectBeginsWith":"/PHONE","isSubjectCaseSensitive":true})",
                    R"("/phonenumber")", false, false},
        SubjectCase{"case_sensitive_same",
                    R"({"subjectBeginsWith":"/phone","isSubjectCaseSensitive":true})",
                    R"("/phonenumber")", true, true},
        SubjectCase{"suffix", R"({"subjectEndsWith":".JPG"})", R"("a/b.jpg")", true, true},
        SubjectCase{"suffix_case_sensitive",
                    R"({"subjectEndsWith":".JPG","isSubjectCaseSensitive":true})", R"("a/b.jpg")",
                    false, false},
        SubjectCase{"suffix_keeps_slashes", R"({"subjectEndsWith":"/b"})", R"("b")", false, false},
        SubjectCase{"both", R"({"subjectBeginsWith":"a","subjectEndsWith":"c"})", R"("abc")", true,
                    true},
        SubjectCase{"both_but_suffix", R"({"subjectBeginsWith":"a","subjectEndsWith":"c"})",
                    R"("abd")", false, false},
        SubjectCase{"overlap", R"({"subjectBeginsWith":"ab","subjectEndsWith":"ba"})", R"("aba")",
                    true, true},
        SubjectCase{"empty_subject", R"({"subjectBeginsWith":"a"})", R"("")", false, false},
        SubjectCase{"no_wildcards", R"({"subjectBeginsWith":"/*"})", R"("/abc")", false, false},
        SubjectCase{"no_filter", "{}", R"("")", true, true}),
    [](const auto& info) { return std::string(info.param.name); });

struct AdvancedCase {
  const char* name;
  const char* filter;  ///< one advanced filter
  const char* data;
  bool expected;
  bool on_arrays = false;
};

void PrintTo(const AdvancedCase& c, std::ostream* out) { *out << c.filter << " on " << c.data; }

class AdvancedTest : public testing::TestWithParam<AdvancedCase> {};

TEST_P(AdvancedTest, JudgesData) {
  const auto& c = GetParam();
  const auto one =
      filter(std::string(R"({"enableAdvancedFilteringOnArrays":)") +
             (c.on_arrays ? "true" : "false") + R"(,"advancedFilters":[)" + c.filter + "]}");
  EXPECT_EQ(matches(one, grid_event(c.data)), c.expected);
}

#define OP(op, operands) "{\"operatorType\":\"" op "\",\"key\":\"data.k\"" operands "}"

INSTANTIATE_TEST_SUITE_P(
    Numbers, AdvancedTest,
    testing::Values(
        AdvancedCase{"in", OP("NumberIn", ",\"values\":[1,2.5]"), R"({"k":2.50})", true},
        AdvancedCase{"in_exponent", OP("NumberIn", ",\"values\":[100]"), R"({"k":1e2})", true},
        AdvancedCase{"in_beyond_double", OP("NumberIn", ",\"values\":[9007199254740993]"),
                     R"({"k":9007199254740992})", false},
        AdvancedCase{"in_beyond_double_same", OP("NumberIn", ",\"values\":[9007199254740993]"),
                     R"({"k":9007199254740993.0})", true},
        AdvancedCase{"in_beyond_64_bits", OP("NumberIn", ",\"values\":[18446744073709551617]"),
                     R"({"k":18446744073709551616})", false},
        AdvancedCase{"not_in", OP("NumberNotIn", ",\"values\":[1,2]"), R"({"k":2})", false},
        AdvancedCase{"not_in_other", OP("NumberNotIn", ",\"values\":[1,2]"), R"({"k":3})", true},
        AdvancedCase{"less", OP("NumberLessThan", ",\"value\":5"), R"({"k":4.999})", true},
        AdvancedCase{"less_equal", OP("NumberLessThan", ",\"value\":5"), R"({"k":5.0})", false},
        AdvancedCase{"less_or_equals", OP("NumberLessThanOrEquals", ",\"value\":5"), R"({"k":5.0})",
                     true},
        AdvancedCase{"greater", OP("NumberGreaterThan", ",\"value\":-1"), R"({"k":-0})", true},
        AdvancedCase{"greater_beyond_double",
                     OP("NumberGreaterThan", ",\"value\":9007199254740992"),
                     R"({"k":9007199254740993})", true},
        AdvancedCase{"greater_or_equals", OP("NumberGreaterThanOrEquals", ",\"value\":0.1"),
                     R"({"k":0.09999999999999999999})", false},
        AdvancedCase{"range_low_end", OP("NumberInRange", ",\"values\":[[1,2],[5,9]]"),
                     R"({"k":5})", true},
        AdvancedCase{"range_high_end", OP("NumberInRange", ",\"values\":[[1,2],[5,9]]"),
                     R"({"k":9.0})", true},
        AdvancedCase{"range_between", OP("NumberInRange", ",\"values\":[[1,2],[5,9]]"),
                     R"({"k":3})", false},
        AdvancedCase{"not_in_range", OP("NumberNotInRange", ",\"values\":[[1,2]]"), R"({"k":1.5})",
                     false},
        AdvancedCase{"not_in_range_outside", OP("NumberNotInRange", ",\"values\":[[1,2]]"),
                     R"({"k":2.1})", true}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Strings, AdvancedTest,
    testing::Values(
        AdvancedCase{"in_any_case", OP("StringIn", ",\"values\":[\"Red\",\"blue\"]"),
                     R"({"k":"rED"})", true},
        AdvancedCase{"in_escaped", OP("StringIn", ",\"values\":[\"aé\"]"),
                     R"({"k":"\u0041\u00C9"})", true},
        AdvancedCase{"in_part", OP("StringIn", ",\"values\":[\"red\"]"), R"({"k":"redder"})",
                     false},
        AdvancedCase{"not_in", OP("StringNotIn", ",\"values\":[\"red\"]"), R"({"k":"RED"})", false},
        AdvancedCase{"contains", OP("StringContains", ",\"values\":[\"ИР\"]"), R"({"k":"мир!"})",
                     true},
        AdvancedCase{"contains_empty", OP("StringContains", ",\"values\":[\"\"]"), R"({"k":""})",
                     true},
        AdvancedCase{"not_contains", OP("StringNotContains", ",\"values\":[\"x\",\"b\"]"),
                     R"({"k":"abc"})", false},
        AdvancedCase{"not_contains_other", OP("StringNotContains", ",\"values\":[\"x\"]"),
                     R"({"k":"abc"})", true},
        AdvancedCase{"begins", OP("StringBeginsWith", ",\"values\":[\"x\",\"AB\"]"),
                     R"({"k":"abc"})", true},
        AdvancedCase{"not_begins", OP("StringNotBeginsWith", ",\"values\":[\"ab\"]"),
                     R"({"k":"abc"})", false},
        AdvancedCase{"ends", OP("StringEndsWith", ",\"values\":[\"BC\"]"), R"({"k":"abc"})", true},
        AdvancedCase{"not_ends", OP("StringNotEndsWith", ",\"values\":[\"bc\"]"), R"({"k":"abc"})",
                     false},
        AdvancedCase{"sharp_s_stays", OP("StringIn", ",\"values\":[\"strasse\"]"),
                     R"({"k":"straße"})", false}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Others, AdvancedTest,
    testing::Values(
        AdvancedCase{"bool", OP("BoolEquals", ",\"value\":true"), R"({"k":true})", true},
        AdvancedCase{"bool_other", OP("BoolEquals", ",\"value\":true"), R"({"k":false})", false},
        AdvancedCase{"bool_text", OP("BoolEquals", ",\"value\":true"), R"({"k":"true"})", false},
        AdvancedCase{"null_of_null", OP("IsNullOrUndefined", ""), R"({"k":null})", true},
        AdvancedCase{"null_of_value", OP("IsNullOrUndefined", ""), R"({"k":0})", false},
        AdvancedCase{"null_of_array", OP("IsNullOrUndefined", ""), R"({"k":[]})", false},
        AdvancedCase{"not_null_of_null", OP("IsNotNull", ""), R"({"k":null})", false},
        AdvancedCase{"not_null_of_object", OP("IsNotNull", ""), R"({"k":{}})", true},
        AdvancedCase{"repeated_name", OP("NumberIn", ",\"values\":[2]"), R"({"k":1,"k":2})", true},
        AdvancedCase{"repeated_name_first", OP("NumberIn", ",\"values\":[1]"), R"({"k":1,"k":2})",
                     false},
        AdvancedCase{"name_in_other_case", OP("NumberIn", ",\"values\":[1]"), R"({"K":1})", true},
        AdvancedCase{"exact_name_first", OP("NumberIn", ",\"values\":[1]"), R"({"k":1,"K":2})",
                     true},
        AdvancedCase{"escaped_name", OP("NumberIn", ",\"values\":[1]"), R"({"\u006b":1})", true}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Arrays, AdvancedTest,
    testing::Values(
        AdvancedCase{"off", OP("StringIn", ",\"values\":[\"a\"]"), R"({"k":["a"]})", false, false},
        AdvancedCase{"off_negative", OP("StringNotIn", ",\"values\":[\"a\"]"), R"({"k":["a"]})",
                     true, false},
        AdvancedCase{"one_hit", OP("StringIn", ",\"values\":[\"a\"]"), R"({"k":["b","A"]})", true,
                     true},
        AdvancedCase{"no_hit", OP("StringIn", ",\"values\":[\"a\"]"), R"({"k":["b"]})", false,
                     true},
        AdvancedCase{"empty", OP("StringIn", ",\"values\":[\"a\"]"), R"({"k":[]})", false, true},
        AdvancedCase{"empty_negative", OP("StringNotContains", ",\"values\":[\"a\"]"),
                     R"({"k":[]})", true, true},
        AdvancedCase{"negative_hit", OP("StringNotContains", ",\"values\":[\"a\"]"),
                     R"({"k":["b","ab"]})", false, true},
        AdvancedCase{"negative_none", OP("NumberNotInRange", ",\"values\":[[1,2]]"),
                     R"({"k":[0,3]})", true, true},
        AdvancedCase{"other_types", OP("NumberGreaterThan", ",\"value\":1"),
                     R"({"k":["2",null,{},[2],true]})", false, true},
        AdvancedCase{"other_types_negative", OP("NumberNotIn", ",\"values\":[2]"),
                     R"({"k":["2",[2]]})", true, true},
        AdvancedCase{"bools", OP("BoolEquals", ",\"value\":false"), R"({"k":[true,false]})", true,
                     true},
        AdvancedCase{"scalar", OP("NumberIn", ",\"values\":[2]"), R"({"k":2})", true, true}),
    [](const auto& info) { return std::string(info.param.name); });

struct MissingCase {
  const char* op;
  const char* operands;
  bool expected;       ///< key missing, or null
  bool on_other_type;  ///< key holds an object
};

TEST(AdvancedFilter, FollowsTheTableForMissingKeysAndOtherTypes) {
  for (const auto& c : {MissingCase{"NumberIn", ",\"values\":[1]", false, false},
                        MissingCase{"NumberNotIn", ",\"values\":[1]", true, true},
                        MissingCase{"NumberLessThan", ",\"value\":1", false, false},
                        MissingCase{"NumberLessThanOrEquals", ",\"value\":1", false, false},
                        MissingCase{"NumberGreaterThan", ",\"value\":1", false, false},
                        MissingCase{"NumberGreaterThanOrEquals", ",\"value\":1", false, false},
                        MissingCase{"NumberInRange", ",\"values\":[[1,2]]", false, false},
                        MissingCase{"NumberNotInRange", ",\"values\":[[1,2]]", true, true},
                        MissingCase{"BoolEquals", ",\"value\":true", false, false},
                        MissingCase{"StringIn", ",\"values\":[\"a\"]", false, false},
                        MissingCase{"StringNotIn", ",\"values\":[\"a\"]", true, true},
                        MissingCase{"StringContains", ",\"values\":[\"a\"]", false, false},
                        MissingCase{"StringNotContains", ",\"values\":[\"a\"]", false, true},
                        MissingCase{"StringBeginsWith", ",\"values\":[\"a\"]", false, false},
                        MissingCase{"StringNotBeginsWith", ",\"values\":[\"a\"]", false, true},
                        MissingCase{"StringEndsWith", ",\"values\":[\"a\"]", false, false},
                        MissingCase{"StringNotEndsWith", ",\"values\":[\"a\"]", false, true},
                        MissingCase{"IsNullOrUndefined", "", true, false},
                        MissingCase{"IsNotNull", "", false, true}}) {
    const auto one = filter(std::string(R"({"advancedFilters":[{"operatorType":")") + c.op +
                            R"(","key":"data.k")" + c.operands + "}]}");
    for (const char* data :
         {"", "null", "{}", R"({"k":null})", R"({"other":1})", "\"text\"", "[1]", "7"}) {
      EXPECT_EQ(matches(one, grid_event(data)), c.expected) << c.op << " on " << data;
    }
    EXPECT_EQ(matches(one, grid_event(R"({"k":{"x":1}})")), c.on_other_type) << c.op;
  }
}

struct KeyCase {
  const char* key;
  const char* value;  ///< what the key must equal, or nullptr when it must be missing
};

void expect_value(const event::Event& event, const KeyCase& c) {
  const auto one =
      c.value == nullptr
          ? filter(
                std::string(R"({"advancedFilters":[{"operatorType":"IsNullOrUndefined","key":")") +
                c.key + "\"}]}")
          : filter(std::string(R"({"advancedFilters":[{"operatorType":"StringIn","key":")") +
                   c.key + R"(","values":[")" + c.value + "\"]}]}");
  EXPECT_TRUE(matches(one, event)) << c.key;
}

TEST(FilterKeys, OfTheEventGridSchema) {
  const auto event =
      grid_event(R"({"a":{"b":{"c":{"d":{"e":"deep"}}}},"eventType":"inner","x.y":"dotted"})");
  for (const auto& c :
       {KeyCase{"Id", "id-1"}, KeyCase{"id", "ID-1"},
        KeyCase{"Topic", "/subscriptions/0/topics/EVENTS"}, KeyCase{"subject", "/phonenumber/1555"},
        KeyCase{"EventType", "sample.created"}, KeyCase{"dataversion", "1.0"},
        KeyCase{"data.a.b.c.d.e", "deep"}, KeyCase{"DATA.A.B.C.D.E", "deep"},
        KeyCase{"data.eventType", "inner"}, KeyCase{"data.x.y", nullptr},
        KeyCase{"eventTime", nullptr}, KeyCase{"metadataVersion", nullptr},
        KeyCase{"source", nullptr}, KeyCase{"type", nullptr}, KeyCase{"unknown", nullptr},
        KeyCase{"subject.x", nullptr}, KeyCase{"data.a.b.zzz", nullptr}}) {
    expect_value(event, c);
  }
}

TEST(FilterKeys, TheTopicIsTheSourceOfEventsThatNameNone) {
  auto event = grid_event();
  event.source = {};
  expect_value(event, {"topic", "/SUBSCRIPTIONS/0/topics/events"});
}

TEST(FilterKeys, OfCustomEventsAreThoseOfTheMappedEnvelope) {
  auto event = grid_event(R"({"kind":"K"})");
  event.schema = event::Schema::Custom;
  expect_value(event, {"eventType", "sample.created"});
  expect_value(event, {"data.kind", "k"});
}

TEST(FilterKeys, OfCloudEvents) {
  event::Event event = {.schema = event::Schema::CloudEvents,
                        .id = "\"1\"",
                        .source = "\"/s\"",
                        .type = "\"T\"",
                        .time = "\"2020-09-18T00:00:00Z\"",
                        .data_content_type = "\"application/json\"",
                        .data_schema = "\"d:\"",
                        .extensions = R"(,"comexa":"V","num":5,"flag":true)",
                        .data = R"({"a":"b"})"};
  for (const auto& c :
       {KeyCase{"id", "1"}, KeyCase{"Source", "/S"}, KeyCase{"type", "t"},
        KeyCase{"specversion", "1.0"}, KeyCase{"time", "2020-09-18T00:00:00Z"},
        KeyCase{"datacontenttype", "application/json"}, KeyCase{"dataschema", "d:"},
        KeyCase{"comexa", "v"}, KeyCase{"comExA", "v"}, KeyCase{"num", "5"}, KeyCase{"data.a", "B"},
        KeyCase{"EventType", "t"}, KeyCase{"EventId", "1"}, KeyCase{"subject", nullptr},
        KeyCase{"topic", nullptr}, KeyCase{"eventTypeVersion", nullptr}}) {
    expect_value(event, c);
  }
  const auto number = [](const char* text) {
    return filter(std::string(R"({"advancedFilters":[)") + text + "]}");
  };
  EXPECT_TRUE(matches(number(R"({"operatorType":"NumberIn","key":"num","values":[5.0]})"), event));
  EXPECT_TRUE(matches(number(R"({"operatorType":"BoolEquals","key":"flag","value":true})"), event));
  EXPECT_FALSE(
      matches(number(R"({"operatorType":"StringIn","key":"flag","values":["true"]})"), event));
  event.extensions = ",\"eventtype\":\"own\"";
  expect_value(event, {"EventType", "OWN"});
  event.data = {};
  event.data_base64 = "\"AA==\"";
  expect_value(event, {"data.a", nullptr});
}

TEST(FilterKeys, NumbersInDataAreNoStrings) {
  EXPECT_FALSE(matches(
      filter(R"({"advancedFilters":[{"operatorType":"StringIn","key":"data.n","values":["5"]}]})"),
      grid_event(R"({"n":5})")));
}

TEST(Matcher, TakesEventTypesExactly) {
  EXPECT_TRUE(matches(filter(R"({"includedEventTypes":["X","Sample.Created","Sample.Created"]})"),
                      grid_event()));
  EXPECT_FALSE(matches(filter(R"({"includedEventTypes":["sample.created"]})"), grid_event()));
  EXPECT_TRUE(matches(filter(R"({"includedEventTypes":[]})"), grid_event()));
  auto escaped = grid_event();
  escaped.type = R"("Sample\u002ECreated")";
  EXPECT_TRUE(matches(filter(R"({"includedEventTypes":["Sample.Created"]})"), escaped));
}

TEST(Matcher, NeedsEveryFilterOfASubscription) {
  const char* text =
      R"({"advancedFilters":[{"operatorType":"StringIn","key":"data.a","values":["x"]},
    {"operatorType":"NumberGreaterThan","key":"data.n","value":1},{"operatorType":"NumberLessThan","key":"data.n","value":5}]})";
  EXPECT_TRUE(matches(filter(text), grid_event(R"({"a":"x","n":3})")));
  EXPECT_FALSE(matches(filter(text), grid_event(R"({"a":"x","n":5})")));
  EXPECT_FALSE(matches(filter(text), grid_event(R"({"a":"y","n":3})")));
}

TEST(Matcher, CompilesActiveSubscriptionsOnlyAndReportsEachOnce) {
  using enum ProvisioningState;
  const std::vector<test::SubscriptionPtr> all = {
      test::subscription(1, {}),
      test::subscription(2, {}, Creating),
      test::subscription(3, {}, AwaitingManualAction),
      test::subscription(4, {}, Failed),
      test::subscription(5, filter(R"({"includedEventTypes":["Sample.Created"]})"), Updating),
      test::subscription(6, filter(R"({"includedEventTypes":["Other"]})")),
      test::subscription(7, {}, Deleting),
      test::subscription(
          8,
          filter(
              R"({"advancedFilters":[{"operatorType":"StringIn","key":"Id","values":["id-1","ID-1"]}]})"))};
  const Matcher matcher(all, std::string(test::kTopic), {});
  MatchScratch scratch;
  EXPECT_THAT(test::matches(matcher, scratch, grid_event()), testing::ElementsAre(1, 5, 8));
}

TEST(Matcher, ScratchServesSeveralMatchersInTurn) {
  const std::vector<test::SubscriptionPtr> first = {test::subscription(
      1, filter(R"({"advancedFilters":[{"operatorType":"IsNotNull","key":"data.a"}]})"))};
  const std::vector<test::SubscriptionPtr> second = {test::subscription(
      2, filter(R"({"advancedFilters":[{"operatorType":"IsNotNull","key":"data.b"},
                                       {"operatorType":"IsNullOrUndefined","key":"data.c.d"}]})"))};
  const Matcher one(first, "/t", {});
  const Matcher other(second, "/t", {});
  MatchScratch scratch;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(test::matches(one, scratch, grid_event(R"({"a":1})")), testing::ElementsAre(1));
    EXPECT_THAT(test::matches(other, scratch, grid_event(R"({"b":1})")), testing::ElementsAre(2));
    EXPECT_THAT(test::matches(other, scratch, grid_event(R"({"a":1})")), testing::IsEmpty());
    EXPECT_THAT(test::matches(one, scratch, grid_event(R"({"b":1})")), testing::IsEmpty());
  }
}

TEST(Explain, TellsEveryClauseWithTheValueItSaw) {
  const auto one = test::subscription(
      1,
      filter(
          R"({"includedEventTypes":["Other"],"subjectBeginsWith":"phonenumber","subjectEndsWith":"x","advancedFilters":[
        {"operatorType":"NumberIn","key":"data.count","values":[3]},{"operatorType":"StringIn","key":"data.none","values":["a"]}]})"),
      ProvisioningState::Failed);
  const auto event = grid_event(R"({"count":3.0})");
  const auto clauses = explain(*one, event, test::kTopic, {});
  std::string told;
  for (const auto& clause : clauses) {
    told += clause.clause + (clause.passed ? " passed " : " failed ") + clause.value + "\n";
  }
  EXPECT_EQ(told,
            "includedEventTypes failed \"Sample.Created\"\n"
            "subjectBeginsWith passed \"/phonenumber/1555\"\n"
            "subjectEndsWith failed \"/phonenumber/1555\"\n"
            "advancedFilters[0] NumberIn data.count passed 3.0\n"
            "advancedFilters[1] StringIn data.none failed \n");
  EXPECT_TRUE(explain(*test::subscription(1, {}), event, test::kTopic, {}).empty());
}

}  // namespace
}  // namespace fanfare::grid
