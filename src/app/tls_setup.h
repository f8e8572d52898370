#pragma once
/// The server's certificate: configured, or of the development CA in the data folder.
#include <filesystem>
#include <memory>

#include "app/config.h"
#include "base/result.h"
#include "base/time.h"
#include "tls/context.h"

namespace fanfare::app {

struct TlsSetup {
  std::shared_ptr<tls::ServerContext> context;
  std::filesystem::path
      ca;  ///< what clients are told to trust; empty with a configured certificate
};

/// A server that keeps no data keeps its CA all the same (in a folder of the user's), so that
/// clients need to trust it once. Errors: InvalidArgument, Internal.
base::Result<TlsSetup> set_up_tls(const Config& config, base::TimePoint wall);

}  // namespace fanfare::app
