#pragma once
/// Everything that can be set, with its default. One YAML file, then FANFARE_… variables, then
/// flags. docs/configuration.md is the reference for users; the names there are the names here.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "carrier/loopback/loopback.h"
#include "communication/chat/options.h"
#include "communication/phone_numbers/service.h"
#include "communication/sms/options.h"
#include "http/server.h"
#include "json/value.h"
#include "log/open.h"

namespace fanfare::app {

struct ListenAddress {
  std::string address = "127.0.0.1";
  std::uint16_t port = 4880;
};

/// An event subscription as declared: `properties` is the ARM body, applied by the same code as
/// PUT.
struct DeclaredSubscription {
  std::string name;
  json::Value properties;
  std::string where;  ///< file:line, for messages
};

struct DeclaredTopic {
  std::string name;
  std::string resource_group = "local";
  json::Value properties;           ///< inputSchema, inputSchemaMapping, disableLocalAuth, …
  std::optional<std::string> key1;  ///< base64; made at random when absent
  std::optional<std::string> key2;
  std::optional<std::uint16_t>
      port;  ///< a port of its own, for clients that keep only host and port
  std::vector<DeclaredSubscription> subscriptions;
  std::string where;
};

/// A communication resource as declared. Absent: what it is, or made at random.
struct DeclaredResource {
  std::string name;
  std::string resource_group = "local";
  std::optional<std::string> immutable_id;  ///< a GUID, part of the ids that it gives out
  std::optional<std::string> key1;          ///< base64
  std::optional<std::string> key2;
  std::optional<std::uint16_t> port;           ///< of its own; else it is told by the Host name
  std::optional<std::string> events_revision;  ///< `2020-09-18`, `2021-02-11`, …, `current`
  std::vector<DeclaredSubscription> subscriptions;
  /// Absent: the demo's, of which the resource `fanfare` owns some.
  std::optional<std::vector<communication::phone_numbers::InventoryNumber>> phone_numbers;
  std::string where;
};

struct Config {
  std::vector<ListenAddress> listen = {ListenAddress{}};
  bool plain_http = true;                       ///< plain_http: on | off
  std::filesystem::path data = "fanfare-data";  ///< `memory` keeps nothing
  bool data_in_memory = false;
  log::Durability durability = log::Durability::Fsync;
  bool virtual_clock = false;
  std::optional<base::TimePoint> virtual_clock_start;  ///< default: the wall clock at start
  bool ready_json = false;
  unsigned threads = 0;  ///< I/O threads; 0 = one per core
  base::LogLevel log_level = base::LogLevel::Info;
  base::LogFormat log_format = base::LogFormat::Text;
  std::vector<std::string>
      hosts;  ///< Host names answered besides loopback's, topics' and literal addresses
  std::optional<std::string>
      public_url;  ///< base of the URLs that are handed out, e.g. validationUrl
  std::optional<std::string>
      management_key;  ///< bearer key of management and operations; required beyond loopback
  base::Duration drain = base::seconds(8);  ///< longest orderly stop

  struct Tls {
    std::filesystem::path certificate;  ///< empty: the development CA in data/tls
    std::filesystem::path key;
    std::vector<std::string> extra_hosts;  ///< names for the development certificate
  } tls;

  struct Webhooks {
    bool allow_http = true;         ///< default true only when listening on loopback alone
    bool allow_loopback = true;     ///< targets on this machine; default as above
    bool allow_private = false;     ///< private networks
    bool validation = true;         ///< the handshake before the first delivery
    std::filesystem::path ca_file;  ///< additional trust for deliveries; empty: the system's store
    base::Duration response_timeout = base::seconds(30);
    base::Duration connect_timeout = base::seconds(10);
    base::Duration tls_timeout = base::seconds(10);
    base::Duration resolve_timeout = base::seconds(5);
    int handshake_attempts = 3;
    base::Duration validation_lifetime = base::minutes(10);
  } webhooks;

  struct Delivery {
    std::vector<base::Duration> retry_schedule;  ///< empty: the documented one
    bool retry_gaps = false;                     ///< schedule read as gaps instead of elapsed time
    double retry_jitter = 0.10;
    std::vector<int> final_statuses;  ///< empty: 400, 401, 403, 413
    base::Duration dead_letter_delay{};
    std::filesystem::path dead_letter_folder;  ///< empty: data/deadletter
    int probation_after_failures = 10;
    std::size_t concurrency_max = 64;
    bool upper_case_subscription_name = true;  ///< aeg-subscription-name
  } delivery;

  struct Publishing {
    std::size_t request_bytes_max = 1'536'000;
    std::size_t event_bytes_max = 1'049'600;
    std::size_t events_per_request_max = 5'000;
    bool cloud_events_binary_mode = true;
  } publishing;

  struct Matching {
    bool strict_subject_slash = false;
  } matching;

  struct Retention {
    std::uint64_t history_bytes = 64ull << 20;
  } retention;

  /// Of the files in the data folder.
  struct StoreFiles {
    std::uint64_t segment_bytes = 16ull << 20;
    std::uint64_t reserve_bytes = 64ull << 20;
  } store;

  /// Of what clients may send and hold.
  struct Http {
    http::ServerLimits limits;  ///< but the body's, which is publishing.request_bytes_max
    http::ServerTimeouts timeouts;
    std::size_t connections_max = 16'000;
    std::size_t connections_per_address_max = 256;
  } http;

  struct Identity {
    base::Duration clock_skew = base::minutes(15);  ///< of the date of signed requests
    bool rate_limits = false;                       ///< the service's published ones
  } identity;
  communication::sms::Options sms;
  communication::chat::ChatOptions chat;
  carrier::loopback::Options loopback;
  communication::phone_numbers::Options phone_numbers;

  std::vector<DeclaredTopic> topics;
  bool default_topic = true;  ///< the topic `events`, so that the first minute needs no set-up

  std::vector<DeclaredResource> communication;
  bool default_communication = true;  ///< the communication resource `fanfare`, likewise
};

/// A value from outside the file.
struct Override {
  std::string key;  ///< dotted, e.g. `webhooks.allow_http`; lists are split at commas
  std::string value;
  std::string where;  ///< `--listen`, `FANFARE_LISTEN`
};

/// Reads `file` (when given), then applies `overrides` in their order: callers pass the
/// environment's before the flags'. Relative paths start from the file's folder, those of overrides
/// from the working directory. Errors: InvalidArgument whose message has one line `file:line: what
/// is wrong and what is allowed` for each thing that is wrong (at most 20); target is the first
/// one's key.
base::Result<Config> load_config(const std::optional<std::filesystem::path>& file,
                                 const std::vector<Override>& overrides);

/// The same for a text that is at hand; `name` stands in messages, relative paths start from
/// `folder`.
base::Result<Config> parse_config(std::string_view text, const std::string& name,
                                  const std::filesystem::path& folder,
                                  const std::vector<Override>& overrides);

/// FANFARE_… variables of the environment as overrides; `FANFARE_WEBHOOKS__ALLOW_HTTP` is
/// `webhooks.allow_http`. Left out: empty ones, the variables of the command line's client side
/// (FANFARE_SERVER, FANFARE_CA, FANFARE_OUTPUT, FANFARE_CONFIG), and those that Kubernetes makes
/// for a Service of the name fanfare (FANFARE_PORT…, FANFARE_SERVICE_…).
std::vector<Override> overrides_from_environment();
/// From `NAME=value` entries.
std::vector<Override> overrides_from(const std::vector<std::string>& variables);

/// True when every listener is a loopback address.
bool loopback_only(const Config& config);

}  // namespace fanfare::app
