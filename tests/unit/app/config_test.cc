#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/config_keys.h"
#include "app/config_nearest.h"
#include "app/config_yaml.h"

namespace fanfare::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

base::Result<Config> parse(std::string_view text, std::vector<Override> overrides = {}) {
  return parse_config(text, "fanfare.yaml", "conf", overrides);
}

std::string error_of(const base::Result<Config>& config) {
  return config ? "no error" : config.error().message;
}

std::string name_of(const auto& info) { return info.param.name; }

// --- what is refused, with the exact message
// ------------------------------------------------------

struct Wrong {
  const char* name;
  const char* text;
  const char* message;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class ConfigRefusesTest : public testing::TestWithParam<Wrong> {};

TEST_P(ConfigRefusesTest, with_file_line_and_what_is_allowed) {
  const auto config = parse(GetParam().text);
  EXPECT_EQ(error_of(config), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, ConfigRefusesTest,
    testing::Values(
        Wrong{
            "a_key_in_a_section_that_is_mistyped", "threads: 1\nwebhooks:\n  alow_http: on\n",
            "fanfare.yaml:3: unknown setting \"alow_http\"; did you mean \"allow_http\"? Allowed "
            "in webhooks: allow_http, allow_loopback, allow_private, validation, ca_file, "
            "response_timeout, connect_timeout, tls_timeout, resolve_timeout, handshake_attempts, "
            "validation_lifetime"},
        Wrong{"a_key_at_the_top_that_comes_near_nothing", "colour: red\n",
              "fanfare.yaml:1: unknown setting \"colour\". Allowed here: listen, plain_http, data, "
              "durability, virtual_clock, virtual_clock_start, ready_json, threads, log_level, "
              "log_format, hosts, public_url, management_key, drain, default_topic, "
              "default_communication, tls, webhooks, delivery, publishing, matching, retention, "
              "store, http, identity, sms, chat, phone_numbers, topics, communication"},
        Wrong{"a_key_set_twice", "data: a\nthreads: 2\ndata: b\n",
              "fanfare.yaml:3: \"data\" is set twice; first on line 1"},
        Wrong{"a_section_that_is_a_value", "tls: on\n",
              "fanfare.yaml:1: tls: \"on\" is not allowed; allowed: a group of settings"},
        Wrong{"a_file_that_is_a_list", "- listen\n",
              "fanfare.yaml:1: settings are expected, as `name: value`"},
        Wrong{"broken_yaml", "listen: [a, b\nthreads: 1\n",
              "fanfare.yaml:2: end of sequence flow not found"},
        Wrong{"aliases", "data: &here a\n",
              "fanfare.yaml:1: anchors (&name) are not taken; write the value out"},
        Wrong{"a_second_document", "threads: 1\n---\nthreads: 2\n",
              "fanfare.yaml:3: a second document begins; one is taken"},
        Wrong{"tags", "data: !!str x\n",
              "fanfare.yaml:1: tags (tag:yaml.org,2002:str) are not taken"}),
    [](const auto& info) { return name_of(info); });

INSTANTIATE_TEST_SUITE_P(
    Values, ConfigRefusesTest,
    testing::Values(
        Wrong{"a_port_that_is_none", "listen: 127.0.0.1:99999\n",
              "fanfare.yaml:1: listen: \"127.0.0.1:99999\" is not allowed; allowed: ADDRESS:PORT, "
              "or a list of them; port 0 takes a free one"},
        Wrong{
            "a_host_name_to_listen_at", "listen: example.com:80\n",
            "fanfare.yaml:1: listen: \"example.com:80\" is not allowed; allowed: ADDRESS:PORT, or "
            "a list of them; port 0 takes a free one"},
        Wrong{"the_same_listener_twice", "listen: [127.0.0.1:80, localhost:80]\n",
              "fanfare.yaml:1: listen: 127.0.0.1:80 stands there twice"},
        Wrong{"a_word_for_a_switch", "plain_http: maybe\n",
              "fanfare.yaml:1: plain_http: \"maybe\" is not allowed; allowed: on or off"},
        Wrong{"an_unknown_durability", "\n\ndurability: never\n",
              "fanfare.yaml:3: durability: \"never\" is not allowed; allowed: fsync, os or memory"},
        Wrong{"durability_memory_with_a_folder", "data: here\ndurability: memory\n",
              "fanfare.yaml:2: durability: memory keeps nothing, but data names a folder "
              "(fanfare.yaml:1); say data: memory, or durability: fsync or os"},
        Wrong{"too_many_threads", "threads: 257\n",
              "fanfare.yaml:1: threads: \"257\" is not allowed; allowed: a whole number from 0 to "
              "256"},
        Wrong{"a_number_with_text_behind", "threads: 2x\n",
              "fanfare.yaml:1: threads: \"2x\" is not allowed; allowed: a whole number from 0 to "
              "256"},
        Wrong{
            "a_list_where_one_value_belongs", "threads: [1, 2]\n",
            "fanfare.yaml:1: threads: this list is not allowed; allowed: a whole number from 0 to "
            "256"},
        Wrong{"nothing_where_a_value_belongs", "threads:\n",
              "fanfare.yaml:1: threads: nothing is not allowed; allowed: a whole number from 0 to "
              "256"},
        Wrong{"a_duration_without_unit", "drain: 5\n",
              "fanfare.yaml:1: drain: \"5\" is not allowed; allowed: a duration from 0 to 10m"},
        Wrong{
            "a_number_outside_of_its_range", "delivery:\n  retry_jitter: 1.5\n",
            "fanfare.yaml:2: delivery.retry_jitter: \"1.5\" is not allowed; allowed: a number from "
            "0 to 1"},
        Wrong{
            "not_a_number", "delivery: {retry_jitter: nan}\n",
            "fanfare.yaml:1: delivery.retry_jitter: \"nan\" is not allowed; allowed: a number from "
            "0 to 1"},
        Wrong{"a_schedule_that_does_not_grow", "delivery:\n  retry_schedule: [10s, 30s, 30s]\n",
              "fanfare.yaml:2: delivery.retry_schedule: each duration is the time since the first "
              "attempt and must be longer than the one before; for gaps between attempts set "
              "delivery.retry_gaps: on"},
        Wrong{"an_empty_list", "delivery:\n  final_statuses: []\n",
              "fanfare.yaml:2: delivery.final_statuses: an empty list is not allowed; allowed: a "
              "list of HTTP statuses from 300 to 599"},
        Wrong{"a_clock_start_without_a_clock", "virtual_clock_start: 2024-01-01T00:00:00Z\n",
              "fanfare.yaml:1: virtual_clock_start: of no use without virtual_clock: on"},
        Wrong{
            "files_too_small_for_a_request", "store:\n  segment_bytes: 2 MiB\n",
            "fanfare.yaml:2: store.segment_bytes: \"2 MiB\" is not allowed; allowed: bytes from 4 "
            "MiB to 1 GiB"},
        Wrong{"a_request_that_no_file_can_hold",
              "publishing:\n  request_bytes_max: 16 MB\nstore:\n  segment_bytes: 30 MiB\n",
              "fanfare.yaml:4: store.segment_bytes: store.segment_bytes must be at least twice "
              "publishing.request_bytes_max, so that the largest request fits into a file"},
        Wrong{
            "a_public_url_with_a_path", "public_url: https://example.com/path\n",
            "fanfare.yaml:1: public_url: \"https://example.com/path\" is not allowed; allowed: an "
            "http or https URL without a path"},
        Wrong{"a_certificate_that_is_not_there", "tls:\n  certificate: none.pem\n  key: none.key\n",
              "fanfare.yaml:2: tls.certificate: cannot read conf/none.pem: No such file or "
              "directory; allowed: a PEM file, the leaf first\n"
              "fanfare.yaml:3: tls.key: cannot read conf/none.key: No such file or directory; "
              "allowed: a PEM file"},
        Wrong{
            "a_short_management_key_without_repeating_it", "management_key: hunter2\n",
            "fanfare.yaml:1: management_key: this value is not allowed; allowed: 16 to 256 visible "
            "ASCII characters"},
        Wrong{"listening_beyond_loopback_without_a_key", "\nlisten: 0.0.0.0:4880\n",
              "fanfare.yaml:2: management_key: required when listening beyond loopback "
              "(0.0.0.0:4880); set it in the file or in FANFARE_MANAGEMENT_KEY; allowed: 16 to 256 "
              "visible ASCII characters"},
        Wrong{
            "several_things_at_once", "threads: x\nlog_level: loud\n",
            "fanfare.yaml:1: threads: \"x\" is not allowed; allowed: a whole number from 0 to 256\n"
            "fanfare.yaml:2: log_level: \"loud\" is not allowed; allowed: debug, info, warn, error "
            "or off"}),
    [](const auto& info) { return name_of(info); });

INSTANTIATE_TEST_SUITE_P(
    Topics, ConfigRefusesTest,
    testing::Values(
        Wrong{"topics_that_are_no_list", "topics: {name: a}\n",
              "fanfare.yaml:1: topics: a group of settings is not allowed; allowed: a list of "
              "topics"},
        Wrong{"a_topic_without_a_name", "topics:\n  - port: 5000\n",
              "fanfare.yaml:2: topics[0].name: a name is required: 3 to 50 letters, digits and "
              "hyphens, not beginning with Microsoft, EventGrid or System"},
        Wrong{"a_reserved_topic_name", "topics:\n  - name: system-x\n",
              "fanfare.yaml:2: topics[0].name: \"system-x\" is not allowed; allowed: 3 to 50 "
              "letters, digits and hyphens, not beginning with Microsoft, EventGrid or System"},
        Wrong{
            "a_mistyped_setting", "topics:\n  - name: orders\n    resourcegroup: a\n",
            "fanfare.yaml:3: topics[0].resourcegroup: unknown setting \"resourcegroup\"; did you "
            "mean \"resourceGroup\"? Allowed in topics[0]: name, resourceGroup, properties, key1, "
            "key2, port, eventSubscriptions"},
        Wrong{"a_name_declared_twice", "topics:\n  - name: orders\n  - name: Orders\n",
              "fanfare.yaml:3: topics[1].name: \"Orders\" is declared twice; first at "
              "fanfare.yaml:2"},
        Wrong{"a_key_that_is_no_base64_without_repeating_it",
              "topics:\n  - name: orders\n    key1: secret!\n",
              "fanfare.yaml:3: topics[0].key1: this value is not allowed; allowed: base64 of 16 to "
              "256 bytes"},
        Wrong{"a_port_that_the_server_listens_at", "topics:\n  - name: orders\n    port: 4880\n",
              "fanfare.yaml:2: topics: port 4880 is taken by listen: 127.0.0.1:4880"},
        Wrong{"the_port_of_another_topic",
              "topics:\n  - {name: one, port: 5000}\n  - {name: two, port: 5000}\n",
              "fanfare.yaml:3: topics[1].port: the port of another topic; see fanfare.yaml:2"},
        Wrong{"a_property_of_a_topic_at_its_own_line",
              "topics:\n  - name: orders\n    properties:\n      disableLocalAuth: maybe\n",
              "fanfare.yaml:4: topics[0].properties.disableLocalAuth: must be true or false"},
        Wrong{"a_property_of_a_subscription_at_its_own_line",
              "topics:\n"
              "  - name: orders\n"
              "    eventSubscriptions:\n"
              "      - name: hook\n"
              "        properties:\n"
              "          destination:\n"
              "            endpointType: WebHook\n"
              "            properties: {endpointUrl: \"http://localhost:1/\"}\n"
              "          retryPolicy:\n"
              "            maxDeliveryAttempts: 31\n",
              "fanfare.yaml:10: topics[0].eventSubscriptions[0].properties.retryPolicy."
              "maxDeliveryAttempts: must be an integer from 1 to 30"},
        Wrong{"a_number_that_json_lacks", "topics:\n  - name: orders\n    properties: {a: .inf}\n",
              "fanfare.yaml:3: topics[0].properties: JSON has no such number: .inf"}),
    [](const auto& info) { return name_of(info); });

TEST(ConfigTest, at_most_twenty_complaints_are_listed) {
  std::string text = "topics:\n";
  for (int i = 0; i < 50; ++i) text += "  - {}\n";
  const auto message = error_of(parse(text));
  EXPECT_EQ(std::ranges::count(message, '\n'), 19);
}

TEST(ConfigTest, a_file_that_is_too_large_is_refused) {
  EXPECT_EQ(error_of(parse(std::string(kYamlBytesMax + 1, '#'))),
            "fanfare.yaml: larger than 1 MiB");
}

TEST(ConfigTest, nesting_without_end_is_refused) {
  const auto message = error_of(parse("topics: " + std::string(200, '[') + std::string(200, ']')));
  EXPECT_EQ(message, "fanfare.yaml:1: nested too deeply");
}

TEST(ConfigTest, a_file_that_is_not_there_is_named) {
  const auto config = load_config("no/such/fanfare.yaml", {});
  EXPECT_EQ(error_of(config), "no/such/fanfare.yaml: cannot be read: No such file or directory");
}

// --- what is taken
// --------------------------------------------------------------------------------

TEST(ConfigTest, without_a_file_everything_has_its_default) {
  const auto config = load_config(std::nullopt, {});
  ASSERT_TRUE(config) << error_of(config);
  ASSERT_EQ(config->listen.size(), 1u);
  EXPECT_EQ(config->listen[0].address, "127.0.0.1");
  EXPECT_EQ(config->listen[0].port, 4880);
  EXPECT_EQ(config->data, "fanfare-data");
  EXPECT_FALSE(config->data_in_memory);
  EXPECT_EQ(config->durability, log::Durability::Fsync);
  EXPECT_TRUE(config->plain_http);
  EXPECT_TRUE(config->default_topic);
  EXPECT_TRUE(config->webhooks.allow_http);
  EXPECT_TRUE(config->webhooks.allow_loopback);
  EXPECT_FALSE(config->webhooks.allow_private);
  EXPECT_TRUE(loopback_only(*config));
}

TEST(ConfigTest, the_files_of_the_store_have_whole_pages) {
  const auto config = parse("store: {segment_bytes: 5000001, reserve_bytes: 0}\n");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->store.segment_bytes, 1221u * 4096);
  EXPECT_EQ(config->store.reserve_bytes, 0u);
}

TEST(ConfigTest, an_empty_file_and_an_empty_section_change_nothing) {
  EXPECT_TRUE(parse(""));
  EXPECT_TRUE(parse("# nothing\n"));
  EXPECT_TRUE(parse("webhooks:\n"));
}

TEST(ConfigTest, beyond_loopback_webhooks_get_strict_unless_told_otherwise) {
  const auto strict = parse("listen: 0.0.0.0:4880\nmanagement_key: 0123456789abcdef\n");
  ASSERT_TRUE(strict) << error_of(strict);
  EXPECT_FALSE(strict->webhooks.allow_http);
  EXPECT_FALSE(strict->webhooks.allow_loopback);
  const auto told =
      parse("listen: 0.0.0.0:4880\nmanagement_key: 0123456789abcdef\nwebhooks: {allow_http: on}\n");
  ASSERT_TRUE(told) << error_of(told);
  EXPECT_TRUE(told->webhooks.allow_http);
  EXPECT_FALSE(told->webhooks.allow_loopback);
}

TEST(ConfigTest, one_listener_beyond_loopback_is_beyond_loopback) {
  const auto config =
      parse("listen: [localhost:1, \"[::]:2\"]\nmanagement_key: 0123456789abcdef\n");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_FALSE(loopback_only(*config));
  EXPECT_EQ(config->listen[1].address, "::");
}

struct Listener {
  const char* name;
  const char* text;
  const char* address;
  std::uint16_t port;
};
void PrintTo(const Listener& c, std::ostream* out) { *out << c.name; }
class ListenTest : public testing::TestWithParam<Listener> {};

TEST_P(ListenTest, is_read) {
  const auto config =
      parse("management_key: 0123456789abcdef\nlisten: \"" + std::string(GetParam().text) + "\"\n");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->listen[0].address, GetParam().address);
  EXPECT_EQ(config->listen[0].port, GetParam().port);
}

