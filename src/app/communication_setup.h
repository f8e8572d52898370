#pragma once
/// The communication half: its resources, its areas and their routes, on workers of their own. A
/// publisher of the grid like any other, in the same process and the same commit.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/addresses.h"
#include "app/config.h"
#include "app/metrics.h"
#include "auth/bearer.h"
#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "communication/resources.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "http/router.h"
#include "json/value.h"
#include "view/records.h"

namespace fanfare::app {

/// Of the whole server; all outlive it.
struct CommunicationParts {
  const Config& config;
  grid::Registry& registry;
  grid::Publisher& publisher;
  const view::Records& records;
  base::Clock& clock;
  const auth::BearerVerifier& bearers;
  const Addresses& addresses;  ///< filled in before the first request
  Metrics& metrics;
  base::Executor home;  ///< an I/O thread, for what goes on without a request
};

class Communication {
 public:
  explicit Communication(CommunicationParts parts);
  ~Communication();

  /// Reads what the view holds; before the queue is started. Errors: Corrupt, Unavailable.
  base::Result<void> load();
  /// The queue's listener, after the registry's.
  void apply(const view::Batch& state);
  /// Takes up what a stop cut short; once the queue runs, before anything is declared. Not from an
  /// I/O thread. Errors: as load().
  base::Result<void> start();
  /// What is declared has changed: the inventories of resources that are made from now on.
  void follow(const std::vector<DeclaredResource>& declared);
  /// Inventories as they are declared now. Not from an I/O thread. Errors: as load().
  base::Result<void> reload_numbers();
  /// Before the server drains: ends what clients hold open.
  void end_streams();
  /// Begins nothing more of its own, and ends its workers. The I/O threads still run.
  void stop();

  /// True when nothing goes on by itself before time passes.
  bool idle() const;

  communication::Resources& resources();

  /// Every area's, each answering pages of other origins: what they carry are bearer tokens and
  /// signatures, no cookies.
  std::vector<http::Route> routes();

  /// `{NAME: {"id","endpoint","connectionString"}}`, the part of the ready line.
  json::Value ready() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// `endpoint=https://HOST/;accesskey=KEY`, in the one order that all clients read.
std::string connection_string(const std::string& endpoint, const std::string& key);

}  // namespace fanfare::app
