#pragma once
/// Sends what is committed and settled to whoever watches, as server-sent events.
#include <memory>
#include <optional>
#include <string>

#include "grid/registry.h"
#include "http/message.h"
#include "queue/queue.h"

namespace fanfare::app {

/// A watcher that reads too slowly misses elements rather than holding anything up; it is told how
/// many.
class Tail {
 public:
  explicit Tail(const grid::Registry& registry);
  ~Tail();

  /// The queue's tap; on the log's thread. Costs an atomic load while nobody watches.
  void tap(log::Position position, const log::Payload& payload);

  /// A response that streams from now on; `topic` restricts it to the topic of that name.
  http::Response watch(std::optional<std::string> topic);

  /// Ends every stream.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fanfare::app