INSTANTIATE_TEST_SUITE_P(Forms, ListenTest,
                         testing::Values(Listener{"port", "8080", "127.0.0.1", 8080},
                                         Listener{"free_port", "127.0.0.1:0", "127.0.0.1", 0},
                                         Listener{"name", "localhost:1", "127.0.0.1", 1},
                                         Listener{"v6", "[::1]:1", "::1", 1},
                                         Listener{"any", "0.0.0.0:1", "0.0.0.0", 1}),
                         [](const auto& info) { return name_of(info); });

TEST(ConfigTest, relative_paths_start_from_the_files_folder_and_overrides_from_here) {
  const auto from_file = parse("data: store\n");
  ASSERT_TRUE(from_file);
  EXPECT_EQ(from_file->data, "conf/store");
  const auto from_flag = parse("data: store\n", {{"data", "other", "--data"}});
  ASSERT_TRUE(from_flag);
  EXPECT_EQ(from_flag->data, "other");
}

TEST(ConfigTest, memory_is_no_folder) {
  const auto config = parse("data: memory\n");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->data_in_memory);
  EXPECT_EQ(config->durability, log::Durability::Memory);
}

TEST(ConfigTest, later_overrides_win_over_earlier_ones_and_over_the_file) {
  const auto config = parse("threads: 1\ndata: memory\n", {{"threads", "2", "FANFARE_THREADS"},
                                                           {"threads", "3", "--set threads"},
                                                           {"data", "kept", "--data"}});
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->threads, 3u);
  EXPECT_FALSE(config->data_in_memory);
  EXPECT_EQ(config->data, "kept");
}

