#include "app/config_keys.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "app/config_communication_keys.h"
#include "app/config_setters.h"
#include "app/config_values.h"
#include "http/url.h"

namespace fanfare::app {
namespace {

using base::Result;

constexpr std::int64_t kMega = 1'000'000;

Result<void> set_readable_file(std::filesystem::path& target, const YamlNode& node,
                               const ConfigSource& source) {
  const auto text = read_text(node);
  if (!text) return not_allowed();
  auto path = source.resolve(*text);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return base::invalid(path.string() + " is a folder, not a file");
  }
  if (access(path.c_str(), R_OK) != 0) {
    return base::invalid("cannot read " + path.string() + ": " + std::strerror(errno));
  }
  target = std::move(path);
  return {};
}

Result<void> set_folder(std::filesystem::path& target, const YamlNode& node,
                        const ConfigSource& source) {
  const auto text = read_text(node);
  if (!text) return not_allowed();
  auto path = source.resolve(*text);
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_directory(path, error)) {
    return base::invalid(path.string() + " is a file, not a folder");
  }
  target = std::move(path);
  return {};
}

Result<void> set_data(Config& config, const YamlNode& node, const ConfigSource& source) {
  config.data_in_memory = node.kind == YamlNode::Kind::Scalar && node.text == "memory";
  if (config.data_in_memory) return {};
  return set_folder(config.data, node, source);
}

Result<void> set_log_level(Config& config, const YamlNode& node, const ConfigSource&) {
  const auto text = read_text(node);
  if (!text) return not_allowed();
  const auto level = base::parse_log_level(*text);
  if (!level) return not_allowed();
  config.log_level = *level;
  return {};
}

Result<void> set_time(Config& config, const YamlNode& node, const ConfigSource&) {
  const auto text = read_text(node);
  if (!text) return not_allowed();
  const auto time = base::parse_rfc3339(*text);
  if (!time) return base::invalid("\"" + *text + "\": " + time.error().message);
  config.virtual_clock_start = *time;
  return {};
}

Result<void> set_public_url(Config& config, const YamlNode& node, const ConfigSource&) {
  const auto text = read_text(node);
  if (!text) return not_allowed();
  const auto url = http::parse_url(*text);
  if (!url) return base::invalid("\"" + *text + "\": " + url.error().message);
  if (url->target != "/") return not_allowed();
  config.public_url = url->origin();
  return {};
}

Result<void> set_management_key(Config& config, const YamlNode& node, const ConfigSource&) {
  const auto text = read_text(node);
  if (!text || text->size() < 16 || text->size() > 256) return not_allowed();
  const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
  if (!std::ranges::all_of(*text, visible)) return not_allowed();
  config.management_key = *text;
  return {};
}

/// Whole pages, as the log wants them.
Result<void> set_segment_bytes(Config& config, const YamlNode& node, const ConfigSource&) {
  constexpr std::uint64_t kPage = 4096;
  auto set_to = set(config.store.segment_bytes, read_bytes(node, 4ull << 20, 1ull << 30));
  if (set_to) config.store.segment_bytes = (config.store.segment_bytes + kPage - 1) / kPage * kPage;
  return set_to;
}

using C = Config;
using N = YamlNode;
using S = ConfigSource;

