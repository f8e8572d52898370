#include "delivery/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.h"

namespace fanfare::delivery {
namespace {

using grid::DeliveryAttribute;
using grid::DeliverySchema;
using testing::ElementsAre;
using Tasks = std::vector<queue::Task>;

const EnvelopeOptions kOptions{.store_id = "store"};

Envelope rendered(const grid::EventSubscription& subscription, const Tasks& tasks,
                  const EnvelopeOptions& options = kOptions) {
  return render(Shipment{&subscription, tasks}, options);
}

std::vector<std::string> names_of(const http::Headers& headers) {
  std::vector<std::string> names;
  for (const auto field : headers) names.emplace_back(field.name);
  return names;
}

TEST(Envelope, event_grid_event_goes_as_an_array_of_one) {
  const auto envelope = rendered(sample_subscription(), {sample_task()});
  EXPECT_EQ(envelope.body,
            R"([{"id":"id-1","topic":"/topics/t","subject":"orders/1",)"
            R"("data":{"count":12345678901234567890,"system":"north","deep":{"flag":true}},)"
            R"("eventType":"Order.Placed","eventTime":"2026-01-31T11:59:58Z",)"
            R"("dataVersion":"1.0","metadataVersion":"1"}])");
}

TEST(Envelope, event_grid_headers_are_those_of_the_reference) {
  const auto headers = rendered(sample_subscription(), {sample_task()}).headers;
  EXPECT_THAT(
      names_of(headers),
      ElementsAre("Content-Type", "aeg-event-type", "aeg-subscription-name", "aeg-delivery-count",
                  "aeg-metadata-version", "aeg-data-version", "aeg-output-event-id"));
  EXPECT_EQ(headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(headers.get("aeg-event-type"), "Notification");
  EXPECT_EQ(headers.get("aeg-subscription-name"), "ORDERS-HOOK");
  EXPECT_EQ(headers.get("aeg-delivery-count"), "0");
  EXPECT_EQ(headers.get("aeg-metadata-version"), "1");
  EXPECT_EQ(headers.get("aeg-data-version"), "1.0");
  EXPECT_EQ(headers.get("aeg-output-event-id"), queue::output_event_id("store", 42, 0));
}

TEST(Envelope, cloud_event_goes_as_an_object) {
  auto subscription = sample_subscription();
  subscription.delivery_schema = DeliverySchema::CloudEventSchemaV1_0;
  const auto envelope = rendered(subscription, {sample_task(sample_cloud_event())});
  EXPECT_EQ(envelope.body.front(), '{');
  EXPECT_EQ(envelope.body.back(), '}');
  EXPECT_NE(envelope.body.find(R"("traceparent":"00-ab")"), std::string::npos);
  EXPECT_EQ(envelope.headers.get("Content-Type"), "application/cloudevents+json; charset=utf-8");
}

TEST(Envelope, cloud_event_headers_name_the_origin_and_no_data_version) {
  auto subscription = sample_subscription();
  subscription.delivery_schema = DeliverySchema::CloudEventSchemaV1_0;
  const auto headers = rendered(subscription, {sample_task()}).headers;
  EXPECT_EQ(headers.get("aeg-metadata-version"), "1.0");
  EXPECT_FALSE(headers.contains("aeg-data-version"));
  EXPECT_EQ(headers.get("WebHook-Request-Origin"), "eventgrid.azure.net");
  EXPECT_EQ(headers.get("Origin"), "eventgrid.azure.net");
}

TEST(Envelope, custom_event_goes_as_an_array_of_the_original_object) {
  auto subscription = sample_subscription();
  subscription.delivery_schema = DeliverySchema::CustomInputSchema;
  const auto envelope = rendered(subscription, {sample_task(sample_custom_event())});
  EXPECT_EQ(envelope.body, R"([{"myKey":"k","anything":[1,2]}])");
  EXPECT_EQ(envelope.headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(envelope.headers.get("aeg-metadata-version"), "1");
}

TEST(Envelope, batches_are_arrays_in_every_schema) {
  const struct {
    DeliverySchema schema;
    const char* content_type;
  } cases[] = {
      {DeliverySchema::EventGridSchema, "application/json; charset=utf-8"},
      {DeliverySchema::CloudEventSchemaV1_0, "application/cloudevents-batch+json; charset=utf-8"},
      {DeliverySchema::CustomInputSchema, "application/json; charset=utf-8"}};
  for (const auto& c : cases) {
    auto subscription = sample_subscription();
    subscription.delivery_schema = c.schema;
    webhook_of(subscription).max_events_per_batch = 10;
    for (const std::size_t count : {1u, 3u}) {
      const Tasks tasks(count, sample_task(sample_custom_event()));
      const auto envelope = rendered(subscription, tasks);
      EXPECT_EQ(envelope.body.front(), '[');
      EXPECT_EQ(envelope.body.back(), ']');
      EXPECT_EQ(envelope.headers.get("Content-Type"), c.content_type);
    }
  }
}

TEST(Envelope, an_event_is_copied_once_into_a_body_of_the_right_size) {
  auto subscription = sample_subscription();
  webhook_of(subscription).max_events_per_batch = 5000;
  const std::string data = '"' + std::string(1000, 'x') + '"';
  auto event = sample_event();
  event.data = data;
  const auto body = rendered(subscription, Tasks(500, sample_task(event))).body;
  EXPECT_GT(body.size(), 500'000u);
  EXPECT_LT(body.capacity(), body.size() + 500 * 128 + 1024);
}

TEST(Envelope, delivery_count_is_the_number_of_earlier_attempts) {
  auto task = sample_task();
  task.state.attempts = 3;
  EXPECT_EQ(rendered(sample_subscription(), {task}).headers.get("aeg-delivery-count"), "3");
}

TEST(Envelope, output_event_id_is_the_same_for_every_attempt) {
  auto again = sample_task();
  again.state.attempts = 5;
  const auto first = rendered(sample_subscription(), {sample_task()});
  const auto second = rendered(sample_subscription(), {again});
  EXPECT_EQ(first.headers.get("aeg-output-event-id"), second.headers.get("aeg-output-event-id"));
}

TEST(Envelope, subscription_name_can_keep_its_casing) {
  auto options = kOptions;
  options.subscription_name = NameCase::AsGiven;
  const auto envelope = rendered(sample_subscription(), {sample_task()}, options);
  EXPECT_EQ(envelope.headers.get("aeg-subscription-name"), "orders-Hook");
}

TEST(Envelope, a_batch_tells_only_what_all_its_events_share) {
  auto subscription = sample_subscription();
  webhook_of(subscription).max_events_per_batch = 10;
  webhook_of(subscription).attributes = {
      {.name = "x-system", .kind = DeliveryAttribute::Kind::Dynamic, .source_field = "data.system"},
      {.name = "x-id", .kind = DeliveryAttribute::Kind::Dynamic, .source_field = "id"}};
  auto other = sample_event();
  other.id = R"("id-2")";
  auto headers = rendered(subscription, {sample_task(), sample_task(other, 1)}).headers;
  EXPECT_EQ(headers.get("aeg-data-version"), "1.0");
  EXPECT_EQ(headers.get("x-system"), "north");
  EXPECT_FALSE(headers.contains("x-id"));
  EXPECT_FALSE(headers.contains("aeg-output-event-id"));
  other.data_version = R"("2.0")";
  headers = rendered(subscription, {sample_task(), sample_task(other, 1)}).headers;
  EXPECT_FALSE(headers.contains("aeg-data-version"));
}

TEST(Envelope, an_empty_data_version_is_not_sent) {
  auto event = sample_event();
  event.data_version = R"("")";
  EXPECT_FALSE(
      rendered(sample_subscription(), {sample_task(event)}).headers.contains("aeg-data-version"));
}

struct AttributeCase {
  const char* name;
  DeliveryAttribute attribute;
  std::optional<std::string> expected;
};
void PrintTo(const AttributeCase& c, std::ostream* out) { *out << c.name; }

class AttributeTest : public testing::TestWithParam<AttributeCase> {};

TEST_P(AttributeTest, becomes_a_header_or_nothing) {
  const auto& c = GetParam();
  auto subscription = sample_subscription();
  webhook_of(subscription).attributes = {c.attribute};
  const auto plain = rendered(sample_subscription(), {sample_task()});
  const auto envelope = rendered(subscription, {sample_task()});
  if (c.expected) {
    EXPECT_EQ(envelope.headers.get(c.attribute.name), *c.expected);
    EXPECT_EQ(envelope.headers.count(c.attribute.name), 1u);
  } else {
    EXPECT_EQ(names_of(envelope.headers), names_of(plain.headers));
    for (const auto field : envelope.headers) {
      EXPECT_EQ(field.value, plain.headers.get(field.name)) << field.name;
    }
  }
}

DeliveryAttribute fixed(std::string name, std::string value) {
  return {
      .name = std::move(name), .kind = DeliveryAttribute::Kind::Static, .value = std::move(value)};
}
DeliveryAttribute dynamic(std::string name, std::string field) {
  return {.name = std::move(name),
          .kind = DeliveryAttribute::Kind::Dynamic,
          .source_field = std::move(field)};
}

INSTANTIATE_TEST_SUITE_P(
    Envelope, AttributeTest,
    testing::Values(
        AttributeCase{"static_value", fixed("x-a", "one"), "one"},
        AttributeCase{
            "secret_value", {.name = "x-key", .value = "s3cret", .is_secret = true}, "s3cret"},
        AttributeCase{"authorization_is_allowed", fixed("Authorization", "Bearer x"), "Bearer x"},
        AttributeCase{"dynamic_envelope_member", dynamic("x-a", "eventType"), "Order.Placed"},
        AttributeCase{"dynamic_string_in_data", dynamic("x-a", "data.system"), "north"},
        AttributeCase{"dynamic_number_keeps_its_digits", dynamic("x-a", "data.count"),
                      "12345678901234567890"},
        AttributeCase{"dynamic_boolean", dynamic("x-a", "data.deep.flag"), "true"},
        AttributeCase{"dynamic_object_is_left_out", dynamic("x-a", "data.deep"), {}},
        AttributeCase{"missing_value_is_left_out", dynamic("x-a", "data.none"), {}},
        AttributeCase{"line_feed_never_passes", fixed("x-a", "a\nx-b: c"), {}},
        AttributeCase{"carriage_return_never_passes", fixed("x-a", "a\rb"), {}},
        AttributeCase{"nul_never_passes", fixed("x-a", std::string("a\0b", 3)), {}},
        AttributeCase{"line_feed_in_the_name_never_passes", fixed("x-a\r\nx-b", "c"), {}},
        AttributeCase{"space_in_the_name_never_passes", fixed("x a", "c"), {}},
        AttributeCase{"empty_name_is_left_out", fixed("", "c"), {}},
        AttributeCase{"longest_value", fixed("x-a", std::string(4096, 'v')),
                      std::string(4096, 'v')},
        AttributeCase{"longer_value_is_left_out", fixed("x-a", std::string(4097, 'v')), {}},
        AttributeCase{"aeg_names_are_ours", fixed("AEG-event-type", "Forged"), {}},
        AttributeCase{"host_cannot_be_set", fixed("Host", "inner"), {}},
        AttributeCase{"content_length_cannot_be_set", fixed("content-length", "0"), {}},
        AttributeCase{"transfer_encoding_cannot_be_set", fixed("Transfer-Encoding", "chunked"), {}},
        AttributeCase{"connection_cannot_be_set", fixed("connection", "close"), {}},
        AttributeCase{
            "content_type_belongs_to_the_schema", fixed("Content-Type", "text/plain"), {}},
        AttributeCase{"expect_cannot_be_set", fixed("Expect", "100-continue"), {}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Envelope, breaking_text_in_an_events_data_never_reaches_a_header) {
  auto subscription = sample_subscription();
  webhook_of(subscription).attributes = {dynamic("x-a", "data.text")};
  for (const auto* text :
       {R"({"text":"a\r\nx-b: c"})", R"({"text":"a\u0000b"})", R"({"text":"a\nb"})"}) {
    auto event = sample_event();
    event.data = text;
    EXPECT_FALSE(rendered(subscription, {sample_task(event)}).headers.contains("x-a")) << text;
  }
}

TEST(Envelope, two_attributes_of_one_name_become_one_header) {
  auto subscription = sample_subscription();
  webhook_of(subscription).attributes = {fixed("x-a", "one"), fixed("X-A", "two")};
  const auto envelope = rendered(subscription, {sample_task()});
  EXPECT_EQ(envelope.headers.count("x-a"), 1u);
  EXPECT_EQ(envelope.headers.get("x-a"), "two");
}

}  // namespace
}  // namespace fanfare::delivery