TEST(ConfigTest, lists_from_outside_a_file_are_split_at_commas) {
  const auto config = parse("", {{"listen", "127.0.0.1:1, [::1]:2", "--listen"}});
  ASSERT_TRUE(config) << error_of(config);
  ASSERT_EQ(config->listen.size(), 2u);
  EXPECT_EQ(config->listen[1].address, "::1");
}

TEST(ConfigTest, a_wrong_override_is_named_by_where_it_came_from) {
  EXPECT_EQ(
      error_of(parse("", {{"threads", "x", "FANFARE_THREADS"}})),
      "FANFARE_THREADS: threads: \"x\" is not allowed; allowed: a whole number from 0 to 256");
  EXPECT_EQ(error_of(parse("", {{"tls.certificat", "x", "--set tls.certificat"}})),
            "--set tls.certificat: unknown setting \"tls.certificat\"; did you mean "
            "\"tls.certificate\"? `fanfare config keys` lists all of them");
}

TEST(ConfigTest, every_kind_of_value_is_read) {
  const auto config = parse(
      "drain: 1m30s\n"
      "log_level: debug\n"
      "log_format: json\n"
      "hosts: [Fanfare.Example.com, 192.0.2.7]\n"
      "public_url: https://Events.example.com/\n"
      "virtual_clock: on\n"
      "virtual_clock_start: 2024-01-01T00:00:00Z\n"
      "delivery:\n"
      "  retry_schedule: [1s, 2s]\n"
      "  retry_jitter: 0\n"
      "  final_statuses: 410\n"
      "publishing:\n"
      "  request_bytes_max: 2 MiB\n"
      "retention:\n"
      "  history_bytes: 0\n");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->drain, base::seconds(90));
  EXPECT_EQ(config->log_level, base::LogLevel::Debug);
  EXPECT_EQ(config->log_format, base::LogFormat::Json);
  EXPECT_THAT(config->hosts, ElementsAre("fanfare.example.com", "192.0.2.7"));
  EXPECT_EQ(config->public_url, "https://events.example.com");
  EXPECT_EQ(config->virtual_clock_start, *base::parse_rfc3339("2024-01-01T00:00:00Z"));
  EXPECT_THAT(config->delivery.retry_schedule, ElementsAre(base::seconds(1), base::seconds(2)));
  EXPECT_EQ(config->delivery.retry_jitter, 0);
  EXPECT_THAT(config->delivery.final_statuses, ElementsAre(410));
  EXPECT_EQ(config->publishing.request_bytes_max, 2u << 20);
  EXPECT_EQ(config->retention.history_bytes, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Communication, ConfigRefusesTest,
    testing::Values(
        Wrong{"resources_that_are_no_list", "communication: {name: a}\n",
              "fanfare.yaml:1: communication: a group of settings is not allowed; allowed: a list "
              "of communication resources"},
        Wrong{"a_resource_that_no_host_can_be_named_by", "communication:\n  - name: a.b\n",
              "fanfare.yaml:2: communication[0].name: \"a.b\" is not allowed; allowed: 1 to 63 "
              "letters, digits and hyphens, a hyphen neither first nor last"},
        Wrong{"an_immutable_id_that_is_no_guid",
              "communication:\n  - name: a\n    immutable_id: 12\n",
              "fanfare.yaml:3: communication[0].immutable_id: \"12\" is not allowed; allowed: a "
              "GUID"},
        Wrong{"a_revision_that_nobody_knows",
              "communication:\n  - name: a\n    events_revision: 2019-01-01\n",
              "fanfare.yaml:3: communication[0].events_revision: \"2019-01-01\" is not allowed; "
              "allowed: 2020-09-18, 2021-02-11, transitional or current"},
        Wrong{"a_setting_of_topics", "communication:\n  - name: a\n    resourceGroup: b\n",
              "fanfare.yaml:3: communication[0].resourceGroup: unknown setting "
              "\"resourceGroup\"; did you mean \"resource_group\"? Allowed in communication[0]: "
              "name, resource_group, immutable_id, key1, key2, port, events_revision, "
              "event_subscriptions, "
              "phone_numbers"},
        Wrong{"a_resource_declared_twice", "communication:\n  - name: a\n  - name: A\n",
              "fanfare.yaml:3: communication[1].name: \"A\" is declared twice; first at "
              "fanfare.yaml:2"},
        Wrong{"an_id_of_two_resources",
              "communication:\n"
              "  - {name: a, immutable_id: 00000000-0000-0000-0000-00000000000a}\n"
              "  - {name: b, immutable_id: 00000000-0000-0000-0000-00000000000A}\n",
              "fanfare.yaml:3: communication[1].immutable_id: the id of another resource; see "
              "fanfare.yaml:2"},
        Wrong{"a_port_of_two_resources",
              "communication:\n  - {name: a, port: 5000}\n  - {name: b, port: 5000}\n",
              "fanfare.yaml:3: communication[1].port: the port of another resource; see "
              "fanfare.yaml:2"},
        Wrong{"a_port_of_a_topic",
              "topics:\n  - {name: one, port: 5000}\ncommunication:\n  - {name: b, port: 5000}\n",
              "fanfare.yaml:4: communication: port 5000 is that of the topic at fanfare.yaml:2"},
        Wrong{"a_listeners_port", "communication:\n  - {name: b, port: 4880}\n",
              "fanfare.yaml:2: communication: port 4880 is taken by listen: 127.0.0.1:4880"},
        Wrong{"a_fault_in_a_subscription",
              "communication:\n"
              "  - name: a\n"
              "    event_subscriptions:\n"
              "      - name: hook\n"
              "        properties:\n"
              "          destination: {endpointType: Pigeon}\n",
              "fanfare.yaml:6: communication[0].event_subscriptions[0].properties.destination."
              "endpointType: must be 'WebHook'"}),
    [](const auto& info) { return name_of(info); });

