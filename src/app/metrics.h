#pragma once
/// Counters and histograms under Azure Monitor's names for Event Grid, as Prometheus text.
/// Source: Azure Monitor, supported metrics of Microsoft.EventGrid topics.
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "delivery/dispatcher.h"
#include "queue/queue.h"

namespace fanfare::app {

/// Thread-safe. Labels: `topic`, `eventSubscription`, and `error`, `deadLetterReason`, `dropReason`
/// where the Azure metric has that dimension.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void published(std::string_view topic, std::size_t events, base::Duration latency);
  void publish_failed(std::string_view topic, std::string_view error, std::size_t requests);
  void matched(std::string_view topic, std::string_view subscription, std::size_t events);
  void unmatched(std::string_view topic, std::size_t events);
  void attempted(std::string_view topic, const delivery::AttemptReport& report);
  void dropped(std::string_view topic, std::string_view subscription, std::string_view reason,
               std::size_t events);

  /// A request to the communication services, by area: `identity`, `sms`, `phoneNumbers`, `chat`.
  void communication_request(std::string_view area, int status);

  /// Set just before text(): what is owed now.
  void set_pending(std::string_view topic, std::string_view subscription,
                   const queue::LaneStats& stats, base::TimePoint now);
  void set_store(std::uint64_t log_bytes, std::uint64_t view_bytes, bool writable);

  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fanfare::app
