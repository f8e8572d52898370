#include "app/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <unordered_map>

namespace fanfare::app {

namespace {

using Labels = prometheus::Labels;

double in_ms(base::Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

const prometheus::Histogram::BucketBoundaries& latency_buckets() {
  static const prometheus::Histogram::BucketBoundaries buckets = {
      0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000};
  return buckets;
}

std::string key_of(std::string_view a, std::string_view b, std::string_view c) {
  std::string key(a);
  return key.append(1, '\0').append(b).append(1, '\0').append(c);
}

/// Finds a metric by its label values without building a label map each time.
template <class Metric>
class Cache {
 public:
  template <class Make>
  Metric& get(std::string_view a, std::string_view b, std::string_view c, Make make) {
    const auto key = key_of(a, b, c);
    const std::lock_guard lock(mutex_);
    auto found = known_.find(key);
    if (found == known_.end()) found = known_.emplace(key, &make()).first;
    return *found->second;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Metric*> known_;
};

/// A family of counters with up to three labels.
class Counters {
 public:
  Counters(prometheus::Registry& registry, const std::string& name, const std::string& help,
           std::string third = {})
      : family_(prometheus::BuildCounter().Name(name).Help(help).Register(registry)),
        third_(std::move(third)) {}

  void add(std::string_view topic, std::string_view subscription, std::string_view third,
           std::size_t count) {
    auto& counter = cache_.get(topic, subscription, third, [&]() -> prometheus::Counter& {
      Labels labels{{"topic", std::string(topic)}};
      if (!subscription.empty()) labels["eventSubscription"] = subscription;
      if (!third_.empty()) labels[third_] = third;
      return family_.Add(labels);
    });
    counter.Increment(static_cast<double>(count));
  }

 private:
  prometheus::Family<prometheus::Counter>& family_;
  std::string third_;
  Cache<prometheus::Counter> cache_;
};

class Histograms {
 public:
  Histograms(prometheus::Registry& registry, const std::string& name, const std::string& help)
      : family_(prometheus::BuildHistogram().Name(name).Help(help).Register(registry)) {}

  void observe(std::string_view topic, std::string_view subscription, base::Duration value) {
    auto& histogram = cache_.get(topic, subscription, {}, [&]() -> prometheus::Histogram& {
      Labels labels{{"topic", std::string(topic)}};
      if (!subscription.empty()) labels["eventSubscription"] = subscription;
      return family_.Add(labels, latency_buckets());
    });
    histogram.Observe(in_ms(value));
  }

 private:
  prometheus::Family<prometheus::Histogram>& family_;
  Cache<prometheus::Histogram> cache_;
};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  Counters publish_success{registry, "PublishSuccessCount", "Events accepted"};
  Counters publish_fail{registry, "PublishFailCount", "Publish requests refused", "error"};
  Histograms publish_latency{registry, "PublishSuccessLatencyInMs",
                             "From the request's body to the durable commit"};
  Counters matched{registry, "MatchedEventCount", "Events matched to an event subscription"};
  Counters unmatched{registry, "UnmatchedEventCount", "Events that no event subscription matched"};
  Counters success{registry, "DeliverySuccessCount", "Events delivered"};
  Counters attempt_fail{registry, "DeliveryAttemptFailCount", "Failed attempts, by event", "error"};
  Histograms processing{registry, "DestinationProcessingDurationInMs",
                        "From sending a delivery to its answer"};
  Histograms to_settled{registry, "PublishToDeliveryInMs",
                        "From the commit of an event to its successful delivery"};
  Counters dead_lettered{registry, "DeadLetteredCount", "Events dead-lettered", "deadLetterReason"};
  Counters dropped{registry, "DroppedEventCount", "Events given up without a dead letter",
                   "dropReason"};
  prometheus::Family<prometheus::Counter>& communication_requests =
      prometheus::BuildCounter()
          .Name("CommunicationRequestCount")
          .Help("Requests to the communication services")
          .Register(registry);
  Cache<prometheus::Counter> communication_request;
  prometheus::Family<prometheus::Gauge>& pending =
      prometheus::BuildGauge().Name("PendingEventCount").Help("Events owed").Register(registry);
  prometheus::Family<prometheus::Gauge>& oldest = prometheus::BuildGauge()
                                                      .Name("OldestPendingAgeInSeconds")
                                                      .Help("Age of the oldest event owed")
                                                      .Register(registry);
  prometheus::Family<prometheus::Gauge>& store =
      prometheus::BuildGauge().Name("StoreBytes").Help("Bytes of the store").Register(registry);
  prometheus::Gauge& writable = prometheus::BuildGauge()
                                    .Name("StoreWritable")
                                    .Help("1 while the log takes commits")
                                    .Register(registry)
                                    .Add({});
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::published(std::string_view topic, std::size_t events, base::Duration latency) {
  impl_->publish_success.add(topic, {}, {}, events);
  impl_->publish_latency.observe(topic, {}, latency);
}

void Metrics::publish_failed(std::string_view topic, std::string_view error, std::size_t requests) {
  impl_->publish_fail.add(topic, {}, error, requests);
}

void Metrics::matched(std::string_view topic, std::string_view subscription, std::size_t events) {
  impl_->matched.add(topic, subscription, {}, events);
}

void Metrics::unmatched(std::string_view topic, std::size_t events) {
  impl_->unmatched.add(topic, {}, {}, events);
}

void Metrics::attempted(std::string_view topic, const delivery::AttemptReport& report) {
  const std::string_view name = report.subscription.name;
  if (report.verdict == queue::Verdict::Done) {
    impl_->success.add(topic, name, {}, report.events);
    impl_->to_settled.observe(topic, name, report.publish_to_settled);
  } else if (report.outcome.kind != queue::OutcomeKind::None) {
    impl_->attempt_fail.add(topic, name, queue::to_string(report.outcome.kind), report.events);
  }
  if (report.outcome.latency > base::Duration::zero()) {
    impl_->processing.observe(topic, name, report.outcome.latency);
  }
  if (report.verdict == queue::Verdict::DeadLettered) {
    impl_->dead_lettered.add(topic, name, queue::to_string(report.reason), report.events);
  }
  if (report.verdict == queue::Verdict::Dropped) {
    dropped(topic, name, queue::to_string(report.reason), report.events);
  }
}

void Metrics::dropped(std::string_view topic, std::string_view subscription,
                      std::string_view reason, std::size_t events) {
  impl_->dropped.add(topic, subscription, reason, events);
}

void Metrics::communication_request(std::string_view area, int status) {
  const auto text = std::to_string(status);
  auto& counter = impl_->communication_request.get(area, text, {}, [&]() -> prometheus::Counter& {
    return impl_->communication_requests.Add({{"area", std::string(area)}, {"statusCode", text}});
  });
  counter.Increment();
}

void Metrics::set_pending(std::string_view topic, std::string_view subscription,
                          const queue::LaneStats& stats, base::TimePoint now) {
  const Labels labels{{"topic", std::string(topic)},
                      {"eventSubscription", std::string(subscription)}};
  impl_->pending.Add(labels).Set(static_cast<double>(stats.pending));
  const auto age = stats.pending == 0 ? base::Duration::zero() : now - stats.oldest_published;
  impl_->oldest.Add(labels).Set(in_ms(age) / 1000);
}

void Metrics::set_store(std::uint64_t log_bytes, std::uint64_t view_bytes, bool writable) {
  impl_->store.Add({{"part", "log"}}).Set(static_cast<double>(log_bytes));
  impl_->store.Add({{"part", "view"}}).Set(static_cast<double>(view_bytes));
  impl_->writable.Set(writable ? 1 : 0);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace fanfare::app
