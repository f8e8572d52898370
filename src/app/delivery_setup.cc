#include "app/delivery_setup.h"

#include <algorithm>
#include <string>

#include "app/version.h"

namespace fanfare::app {

namespace {

constexpr std::string_view kPrivateRanges[] = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                               "fc00::/7"};

/// How late a delivery may notice that its time is over.
constexpr base::Duration kClientSweep = base::milliseconds(250);

}  // namespace

http::AddressFilterOptions address_filter_options(const Config& config) {
  http::AddressFilterOptions options;
  options.loopback =
      config.webhooks.allow_loopback ? http::LoopbackTargets::Allow : http::LoopbackTargets::Refuse;
  options.plain =
      config.webhooks.allow_http ? http::PlainTargets::Allow : http::PlainTargets::Refuse;
  if (config.webhooks.allow_private) {
    for (const auto text : kPrivateRanges)
      options.allowed.push_back(*http::parse_address_range(text));
  }
  return options;
}

delivery::DispatcherOptions dispatcher_options(const Config& config) {
  delivery::DispatcherOptions options;
  const auto& wanted = config.delivery;
  if (!wanted.retry_schedule.empty()) {
    options.rules.schedule = wanted.retry_schedule;
    options.rules.every_after = wanted.retry_schedule.back();
    options.rules.minimum_wait =
        std::min(options.rules.minimum_wait, wanted.retry_schedule.front());
  }
  options.rules.reading =
      wanted.retry_gaps ? delivery::ScheduleReading::Gaps : delivery::ScheduleReading::Elapsed;
  options.rules.jitter = wanted.retry_jitter;
  if (!wanted.final_statuses.empty()) options.rules.final_statuses = wanted.final_statuses;
  options.rules.dead_letter_delay = wanted.dead_letter_delay;
  options.probation_after_failures = wanted.probation_after_failures;
  options.concurrency_max = wanted.concurrency_max;
  options.concurrency_start = std::min(options.concurrency_start, wanted.concurrency_max);
  options.concurrency_failing = std::min(options.concurrency_failing, wanted.concurrency_max);
  return options;
}

http::ClientTimeouts webhook_timeouts(const Config& config) {
  http::ClientTimeouts timeouts;
  timeouts.total = config.webhooks.response_timeout;
  timeouts.resolve = config.webhooks.resolve_timeout;
  timeouts.connect = config.webhooks.connect_timeout;
  timeouts.tls = config.webhooks.tls_timeout;
  return timeouts;
}

std::filesystem::path dead_letter_folder(const Config& config) {
  return config.delivery.dead_letter_folder.empty() ? config.data / "deadletter"
                                                    : config.delivery.dead_letter_folder;
}

base::Result<std::vector<std::unique_ptr<http::Client>>> webhook_clients(
    const Config& config, const base::IoThreads& threads,
    std::shared_ptr<const http::OwnPorts> own_ports) {
  tls::ClientContextOptions trust;
  trust.ca_file = config.webhooks.ca_file;
  trust.and_system_store = true;
  auto context = tls::ClientContext::create(trust);
  if (!context) return context.error();
  http::ClientOptions options;
  options.tls = std::move(*context);
  options.resolver = http::make_system_resolver();
  options.address_check = [filter = http::AddressFilter(address_filter_options(config))](
                              const asio::ip::address& address) { return filter.refusal(address); };
  options.own_ports = std::move(own_ports);
  options.sweep = kClientSweep;
  options.user_agent = "Fanfare/" + std::string(kVersion);
  options.connections_per_origin_max = config.delivery.concurrency_max;
  options.idle_connections_per_origin_max = config.delivery.concurrency_max;
  std::vector<std::unique_ptr<http::Client>> clients;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    clients.push_back(std::make_unique<http::Client>(threads.executor(i), options));
  }
  return clients;
}

}  // namespace fanfare::app