TEST(ConfigTest, communication_resources_are_declared) {
  const auto config = parse(
      "default_communication: off\n"
      "identity:\n"
      "  clock_skew: 5m\n"
      "communication:\n"
      "  - name: contoso\n"
      "    immutable_id: 2B5F7C1E-8d39-4a6f-9e0b-c3d1a7f24e58\n"
      "    key1: MDEyMzQ1Njc4OWFiY2RlZg==\n"
      "    port: 4882\n"
      "    events_revision: 2020-09-18\n"
      "    event_subscriptions:\n"
      "      - name: hook\n"
      "        properties:\n"
      "          destination:\n"
      "            endpointType: WebHook\n"
      "            properties: {endpointUrl: \"http://localhost:4990/\"}\n"
      "  - name: other\n");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_FALSE(config->default_communication);
  EXPECT_EQ(config->identity.clock_skew, base::minutes(5));
  ASSERT_EQ(config->communication.size(), 2u);
  const auto& contoso = config->communication[0];
  EXPECT_EQ(contoso.name, "contoso");
  EXPECT_EQ(contoso.resource_group, "local");
  EXPECT_EQ(contoso.immutable_id, "2B5F7C1E-8d39-4a6f-9e0b-c3d1a7f24e58");
  EXPECT_EQ(contoso.key1, "MDEyMzQ1Njc4OWFiY2RlZg==");
  EXPECT_EQ(contoso.key2, std::nullopt);
  EXPECT_EQ(contoso.port, 4882);
  EXPECT_EQ(contoso.events_revision, "2020-09-18");
  ASSERT_EQ(contoso.subscriptions.size(), 1u);
  EXPECT_EQ(contoso.subscriptions[0].where, "fanfare.yaml:11");
  EXPECT_EQ(config->communication[1].events_revision, std::nullopt);
}

