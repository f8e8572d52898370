#include "app/tls_setup.h"

#include <cstdlib>

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

std::vector<std::string> certificate_hosts(const Config& config) {
  auto hosts = config.tls.extra_hosts;
  hosts.insert(hosts.end(), config.hosts.begin(), config.hosts.end());
  return hosts;
}

}  // namespace

base::Result<TlsSetup> set_up_tls(const Config& config, base::TimePoint wall) {
  TlsSetup setup;
  tls::ServerContextOptions options{config.tls.certificate, config.tls.key};
  if (config.tls.certificate.empty()) {
    const auto folder = (config.data_in_memory ? user_state() : config.data) / "tls";
    const auto made = tls::ensure_dev_certificates(folder, certificate_hosts(config), wall);
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

}  // namespace fanfare::app
