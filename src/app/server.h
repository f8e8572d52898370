#pragma once
/// The composition root: the one place where everything is wired.
#include <functional>
#include <memory>

#include "app/config.h"
#include "base/result.h"
#include "json/value.h"

namespace fanfare::app {

class Server {
 public:
  /// Opens the store, recovers, applies what the configuration declares, and accepts requests when
  /// it returns. Errors: InvalidArgument (configuration), Corrupt, Unavailable (store locked, port
  /// in use).
  static base::Result<std::unique_ptr<Server>> start(Config config);
  ~Server();

  /// The line of `--ready-json`, see docs/configuration.md.
  json::Value ready() const;

  /// Reads certificates and the configuration file's changeable parts again.
  base::Result<void> reload(Config config);

  /// Orderly: no new connections, requests in flight answered, deliveries in flight finished,
  /// flushed.
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fanfare::app
