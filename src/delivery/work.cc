#include "delivery/work.h"

#include <asio/async_result.hpp>
#include <asio/post.hpp>

namespace fanfare::delivery {

namespace {

/// Workers kept beyond this end when they have nothing to do.
constexpr std::size_t kParkedMax = 256;

}  // namespace

Workers::Workers(base::Executor executor, Serve serve)
    : executor_(executor), serve_(std::move(serve)), tasks_(executor) {}

void Workers::start(Work work) {
  if (parked_.empty()) {
    tasks_.spawn("delivery worker", serve_(std::move(work)));
    return;
  }
  auto parked = std::move(parked_.back());
  parked_.pop_back();
  *parked.slot = std::move(work);
  asio::post(executor_, std::move(parked.resume));
}

base::Async<bool> Workers::park(Work& slot) {
  if (closed_ || parked_.size() >= kParkedMax) co_return false;
  using Token = asio::use_awaitable_t<base::Executor>;
  auto keep = [this](auto handler, Work* where) {
    parked_.push_back({where, std::move_only_function<void()>(std::move(handler))});
  };
  Token token;
  Work* where = &slot;
  slot.lane.reset();
  co_await asio::async_initiate<Token, void()>(std::move(keep), token, where);
  co_return slot.lane != nullptr;
}

void Workers::close() {
  closed_ = true;
  for (auto& parked : parked_) asio::post(executor_, std::move(parked.resume));
  parked_.clear();
}

}  // namespace fanfare::delivery
