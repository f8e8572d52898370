#include "communication/committer.h"

#include <utility>

namespace fanfare::communication {

base::Async<base::Result<queue::Receipt>> Committer::commit(ResourcePtr resource, view::Batch state,
                                                            std::vector<RaisedEvent> events) {
  auto topic = registry_.catalog()->topic(resource->system_topic);
  auto batch = to_batch(*resource, std::move(events));
  co_return co_await publisher_.raise(std::move(topic), std::move(state), std::move(batch));
}

}  // namespace fanfare::communication
