#include "delivery/sinks/all_sinks.h"

#include <array>

#include "delivery/sinks/webhook.h"

namespace fanfare::delivery {

namespace {

struct Row {
  std::string_view endpoint_type;
  std::unique_ptr<Sink> (*make)(http::Client& client, base::Clock& clock,
                                const SinkOptions& options);
};

std::unique_ptr<Sink> make_webhook(http::Client& client, base::Clock& clock,
                                   const SinkOptions& options) {
  return make_webhook_sink(client, clock, {options.envelope, options.timeouts});
}

/// In the order of grid::Destination's alternatives.
constexpr std::array kSinks = {
    Row{"WebHook", make_webhook},
};
static_assert(kSinks.size() == std::variant_size_v<grid::Destination>);

class AllSinks final : public Sink {
 public:
  AllSinks(http::Client& client, base::Clock& clock, const SinkOptions& options) {
    for (std::size_t i = 0; i < kSinks.size(); ++i) {
      sinks_[i] = kSinks[i].make(client, clock, options);
    }
  }

  base::Async<Outcome> deliver(Shipment shipment) override {
    return sinks_[shipment.subscription->destination.index()]->deliver(shipment);
  }

 private:
  std::array<std::unique_ptr<Sink>, kSinks.size()> sinks_;
};

}  // namespace

std::unique_ptr<Sink> make_all_sinks(http::Client& client, base::Clock& clock,
                                     SinkOptions options) {
  return std::make_unique<AllSinks>(client, clock, options);
}

std::string_view endpoint_type(const grid::Destination& destination) {
  return kSinks[destination.index()].endpoint_type;
}

}  // namespace fanfare::delivery
