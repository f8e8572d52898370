#include "app/tls_setup.h"

#include <cstdlib>

#include "base/bytes.h"
#include "tls/dev_certificates.h"

namespace fanfare::app {

namespace {

/// Where user-specific state lives (XDG Base Directory Specification).
std::filesystem::path user_state() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') {
    return std::filesystem::path(state) / "fanfare";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / ".local" / "state" / "fanfare";
  }
  return std::filesystem::temp_directory_path() / "fanfare";
}

/// A certificate with more names than this weighs on every handshake; the wildcard remains for the
/// rest, for clients that take it.
constexpr std::size_t kHostsMax = 256;

bool is_name_with_dot(const std::string& host) {
  const bool address =
      host.find(':') != host.npos || host.find_first_not_of("0123456789.") == host.npos;
  return !address && !host.starts_with("*.") && host.find('.') != host.npos;
}

/// Topics are reached below a configured name as well.
std::set<std::string> configured_hosts(const Config& config) {
  std::set<std::string> hosts(config.tls.extra_hosts.begin(), config.tls.extra_hosts.end());
  for (const auto& host : config.hosts) {
    hosts.insert(host);
    if (is_name_with_dot(host)) hosts.insert("*." + host);
  }
  return hosts;
}

void add_resources(std::set<std::string>& hosts, const std::vector<std::string>& resources) {
  for (const auto& name : resources) {
    if (hosts.size() >= kHostsMax) return;
    hosts.insert(base::ascii_lower(name) + ".localhost");
  }
}

base::Result<tls::DevCertificates> issue(const TlsSetup& setup, base::TimePoint wall) {
  const std::vector<std::string> hosts(setup.hosts.begin(), setup.hosts.end());
  return tls::ensure_dev_certificates(setup.folder, hosts, wall);
}

}  // namespace

base::Result<TlsSetup> set_up_tls(const Config& config, const std::vector<std::string>& resources,
                                  base::TimePoint wall) {
  TlsSetup setup;
  tls::ServerContextOptions options{config.tls.certificate, config.tls.key};
  if (config.tls.certificate.empty()) {
    setup.folder = (config.data_in_memory ? user_state() : config.data) / "tls";
    setup.hosts = configured_hosts(config);
    add_resources(setup.hosts, resources);
    const auto made = issue(setup, wall);
    if (!made) return made.error();
    options.certificate_chain = made->certificate;
    options.private_key = made->key;
    setup.ca = made->ca;
  }
  auto context = tls::ServerContext::load(options);
  if (!context) return context.error();
  setup.context = std::move(*context);
  return setup;
}

base::Result<void> cover_resources(TlsSetup& setup, const std::vector<std::string>& resources,
                                   base::TimePoint wall) {
  if (setup.folder.empty()) return {};
  const std::size_t before = setup.hosts.size();
  add_resources(setup.hosts, resources);
  if (setup.hosts.size() == before) return {};
  const auto made = issue(setup, wall);
  if (!made) return made.error();
  return made->issued ? setup.context->reload() : base::Result<void>();
}

}  // namespace fanfare::app
