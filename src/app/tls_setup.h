#pragma once
/// The server's certificate: configured, or of the development CA in the data folder.
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/result.h"
#include "base/time.h"
#include "tls/context.h"

namespace fanfare::app {

struct TlsSetup {
  std::shared_ptr<tls::ServerContext> context;
  std::filesystem::path
      ca;  ///< what clients are told to trust; empty with a configured certificate
  std::filesystem::path folder;  ///< of the development certificates; empty likewise
  std::set<std::string> hosts;   ///< what the development certificate is for
};

/// `resources` are the names of what is addressed by a Host name of its own (topics, communication
/// resources): a development certificate is for each `NAME.localhost`, since clients refuse the
/// wildcard there. A server that keeps no data keeps its CA all the same (in a folder of the
/// user's), so that clients need to trust it once. Errors: InvalidArgument, Internal.
base::Result<TlsSetup> set_up_tls(const Config& config, const std::vector<std::string>& resources,
                                  base::TimePoint wall);

/// Makes the certificate serve further resources, by the same CA, for connections to come; nothing
/// happens when it does already, or when it is a configured one. Blocks, one call at a time.
base::Result<void> cover_resources(TlsSetup& setup, const std::vector<std::string>& resources,
                                   base::TimePoint wall);

}  // namespace fanfare::app
