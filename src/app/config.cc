#include "app/config.h"

#include <asio/ip/address.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "app/config_communication.h"
#include "app/config_keys.h"
#include "app/config_nearest.h"
#include "app/config_topics.h"
#include "app/config_values.h"
#include "app/config_yaml.h"

namespace fanfare::app {
namespace {

constexpr std::size_t kComplaintsMax = 20;

/// Collects settings from all sources, and everything that is wrong with them.
class Loader {
 public:
  void read_file(const YamlNode& root, const ConfigSource& source);
  void apply(const Override& override);
  void finish();

  base::Result<Config> result() &&;

 private:
  void read_section(const YamlNode& node, const std::string& section, const ConfigSource& source);
  void read_member(const YamlMember& member, const std::string& section,
                   const ConfigSource& source);
  void apply_key(const ConfigKey& key, const YamlNode& node, const ConfigSource& source);
  void complain(const std::string& where, const std::string& key, const std::string& message);

  bool is_set(const std::string& key) const { return set_at_.contains(key); }
  /// Where the setting stands, or `configuration` when it is the default.
  std::string where(const std::string& key) const;

  void choose_defaults();
  void check_listeners();
  void check_own_port(const std::string& key, std::optional<std::uint16_t> port,
                      const std::string& at);
  void check_access();
  void check_store();
  void check_clock();
  void check_tls();
  void check_schedule();

