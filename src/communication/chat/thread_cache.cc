#include "communication/chat/thread_cache.h"

#include <utility>

namespace fanfare::communication::chat {

namespace {

std::string key_of(ResourceId resource, std::string_view thread) {
  return std::to_string(resource.value).append("/").append(thread);
}

}  // namespace

std::optional<Thread> ThreadCache::find(ResourceId resource, std::string_view thread) {
  const auto key = key_of(resource, thread);
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  order_.splice(order_.begin(), order_, found->second);
  return found->second->thread;
}

void ThreadCache::put(ResourceId resource, Thread thread) {
  auto key = key_of(resource, thread.id());
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) erase(found->second);
  participants_ += thread.roster->size();
  order_.push_front(Entry{std::move(key), std::move(thread)});
  entries_.emplace(order_.front().key, order_.begin());
  trim();
}

void ThreadCache::drop(ResourceId resource, std::string_view thread) {
  const auto key = key_of(resource, thread);
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) erase(found->second);
}

void ThreadCache::trim() {
  while (order_.size() > threads_max_ || (participants_ > kRosterMax && order_.size() > 1)) {
    erase(std::prev(order_.end()));
  }
}

void ThreadCache::erase(Order::iterator entry) {
  participants_ -= entry->thread.roster->size();
  entries_.erase(entry->key);
  order_.erase(entry);
}

}  // namespace fanfare::communication::chat
