#include "cli/subscription_body.h"

#include <gtest/gtest.h>

namespace fanfare::cli {
namespace {

struct Filter {
  const char* name;
  std::vector<std::string> words;
  const char* expected;  ///< the JSON, or the message
};
void PrintTo(const Filter& filter, std::ostream* out) { *out << filter.name; }

class AdvancedFilterTest : public testing::TestWithParam<Filter> {};

TEST_P(AdvancedFilterTest, is_read) {
  const auto got = advanced_filter(GetParam().words);
  EXPECT_EQ(got ? json::write(*got) : got.error().message, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Words, AdvancedFilterTest,
    testing::Values(
        Filter{"one_number",
               {"data.n", "NumberGreaterThan", "1.50"},
               R"({"operatorType":"NumberGreaterThan","key":"data.n","value":1.50})"},
        Filter{"operators_ignore_case",
               {"data.n", "numberlessthan", "9007199254740993"},
               R"({"operatorType":"NumberLessThan","key":"data.n","value":9007199254740993})"},
        Filter{"several_numbers",
               {"data.n", "NumberIn", "1", "-2", "3e2"},
               R"({"operatorType":"NumberIn","key":"data.n","values":[1,-2,3e2]})"},
        Filter{"ranges",
               {"data.n", "NumberInRange", "1,5", "7,9"},
               R"({"operatorType":"NumberInRange","key":"data.n","values":[[1,5],[7,9]]})"},
        Filter{"false_is_false",
               {"data.b", "BoolEquals", "False"},
               R"({"operatorType":"BoolEquals","key":"data.b","value":false})"},
        Filter{"texts_stay_texts",
               {"subject", "StringIn", "1", "true"},
               R"({"operatorType":"StringIn","key":"subject","values":["1","true"]})"},
        Filter{
            "no_value", {"data.x", "IsNotNull"}, R"({"operatorType":"IsNotNull","key":"data.x"})"},
        Filter{"an_unknown_operator",
               {"k", "StringIs", "x"},
               "--advanced-filter: unknown operator 'StringIs'; did you mean StringIn?"},
        Filter{"no_operator", {"k"}, "--advanced-filter: a key and an operator are expected"},
        Filter{"a_value_too_many",
               {"k", "IsNotNull", "x"},
               "--advanced-filter: IsNotNull takes no value"},
        Filter{"a_value_too_few", {"k", "StringIn"}, "--advanced-filter: StringIn needs a value"},
        Filter{"two_values_where_one_belongs",
               {"k", "NumberLessThan", "1", "2"},
               "--advanced-filter: this operator takes one value"},
        Filter{"no_number", {"k", "NumberIn", "ten"}, "--advanced-filter: 'ten' is no number"},
        Filter{
            "no_range", {"k", "NumberInRange", "5"}, "--advanced-filter: '5' is no range LOW,HIGH"},
        Filter{"no_boolean",
               {"k", "BoolEquals", "yes"},
               "--advanced-filter: 'yes' is not true or false"}),
    [](const auto& info) { return info.param.name; });

std::string applied(const SubscriptionFlags& flags, std::string_view before = "{}") {
  auto properties = *json::parse(before);
  const auto done = apply_flags(flags, "/storage", properties);
  return done ? json::write(properties) : done.error().message;
}

TEST(SubscriptionBodyTest, nothing_given_changes_nothing) { EXPECT_EQ(applied({}), "{}"); }

TEST(SubscriptionBodyTest, every_flag_has_its_property) {
  SubscriptionFlags flags;
  flags.endpoint = "http://x/";
  flags.max_events_per_batch = 10;
  flags.preferred_batch_size_in_kilobytes = 64;
  flags.attributes = {
      {"x-a", "static", "v"}, {"x-b", "Static", "s", "true"}, {"x-c", "dynamic", "data.c"}};
  flags.included_event_types = {"A", "B"};
  flags.subject_begins_with = "b";
  flags.subject_ends_with = "e";
  flags.subject_case_sensitive = true;
  flags.filter_on_arrays = true;
  flags.advanced_filters = {{"k", "IsNotNull"}};
  flags.delivery_schema = "CloudEventSchemaV1_0";
  flags.max_delivery_attempts = 5;
  flags.event_ttl = 60;
  flags.deadletter_container = "letters";
  flags.labels = {"l"};
  flags.expiration_date = "2030-01-01T00:00:00Z";
  EXPECT_EQ(
      applied(flags),
      R"({"destination":{"endpointType":"WebHook","properties":{"endpointUrl":"http://x/",)"
      R"("maxEventsPerBatch":10,"preferredBatchSizeInKilobytes":64,"deliveryAttributeMappings":[)"
      R"({"name":"x-a","type":"Static","properties":{"value":"v","isSecret":false}},)"
      R"({"name":"x-b","type":"Static","properties":{"value":"s","isSecret":true}},)"
      R"({"name":"x-c","type":"Dynamic","properties":{"sourceField":"data.c"}}]}},)"
      R"("filter":{"includedEventTypes":["A","B"],"subjectBeginsWith":"b","subjectEndsWith":"e",)"
      R"("isSubjectCaseSensitive":true,"enableAdvancedFilteringOnArrays":true,)"
      R"("advancedFilters":[{"operatorType":"IsNotNull","key":"k"}]},)"
      R"("deadLetterDestination":{"endpointType":"StorageBlob","properties":)"
      R"({"resourceId":"/storage","blobContainerName":"letters"}},)"
      R"("eventDeliverySchema":"CloudEventSchemaV1_0",)"
      R"("retryPolicy":{"maxDeliveryAttempts":5,"eventTimeToLiveInMinutes":60},)"
      R"("labels":["l"],"expirationTimeUtc":"2030-01-01T00:00:00Z"})");
}

TEST(SubscriptionBodyTest, what_was_there_and_is_not_named_stays) {
  SubscriptionFlags flags;
  flags.subject_begins_with = "new";
  flags.max_delivery_attempts = 3;
  EXPECT_EQ(
      applied(flags, R"({"filter":{"subjectBeginsWith":"old","subjectEndsWith":"e"},)"
                     R"("retryPolicy":{"maxDeliveryAttempts":30,"eventTimeToLiveInMinutes":9}})"),
      R"({"filter":{"subjectBeginsWith":"new","subjectEndsWith":"e"},)"
      R"("retryPolicy":{"maxDeliveryAttempts":3,"eventTimeToLiveInMinutes":9}})");
}

TEST(SubscriptionBodyTest, a_dead_letter_endpoint_is_split_at_its_container) {
  SubscriptionFlags flags;
  flags.deadletter_endpoint = "/accounts/a/blobServices/default/containers/c";
  EXPECT_EQ(applied(flags),
            R"({"deadLetterDestination":{"endpointType":"StorageBlob","properties":)"
            R"({"resourceId":"/accounts/a","blobContainerName":"c"}}})");
  flags.deadletter_endpoint = "letters";
  EXPECT_EQ(applied(flags).find("--deadletter-endpoint: "), 0u);
}

TEST(SubscriptionBodyTest, an_attribute_that_is_neither_static_nor_dynamic_is_refused) {
  SubscriptionFlags flags;
  for (const auto& words : std::vector<std::vector<std::string>>{{"x"},
                                                                 {"x", "static"},
                                                                 {"x", "dynamic"},
                                                                 {"x", "other", "v"},
                                                                 {"x", "static", "v", "1"}}) {
    flags.attributes = {words};
    EXPECT_EQ(applied(flags).find("--delivery-attribute-mapping: "), 0u);
  }
}

}  // namespace
}  // namespace fanfare::cli