  Config config_;
  std::map<std::string, std::string> set_at_;
  std::vector<std::string> complaints_;
  std::string first_key_;
};

void Loader::complain(const std::string& where, const std::string& key,
                      const std::string& message) {
  if (complaints_.empty()) first_key_ = key;
  if (complaints_.size() < kComplaintsMax) complaints_.push_back(where + ": " + message);
}

std::string Loader::where(const std::string& key) const {
  const auto found = set_at_.find(key);
  return found == set_at_.end() ? "configuration" : found->second;
}

void Loader::read_file(const YamlNode& root, const ConfigSource& source) {
  if (root.kind == YamlNode::Kind::Null) return;
  if (root.kind == YamlNode::Kind::Map) return read_section(root, "", source);
  complain(source.at(root.line), "", "settings are expected, as `name: value`");
}

void Loader::read_section(const YamlNode& node, const std::string& section,
                          const ConfigSource& source) {
  for (const auto& member : node.members) read_member(member, section, source);
}

void Loader::read_member(const YamlMember& member, const std::string& section,
                         const ConfigSource& source) {
  const auto key = section.empty() ? member.name : section + "." + member.name;
  if (key == "topics") {
    config_.topics = read_topics(member.value, source,
                                 [&](int line, const std::string& at, const std::string& message) {
                                   complain(source.at(line), at, at + ": " + message);
                                 });
    return;
  }
  if (key == "communication") {
    config_.communication = read_communication(
        member.value, source, [&](int line, const std::string& at, const std::string& message) {
          complain(source.at(line), at, at + ": " + message);
        });
    return;
  }
  if (const auto* known = find_config_key(key)) return apply_key(*known, member.value, source);
  if (!is_config_section(key)) {
    complain(source.at(member.line), key,
             unknown_name("setting", member.name, section, config_names_in(section)));
    return;
  }
  if (member.value.kind == YamlNode::Kind::Map) return read_section(member.value, key, source);
  if (member.value.kind == YamlNode::Kind::Null) return;
  complain(source.at(member.line), key,
           key + ": " + shown(member.value) + " is not allowed; allowed: a group of settings");
}

void Loader::apply_key(const ConfigKey& key, const YamlNode& node, const ConfigSource& source) {
  const std::string name(key.name);
  set_at_[name] = source.at(node.line);
  const auto applied = key.apply(config_, node, source);
  if (applied) return;
  const auto value = key.secrecy == Secrecy::Secret ? std::string("this value") : shown(node);
  const auto& reason = applied.error().message;
  complain(source.at(node.line), name,
           name + ": " + (reason.empty() ? value + " is not allowed" : reason) +
               "; allowed: " + std::string(key.allowed));
}

void Loader::apply(const Override& override) {
  const ConfigSource source{.name = override.where, .folder = {}};
  if (const auto* key = find_config_key(override.key)) {
    return apply_key(*key, YamlNode{.kind = YamlNode::Kind::Scalar, .text = override.value},
                     source);
  }
  if (override.key == "topics") {
    return complain(override.where, override.key, "topics are declared in the configuration file");
  }
  if (override.key == "communication") {
    return complain(override.where, override.key,
                    "communication resources are declared in the configuration file");
  }
  std::vector<std::string> names;
  for (const auto& key : config_keys()) names.emplace_back(key.name);
  const auto near = nearest(override.key, names);
  complain(override.where, override.key,
           "unknown setting \"" + override.key + "\"" +
               (near ? "; did you mean \"" + *near + "\"?" : std::string()) +
               " `fanfare config keys` lists all of them");
}

void Loader::finish() {
  choose_defaults();
  check_listeners();
  check_access();
  check_store();
  check_clock();
  check_tls();
  check_schedule();
}

void Loader::choose_defaults() {
  const bool local = loopback_only(config_);
  if (!is_set("webhooks.allow_http")) config_.webhooks.allow_http = local;
  if (!is_set("webhooks.allow_loopback")) config_.webhooks.allow_loopback = local;
}

void Loader::check_listeners() {
  for (std::size_t i = 0; i < config_.listen.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto text = to_string(config_.listen[i]);
      if (config_.listen[i].port == 0 || to_string(config_.listen[j]) != text) continue;
      complain(where("listen"), "listen", "listen: " + text + " stands there twice");
    }
  }
  for (const auto& topic : config_.topics) check_own_port("topics", topic.port, topic.where);
  for (const auto& resource : config_.communication) {
    check_own_port("communication", resource.port, resource.where);
    for (const auto& topic : config_.topics) {
      if (!resource.port || topic.port != resource.port) continue;
      complain(resource.where, "communication",
               "communication: port " + std::to_string(*resource.port) +
                   " is that of the topic at " + topic.where);
    }
  }
}

/// The port of one resource is nobody else's.
void Loader::check_own_port(const std::string& key, std::optional<std::uint16_t> port,
                            const std::string& at) {
  for (const auto& address : config_.listen) {
    if (port != address.port) continue;
    complain(at, key,
             key + ": port " + std::to_string(address.port) +
                 " is taken by listen: " + to_string(address));
  }
}

void Loader::check_access() {
  if (config_.management_key || is_set("management_key")) return;
  for (const auto& address : config_.listen) {
    if (asio::ip::make_address(address.address).is_loopback()) continue;
    return complain(where("listen"), "management_key",
                    "management_key: required when listening beyond loopback (" +
                        to_string(address) +
                        "); set it in the file or in FANFARE_MANAGEMENT_KEY; allowed: " +
                        std::string(find_config_key("management_key")->allowed));
  }
}

void Loader::check_store() {
  const bool memory = config_.durability == log::Durability::Memory;
  if (memory && is_set("data") && !config_.data_in_memory) {
    complain(where("durability"), "durability",
             "durability: memory keeps nothing, but data names a folder (" + where("data") +
                 "); say data: memory, or durability: fsync or os");
  }
  if (memory) config_.data_in_memory = true;
  if (config_.data_in_memory) config_.durability = log::Durability::Memory;
  if (config_.store.segment_bytes >= 2 * config_.publishing.request_bytes_max) return;
  const auto* key =
      is_set("store.segment_bytes") ? "store.segment_bytes" : "publishing.request_bytes_max";
  complain(where(key), key,
           std::string(key) + ": store.segment_bytes must be at least twice " +
               "publishing.request_bytes_max, so that the largest request fits into a file");
}

void Loader::check_clock() {
  if (!config_.virtual_clock_start || config_.virtual_clock) return;
  complain(where("virtual_clock_start"), "virtual_clock_start",
           "virtual_clock_start: of no use without virtual_clock: on");
}

void Loader::check_tls() {
  for (const auto& [given, missing] :
       {std::pair("tls.certificate", "tls.key"), std::pair("tls.key", "tls.certificate")}) {
    if (!is_set(given) || is_set(missing)) continue;
    complain(where(given), missing,
             std::string(given) + ": set without " + missing + "; both are needed, or neither");
  }
}

void Loader::check_schedule() {
  const auto& schedule = config_.delivery.retry_schedule;
  if (config_.delivery.retry_gaps) return;
  for (std::size_t i = 1; i < schedule.size(); ++i) {
    if (schedule[i] > schedule[i - 1]) continue;
    return complain(
        where("delivery.retry_schedule"), "delivery.retry_schedule",
        "delivery.retry_schedule: each duration is the time since the first attempt and "
        "must be longer than the one before; for gaps between attempts set "
        "delivery.retry_gaps: on");
  }
}

base::Result<Config> Loader::result() && {
  if (complaints_.empty()) return std::move(config_);
  std::string message;
  for (const auto& line : complaints_) message += (message.empty() ? "" : "\n") + line;
  return base::invalid(std::move(message), first_key_);
}

base::Result<std::string> read_text_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return base::invalid(file.string() + ": a folder, not a configuration file", file.string());
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    const auto reason = std::error_code(errno, std::generic_category()).message();
    return base::invalid(file.string() + ": cannot be read: " + reason, file.string());
  }
  std::string text(kYamlBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

base::Result<Config> parse_config(std::string_view text, const std::string& name,
                                  const std::filesystem::path& folder,
                                  const std::vector<Override>& overrides) {
  const auto root = parse_yaml(text, name);
  if (!root) return root.error();
  Loader loader;
  loader.read_file(*root, ConfigSource{.name = name, .folder = folder});
  for (const auto& override : overrides) loader.apply(override);
  loader.finish();
  return std::move(loader).result();
}

base::Result<Config> load_config(const std::optional<std::filesystem::path>& file,
                                 const std::vector<Override>& overrides) {
  if (!file) return parse_config("", "configuration", {}, overrides);
  const auto text = read_text_file(*file);
  if (!text) return text.error();
  return parse_config(*text, file->string(), file->parent_path(), overrides);
}

bool loopback_only(const Config& config) {
  for (const auto& address : config.listen) {
    asio::error_code error;
    const auto parsed = asio::ip::make_address(address.address, error);
    if (error || !parsed.is_loopback()) return false;
  }
  return true;
}

}  // namespace fanfare::app
