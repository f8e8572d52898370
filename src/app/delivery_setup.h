#pragma once
/// From the configuration to what delivery needs: rules, address filter, one client per I/O thread.
#include <filesystem>
#include <memory>
#include <vector>

#include "app/config.h"
#include "base/async.h"
#include "base/result.h"
#include "delivery/dispatcher.h"
#include "http/address_filter.h"
#include "http/client.h"

namespace fanfare::app {

http::AddressFilterOptions address_filter_options(const Config& config);
delivery::DispatcherOptions dispatcher_options(const Config& config);
/// Of one delivery, and of each of its steps.
http::ClientTimeouts webhook_timeouts(const Config& config);
std::filesystem::path dead_letter_folder(const Config& config);

/// Clients of webhooks, one per I/O thread, sharing a resolver and the trust of the configuration.
/// They never reach this process at one of its `own_ports`. Errors: InvalidArgument (the CA file).
base::Result<std::vector<std::unique_ptr<http::Client>>> webhook_clients(
    const Config& config, const base::IoThreads& threads,
    std::shared_ptr<const http::OwnPorts> own_ports);

}  // namespace fanfare::app