constexpr ConfigKey kKeys[] = {
    {"listen", "ADDRESS:PORT, or a list of them; port 0 takes a free one", "127.0.0.1:4880",
     [](C& c, const N& n, const S&) { return set_list(c.listen, n, read_listen_address); }},
    {"plain_http", "on or off", "on",
     [](C& c, const N& n, const S&) { return set(c.plain_http, read_switch(n)); }},
    {"data", "a folder, or memory", "fanfare-data", set_data},
    {"durability", "fsync, os or memory", "fsync",
     [](C& c, const N& n, const S&) {
       return set_choice<log::Durability>(c.durability, n,
                                          {{"fsync", log::Durability::Fsync},
                                           {"os", log::Durability::Os},
                                           {"memory", log::Durability::Memory}});
     }},
    {"virtual_clock", "on or off", "off",
     [](C& c, const N& n, const S&) { return set(c.virtual_clock, read_switch(n)); }},
    {"virtual_clock_start", "a time such as 2024-01-01T00:00:00Z", "the time of the start",
     set_time},
    {"ready_json", "on or off", "off",
     [](C& c, const N& n, const S&) { return set(c.ready_json, read_switch(n)); }},
    {"threads", "a whole number from 0 to 256", "0: one a core",
     [](C& c, const N& n, const S&) { return set(c.threads, read_integer(n, 0, 256)); }},
    {"log_level", "debug, info, warn, error or off", "info", set_log_level},
    {"log_format", "text or json", "text",
     [](C& c, const N& n, const S&) {
       return set_choice<base::LogFormat>(
           c.log_format, n, {{"text", base::LogFormat::Text}, {"json", base::LogFormat::Json}});
     }},
    {"hosts", "a host name, a name such as *.example.com, an address, or a list of them",
     "loopback's names",
     [](C& c, const N& n, const S&) { return set_list(c.hosts, n, read_host); }},
    {"public_url", "an http or https URL without a path", "the first listener's address",
     set_public_url},
    {"management_key", "16 to 256 visible ASCII characters", "none; required beyond loopback",
     set_management_key, Secrecy::Secret},
    {"drain", "a duration from 0 to 10m", "8s",
     [](C& c, const N& n, const S&) {
       return set(c.drain, read_duration(n, base::Duration::zero(), base::minutes(10)));
     }},
    {"default_topic", "on or off", "on",
     [](C& c, const N& n, const S&) { return set(c.default_topic, read_switch(n)); }},
    {"default_communication", "on or off", "on",
     [](C& c, const N& n, const S&) { return set(c.default_communication, read_switch(n)); }},

    {"tls.certificate", "a PEM file, the leaf first", "the development CA's",
     [](C& c, const N& n, const S& s) { return set_readable_file(c.tls.certificate, n, s); }},
    {"tls.key", "a PEM file", "the development CA's",
     [](C& c, const N& n, const S& s) { return set_readable_file(c.tls.key, n, s); }},
    {"tls.extra_hosts", "a host name, a name such as *.example.com, an address, or a list of them",
     "none", [](C& c, const N& n, const S&) { return set_list(c.tls.extra_hosts, n, read_host); }},

    {"webhooks.allow_http", "on or off", "on when listening on loopback alone",
     [](C& c, const N& n, const S&) { return set(c.webhooks.allow_http, read_switch(n)); }},
    {"webhooks.allow_loopback", "on or off", "on when listening on loopback alone",
     [](C& c, const N& n, const S&) { return set(c.webhooks.allow_loopback, read_switch(n)); }},
    {"webhooks.allow_private", "on or off", "off",
     [](C& c, const N& n, const S&) { return set(c.webhooks.allow_private, read_switch(n)); }},
    {"webhooks.validation", "on or off", "on",
     [](C& c, const N& n, const S&) { return set(c.webhooks.validation, read_switch(n)); }},
    {"webhooks.ca_file", "a PEM file", "the system's store",
     [](C& c, const N& n, const S& s) { return set_readable_file(c.webhooks.ca_file, n, s); }},
    {"webhooks.response_timeout", "a duration from 100ms to 10m", "30s",
     [](C& c, const N& n, const S&) {
       return set(c.webhooks.response_timeout,
                  read_duration(n, base::milliseconds(100), base::minutes(10)));
     }},
    {"webhooks.connect_timeout", "a duration from 100ms to 10m", "10s",
     [](C& c, const N& n, const S&) {
       return set(c.webhooks.connect_timeout,
                  read_duration(n, base::milliseconds(100), base::minutes(10)));
     }},
    {"webhooks.tls_timeout", "a duration from 100ms to 10m", "10s",
     [](C& c, const N& n, const S&) {
       return set(c.webhooks.tls_timeout,
                  read_duration(n, base::milliseconds(100), base::minutes(10)));
     }},
    {"webhooks.resolve_timeout", "a duration from 100ms to 10m", "5s",
     [](C& c, const N& n, const S&) {
       return set(c.webhooks.resolve_timeout,
                  read_duration(n, base::milliseconds(100), base::minutes(10)));
     }},
    {"webhooks.handshake_attempts", "a whole number from 1 to 10", "3",
     [](C& c, const N& n, const S&) {
       return set(c.webhooks.handshake_attempts, read_integer(n, 1, 10));
     }},
    {"webhooks.validation_lifetime", "a duration from 1s to 1d", "10m",
     [](C& c, const N& n, const S&) {
       return set(c.webhooks.validation_lifetime,
                  read_duration(n, base::seconds(1), base::days(1)));
     }},

    {"delivery.retry_schedule", "a list of durations from 1s to 1d",
     "10s, 30s, 1m, 5m, 10m, 30m, 1h, 3h, 6h, then every 12h",
     [](C& c, const N& n, const S&) {
       return set_list(c.delivery.retry_schedule, n, [](const N& item) {
         return read_duration(item, base::seconds(1), base::days(1));
       });
     }},
    {"delivery.retry_gaps", "on or off", "off",
     [](C& c, const N& n, const S&) { return set(c.delivery.retry_gaps, read_switch(n)); }},
    {"delivery.retry_jitter", "a number from 0 to 1", "0.10",
     [](C& c, const N& n, const S&) { return set(c.delivery.retry_jitter, read_number(n, 0, 1)); }},
    {"delivery.final_statuses", "a list of HTTP statuses from 300 to 599", "400, 401, 403, 413",
     [](C& c, const N& n, const S&) {
       return set_list(c.delivery.final_statuses, n,
                       [](const N& item) { return read_integer(item, 300, 599); });
     }},
    {"delivery.dead_letter_delay", "a duration from 0 to 1h", "0",
     [](C& c, const N& n, const S&) {
       return set(c.delivery.dead_letter_delay,
                  read_duration(n, base::Duration::zero(), base::hours(1)));
     }},
    {"delivery.dead_letter_folder", "a folder", "deadletter in the data folder",
     [](C& c, const N& n, const S& s) { return set_folder(c.delivery.dead_letter_folder, n, s); }},
    {"delivery.probation_after_failures", "a whole number from 1 to 1000", "10",
     [](C& c, const N& n, const S&) {
       return set(c.delivery.probation_after_failures, read_integer(n, 1, 1000));
     }},
    {"delivery.concurrency_max", "a whole number from 1 to 4096", "64",
     [](C& c, const N& n, const S&) {
       return set(c.delivery.concurrency_max, read_integer(n, 1, 4096));
     }},
    {"delivery.upper_case_subscription_name", "on or off", "on",
     [](C& c, const N& n, const S&) {
       return set(c.delivery.upper_case_subscription_name, read_switch(n));
     }},

    {"publishing.request_bytes_max", "bytes from 1 kB to 16 MB", "1536000",
     [](C& c, const N& n, const S&) {
       return set(c.publishing.request_bytes_max, read_bytes(n, 1000, 16 * kMega));
     }},
    {"publishing.event_bytes_max", "bytes from 1 kB to 16 MB", "1049600",
     [](C& c, const N& n, const S&) {
       return set(c.publishing.event_bytes_max, read_bytes(n, 1000, 16 * kMega));
     }},
    {"publishing.events_per_request_max", "a whole number from 1 to 100000", "5000",
     [](C& c, const N& n, const S&) {
       return set(c.publishing.events_per_request_max, read_integer(n, 1, 100'000));
     }},
    {"publishing.cloud_events_binary_mode", "on or off", "on",
     [](C& c, const N& n, const S&) {
       return set(c.publishing.cloud_events_binary_mode, read_switch(n));
     }},

    {"matching.strict_subject_slash", "on or off", "off",
     [](C& c, const N& n, const S&) {
       return set(c.matching.strict_subject_slash, read_switch(n));
     }},

    {"retention.history_bytes", "bytes from 0 to 1000 GB", "64 MiB",
     [](C& c, const N& n, const S&) {
       return set(c.retention.history_bytes, read_bytes(n, 0, 1'000'000ull * kMega));
     }},

    {"store.segment_bytes", "bytes from 4 MiB to 1 GiB", "16 MiB", set_segment_bytes},
    {"store.reserve_bytes", "bytes from 0 to 100 GB", "64 MiB",
     [](C& c, const N& n, const S&) {
       return set(c.store.reserve_bytes, read_bytes(n, 0, 100'000ull * kMega));
     }},

    {"http.request_line_bytes_max", "bytes from 1 KiB to 1 MiB", "16 KiB",
     [](C& c, const N& n, const S&) {
       return set(c.http.limits.request_line_bytes_max, read_bytes(n, 1024, 1 << 20));
     }},
    {"http.header_bytes_max", "bytes from 1 KiB to 1 MiB", "32 KiB",
     [](C& c, const N& n, const S&) {
       return set(c.http.limits.header_bytes_max, read_bytes(n, 1024, 1 << 20));
     }},
    {"http.header_count_max", "a whole number from 8 to 1000", "128",
     [](C& c, const N& n, const S&) {
       return set(c.http.limits.header_count_max, read_integer(n, 8, 1000));
     }},
    {"http.chunk_line_bytes_max", "bytes from 64 to 64 KiB", "4 KiB",
     [](C& c, const N& n, const S&) {
       return set(c.http.limits.chunk_line_bytes_max, read_bytes(n, 64, 64 << 10));
     }},
    {"http.trailer_bytes_max", "bytes from 256 to 256 KiB", "8 KiB",
     [](C& c, const N& n, const S&) {
       return set(c.http.limits.trailer_bytes_max, read_bytes(n, 256, 256 << 10));
     }},
    {"http.pipeline_depth_max", "a whole number from 1 to 1000", "32",
     [](C& c, const N& n, const S&) {
       return set(c.http.limits.pipeline_depth_max, read_integer(n, 1, 1000));
     }},
    {"http.head_timeout", "a duration from 100ms to 1h", "15s",
     [](C& c, const N& n, const S&) {
       return set(c.http.timeouts.head, read_duration(n, base::milliseconds(100), base::hours(1)));
     }},
    {"http.idle_timeout", "a duration from 100ms to 1h", "2m",
     [](C& c, const N& n, const S&) {
       return set(c.http.timeouts.idle, read_duration(n, base::milliseconds(100), base::hours(1)));
     }},
    {"http.tls_timeout", "a duration from 100ms to 1h", "10s",
     [](C& c, const N& n, const S&) {
       return set(c.http.timeouts.tls_handshake,
                  read_duration(n, base::milliseconds(100), base::hours(1)));
     }},
    {"http.transfer_grace", "a duration from 100ms to 1h", "10s",
     [](C& c, const N& n, const S&) {
       return set(c.http.timeouts.transfer_grace,
                  read_duration(n, base::milliseconds(100), base::hours(1)));
     }},
    {"http.transfer_bytes_per_second_min", "a whole number from 1 to 1000000", "500",
     [](C& c, const N& n, const S&) {
       return set(c.http.timeouts.transfer_bytes_per_second_min, read_integer(n, 1, 1000000));
     }},
    {"http.connections_max", "a whole number from 16 to 1000000", "16000",
     [](C& c, const N& n, const S&) {
       return set(c.http.connections_max, read_integer(n, 16, 1000000));
     }},
    {"http.connections_per_address_max", "a whole number from 1 to 1000000", "256",
     [](C& c, const N& n, const S&) {
       return set(c.http.connections_per_address_max, read_integer(n, 1, 1000000));
     }},
};

}  // namespace

std::string ConfigSource::at(int line) const {
  return line == 0 ? name : name + ":" + std::to_string(line);
}

std::filesystem::path ConfigSource::resolve(const std::string& path) const {
  return (folder / path).lexically_normal();
}

std::span<const ConfigKey> config_keys() {
  static const std::vector<ConfigKey> all = [] {
    std::vector<ConfigKey> keys(std::begin(kKeys), std::end(kKeys));
    const auto more = communication_keys();
    keys.insert(keys.end(), more.begin(), more.end());
    return keys;
  }();
  return all;
}

const ConfigKey* find_config_key(std::string_view name) {
  for (const auto& key : config_keys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

std::vector<std::string> config_names_in(std::string_view section) {
  std::vector<std::string> names;
  const std::string prefix = section.empty() ? "" : std::string(section) + ".";
  for (const auto& key : config_keys()) {
    if (!key.name.starts_with(prefix)) continue;
    const auto rest = key.name.substr(prefix.size());
    std::string name(rest.substr(0, rest.find('.')));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  if (section.empty()) names.insert(names.end(), {"topics", "communication"});
  return names;
}

bool is_config_section(std::string_view name) {
  const auto prefix = std::string(name) + ".";
  return std::ranges::any_of(config_keys(),
                             [&](const auto& key) { return key.name.starts_with(prefix); });
}

std::string shown(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return "nothing";
    case YamlNode::Kind::Sequence:
      return node.items.empty() ? "an empty list" : "this list";
    case YamlNode::Kind::Map:
      return "a group of settings";
    case YamlNode::Kind::Scalar:
      break;
  }
  std::string out;
  json::append_string(out, node.text.substr(0, 80));
  return out;
}

}  // namespace fanfare::app
