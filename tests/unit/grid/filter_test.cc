#include "grid/filter.h"

#include <gmock/gmock.h>

#include "grid/operators.h"

namespace fanfare::grid {
namespace {

base::Result<Filter> parse(const std::string& text) {
  return parse_filter(json::parse(text).value());
}

std::string advanced(const std::string& filters) {
  return "{\"advancedFilters\":[" + filters + "]}";
}

TEST(Filter, ComesBackAsItWasWritten) {
  const std::string text =
      R"({"subjectBeginsWith":"/a","subjectEndsWith":".jpg","includedEventTypes":["A","B"],)"
      R"("isSubjectCaseSensitive":true,"enableAdvancedFilteringOnArrays":true,"advancedFilters":[)"
      R"({"operatorType":"NumberIn","key":"data.n","values":[1,2.50,9007199254740993]},)"
      R"({"operatorType":"NumberLessThan","key":"data.n","value":1e3},)"
      R"({"operatorType":"NumberInRange","key":"data.n","values":[[-1,1],[5,5]]},)"
      R"({"operatorType":"BoolEquals","key":"data.b","value":true},)"
      R"({"operatorType":"StringNotEndsWith","key":"Subject","values":["x","é"]},)"
      R"({"operatorType":"IsNullOrUndefined","key":"data.x"}]})";
  const auto filter = parse(text);
  ASSERT_TRUE(filter) << filter.error().message;
  EXPECT_EQ(json::write(to_json(*filter)), text);
}

TEST(Filter, OfNothingMatchesAllAndShowsItsDefaults) {
  for (const char* text :
       {"null", "{}", R"({"includedEventTypes":null,"subjectBeginsWith":null,"advancedFilters":null,
                                            "isSubjectCaseSensitive":null})"}) {
    const auto filter = parse(text);
    ASSERT_TRUE(filter) << text;
    EXPECT_EQ(json::write(to_json(*filter)), R"({"subjectBeginsWith":"","subjectEndsWith":""})");
  }
}

TEST(Filter, TakesAllAsNoFilterOfTypes) {
  EXPECT_FALSE(parse(R"({"includedEventTypes":["All"]})")->included_event_types);
  EXPECT_FALSE(parse(R"({"includedEventTypes":["a","all"]})")->included_event_types);
  EXPECT_TRUE(parse(R"({"includedEventTypes":["Alla"]})")->included_event_types);
  EXPECT_TRUE(parse(R"({"includedEventTypes":[]})")->included_event_types->empty());
}

TEST(Filter, ReadsNamesInAnyCaseAndWritesThemAsDocumented) {
  const auto filter = parse(
      R"({"SubjectBeginsWith":"a","AdvancedFilters":[{"OperatorType":"stringin","Key":"Id","Values":["1"]}]})");
  ASSERT_TRUE(filter) << filter.error().message;
  EXPECT_EQ(
      json::write(to_json(*filter)),
      R"({"subjectBeginsWith":"a","subjectEndsWith":"","advancedFilters":[{"operatorType":"StringIn","key":"Id","values":["1"]}]})");
}

TEST(Filter, KnowsNineteenOperators) {
  const auto names = operator_names();
  EXPECT_EQ(std::count(names.begin(), names.end(), ','), 18);
  for (int i = 0; i < 19; ++i)
    EXPECT_EQ(find_operator(to_string(static_cast<Operator>(i))), static_cast<Operator>(i));
}

struct Case {
  const char* name;
  std::string text;
  const char* target;
  const char* message;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class FilterFaultTest : public testing::TestWithParam<Case> {};

TEST_P(FilterFaultTest, IsRefusedNamingTheMember) {
  const auto filter = parse(GetParam().text);
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(filter.error().target, GetParam().target);
  EXPECT_THAT(filter.error().message, testing::HasSubstr(GetParam().message));
}

std::string repeated(const std::string& what, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += (i == 0 ? "" : ",") + what;
  return out;
}

const std::string kOne = R"({"operatorType":"IsNotNull","key":"data.x"})";

INSTANTIATE_TEST_SUITE_P(
    Filter, FilterFaultTest,
    testing::Values(
        Case{"no_object", "[]", "filter", "must be an object"},
        Case{"unknown", R"({"subject":"x"})", "filter.subject",
             "allowed are includedEventTypes, subjectBeginsWith"},
        Case{"begins_with", R"({"subjectBeginsWith":1})", "filter.subjectBeginsWith",
             "must be a string"},
        Case{"case_flag", R"({"isSubjectCaseSensitive":"yes"})", "filter.isSubjectCaseSensitive",
             "true or false"},
        Case{"types", R"({"includedEventTypes":"A"})", "filter.includedEventTypes",
             "must be an array"},
        Case{"type", R"({"includedEventTypes":["A",1]})", "filter.includedEventTypes[1]",
             "strings"},
        Case{"advanced", R"({"advancedFilters":{}})", "filter.advancedFilters", "must be an array"},
        Case{"advanced_item", advanced("1"), "filter.advancedFilters[0]", "must be an object"},
        Case{"advanced_member", advanced(R"({"operatorType":"IsNotNull","key":"a","x":1})"),
             "filter.advancedFilters[0].x", "allowed are operatorType, key, value and values"},
        Case{"operator",
             advanced(kOne + R"(,{"operatorType":"StringLike","key":"a","values":["x"]})"),
             "filter.advancedFilters[1].operatorType", "must be one of NumberIn, NumberNotIn,"},
        Case{"no_operator", advanced(R"({"key":"a"})"), "filter.advancedFilters[0].operatorType",
             "must be one of"},
        Case{"no_key", advanced(R"({"operatorType":"IsNotNull"})"), "filter.advancedFilters[0].key",
             "must name the key"},
        Case{"empty_key", advanced(R"({"operatorType":"IsNotNull","key":""})"),
             "filter.advancedFilters[0].key", "key"},
        Case{"no_values", advanced(R"({"operatorType":"StringIn","key":"a","value":"x"})"),
             "filter.advancedFilters[0].values", "array of strings with at least one entry"},
        Case{"empty_values", advanced(R"({"operatorType":"NumberIn","key":"a","values":[]})"),
             "filter.advancedFilters[0].values", "array of numbers with at least one entry"},
        Case{"string_for_number",
             advanced(R"({"operatorType":"NumberIn","key":"a","values":[1,"2"]})"),
             "filter.advancedFilters[0].values[1]", "must be a number"},
        Case{"number_for_string", advanced(R"({"operatorType":"StringIn","key":"a","values":[1]})"),
             "filter.advancedFilters[0].values[0]", "must be a string"},
        Case{"no_value", advanced(R"({"operatorType":"NumberLessThan","key":"a"})"),
             "filter.advancedFilters[0].value", "must be a number"},
        Case{"no_bool", advanced(R"({"operatorType":"BoolEquals","key":"a","value":"true"})"),
             "filter.advancedFilters[0].value", "true or false"},
        Case{"range_of_one",
             advanced(R"({"operatorType":"NumberInRange","key":"a","values":[[1,2],[1]]})"),
             "filter.advancedFilters[0].values[1]", "pair of numbers [low, high]"},
        Case{"range_of_strings",
             advanced(R"({"operatorType":"NumberInRange","key":"a","values":[["1","2"]]})"),
             "filter.advancedFilters[0].values[0]", "pair of numbers"},
        Case{"flat_range",
             advanced(R"({"operatorType":"NumberNotInRange","key":"a","values":[1,2]})"),
             "filter.advancedFilters[0].values[0]", "pair of numbers"},
        Case{
            "reversed_range",
            advanced(
                R"({"operatorType":"NumberInRange","key":"a","values":[[9007199254740993,9007199254740992]]})"),
            "filter.advancedFilters[0].values[0]", "low not above high"},
        Case{"long_string",
             advanced(R"({"operatorType":"StringIn","key":"a","values":[")" +
                      std::string(513, 'x') + "\"]}"),
             "filter.advancedFilters[0].values[0]", "at most 512 characters"},
        Case{"many_filters", advanced(repeated(kOne, 26)), "filter.advancedFilters",
             "at most 25 filters"},
        Case{
            "many_values",
            advanced(
                R"({"operatorType":"NumberIn","key":"a","values":[)" + repeated("1", 20) +
                R"(]},)" +
                R"({"operatorType":"NumberLessThan","key":"a","value":1},{"operatorType":"BoolEquals","key":"a","value":true},)" +
                R"({"operatorType":"StringIn","key":"a","values":["a","b"]},{"operatorType":"NumberInRange","key":"a","values":[[1,2],[3,4]]})"),
            "filter.advancedFilters", "at most 25 values in all filters together, these have 26"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Filter, HoldsTheLimitsExactly) {
  EXPECT_TRUE(parse(advanced(repeated(kOne, 25))));
  EXPECT_TRUE(parse(
      advanced(R"({"operatorType":"NumberIn","key":"a","values":[)" + repeated("1", 25) + "]}")));
  std::string characters;
  for (int i = 0; i < 512; ++i) characters += "é";
  EXPECT_TRUE(
      parse(advanced(R"({"operatorType":"StringIn","key":"a","values":[")" + characters + "\"]}")));
}

}  // namespace
}  // namespace fanfare::grid