TEST(ConfigTest, topics_carry_the_bodies_of_the_management_api) {
  const auto config = parse(
      "topics:\n"
      "  - name: orders\n"
      "    port: 4881\n"
      "    key1: MDEyMzQ1Njc4OWFiY2RlZg==\n"
      "    properties:\n"
      "      inputSchema: CloudEventSchemaV1_0\n"
      "    eventSubscriptions:\n"
      "      - name: hook\n"
      "        properties:\n"
      "          destination:\n"
      "            endpointType: WebHook\n"
      "            properties:\n"
      "              endpointUrl: http://localhost:4990/\n"
      "              maxEventsPerBatch: 10\n"
      "          filter:\n"
      "            advancedFilters:\n"
      "              - {operatorType: StringIn, key: data.code, values: [\"007\", yes]}\n");
  ASSERT_TRUE(config) << error_of(config);
  ASSERT_EQ(config->topics.size(), 1u);
  const auto& topic = config->topics[0];
  EXPECT_EQ(topic.name, "orders");
  EXPECT_EQ(topic.resource_group, "local");
  EXPECT_EQ(topic.port, 4881);
  EXPECT_EQ(topic.where, "fanfare.yaml:2");
  EXPECT_EQ(json::write(topic.properties), R"({"inputSchema":"CloudEventSchemaV1_0"})");
  ASSERT_EQ(topic.subscriptions.size(), 1u);
  EXPECT_EQ(topic.subscriptions[0].where, "fanfare.yaml:8");
  EXPECT_EQ(json::write(topic.subscriptions[0].properties),
            R"({"destination":{"endpointType":"WebHook","properties":{"endpointUrl":)"
            R"("http://localhost:4990/","maxEventsPerBatch":10}},"filter":{"advancedFilters":)"
            R"([{"operatorType":"StringIn","key":"data.code","values":["007","yes"]}]}})");
}

// --- YAML to JSON
// ---------------------------------------------------------------------------------

struct Scalar {
  const char* name;
  const char* yaml;
  const char* json;
};
void PrintTo(const Scalar& scalar, std::ostream* out) { *out << scalar.name; }
class ScalarTest : public testing::TestWithParam<Scalar> {};

TEST_P(ScalarTest, becomes_json) {
  const auto tree = parse_yaml("v: " + std::string(GetParam().yaml), "t");
  ASSERT_TRUE(tree) << tree.error().message;
  const auto value = to_json(*tree->find("v"));
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(json::write(*value), GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    CoreSchema, ScalarTest,
    testing::Values(Scalar{"integer", "12", "12"}, Scalar{"negative", "-12", "-12"},
                    Scalar{"plus", "+12", "12"}, Scalar{"leading_zeros", "007", "7"},
                    Scalar{"beyond_53_bits", "9007199254740993", "9007199254740993"},
                    Scalar{"hexadecimal", "0x1F", "31"}, Scalar{"octal", "0o17", "15"},
                    Scalar{"decimal", "1.50", "1.50"}, Scalar{"no_whole_part", ".5", "0.5"},
                    Scalar{"no_fraction", "1.", "1.0"}, Scalar{"exponent", "1E+3", "1e+3"},
                    Scalar{"only_a_sign", "+", "\"+\""}, Scalar{"only_a_dot", ".", "\".\""},
                    Scalar{"version", "1.2.3", "\"1.2.3\""}, Scalar{"true_", "true", "true"},
                    Scalar{"false_", "False", "false"}, Scalar{"yes_is_text", "yes", "\"yes\""},
                    Scalar{"null_", "null", "null"}, Scalar{"tilde", "~", "null"},
                    Scalar{"nothing", "", "null"}, Scalar{"quoted_number", "\"12\"", "\"12\""},
                    Scalar{"quoted_true", "'true'", "\"true\""},
                    Scalar{"quoted_nothing", "''", "\"\""},
                    Scalar{"time", "2024-01-01T00:00:00Z", "\"2024-01-01T00:00:00Z\""},
                    Scalar{"block", "|\n  12\n", "\"12\\n\""},
                    Scalar{"list", "[1, \"1\", x]", "[1,\"1\",\"x\"]"}),
    [](const auto& info) { return name_of(info); });

// --- environment
// ----------------------------------------------------------------------------------

TEST(EnvironmentTest, variables_name_keys_with_two_underscores_for_the_dot) {
  const auto overrides = overrides_from({"FANFARE_WEBHOOKS__ALLOW_HTTP=off", "PATH=/bin",
                                         "FANFARE_DATA=a=b", "FANFARE_DATA_IS_NO_ASSIGNMENT"});
  ASSERT_EQ(overrides.size(), 2u);
  EXPECT_EQ(overrides[0].key, "data");
  EXPECT_EQ(overrides[0].value, "a=b");
  EXPECT_EQ(overrides[1].key, "webhooks.allow_http");
  EXPECT_EQ(overrides[1].where, "FANFARE_WEBHOOKS__ALLOW_HTTP");
}

TEST(EnvironmentTest, variables_of_others_are_left_alone) {
  EXPECT_TRUE(overrides_from({"FANFARE_SERVER=http://x", "FANFARE_CA=f", "FANFARE_OUTPUT=json",
                              "FANFARE_PORT=tcp://10.0.0.1:4880", "FANFARE_PORT_4880_TCP_PORT=4880",
                              "FANFARE_SERVICE_HOST=10.0.0.1"})
                  .empty());
}

TEST(EnvironmentTest, an_empty_variable_is_not_set) {
  EXPECT_TRUE(overrides_from({"FANFARE_MANAGEMENT_KEY="}).empty());
}

TEST(EnvironmentTest, every_key_can_be_named) {
  for (const auto& key : config_keys()) {
    std::string name = "FANFARE_";
    for (const char c : key.name) {
      name += c == '.' ? std::string("__") : std::string(1, static_cast<char>(std::toupper(c)));
    }
    const auto overrides = overrides_from({name + "=x"});
    ASSERT_EQ(overrides.size(), 1u) << name;
    EXPECT_EQ(overrides[0].key, key.name);
  }
}

// --- nearest
// --------------------------------------------------------------------------------------

TEST(NearestTest, finds_what_was_probably_meant) {
  const std::vector<std::string> words = {"listen", "plain_http", "data", "threads"};
  EXPECT_EQ(nearest("lisetn", words), "listen");
  EXPECT_EQ(nearest("plain-HTTP", words), "plain_http");
  EXPECT_EQ(nearest("thread", words), "threads");
  EXPECT_EQ(nearest("date", words), "data");
  EXPECT_EQ(nearest("colour", words), std::nullopt);
  EXPECT_EQ(nearest("", words), std::nullopt);
}

// --- documentation
// --------------------------------------------------------------------------------

TEST(ExamplesTest, the_configuration_is_right) {
  const auto config =
      load_config(std::filesystem::path(FANFARE_TEST_DATA) / "../../examples/fanfare.yaml", {});
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->topics.size(), 3u);
}

TEST(ConfigurationDocTest, has_a_row_for_every_key_with_what_is_allowed_and_the_default) {
  std::ifstream file(std::filesystem::path(FANFARE_TEST_DATA) / "../../docs/configuration.md");
  ASSERT_TRUE(file) << "docs/configuration.md is missing";
  std::stringstream text;
  text << file.rdbuf();
  for (const auto& key : config_keys()) {
    const auto row = "| `" + std::string(key.name) + "` | " + std::string(key.allowed) + " | " +
                     std::string(key.standard) + " |";
    EXPECT_THAT(text.str(), HasSubstr(row));
  }
}

}  // namespace
}  // namespace fanfare::app
