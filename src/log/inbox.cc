#include "log/inbox.h"

namespace fanfare::log {

bool Inbox::push(Entry* entry) {
  const bool relaxed = entry->relaxed;
  Entry* head = head_.load();
  do {
    if (head == &closed_mark_) return false;
    entry->next = head;
  } while (!head_.compare_exchange_weak(head, entry));
  if (!relaxed) urgent_.store(true);
  const auto wanted = relaxed ? Level::Idle : Level::Lingering;
  if (level_.load() >= static_cast<int>(wanted)) wake();
  return true;
}

void Inbox::wake() {
  const std::lock_guard lock(mutex_);
  woken_.notify_one();
}

void Inbox::begin_closing() {
  closing_ = true;
  wake();
}

void Inbox::ask_retry() {
  retry_ = true;
  wake();
}

Inbox::Batch Inbox::take() {
  urgent_.store(false);
  Entry* newest = head_.exchange(nullptr);
  Batch batch{.tail = newest};
  while (newest != nullptr) {
    Entry* const older = newest->next;
    newest->next = batch.head;
    batch.head = newest;
    batch.urgent |= !newest->relaxed;
    newest = older;
  }
  return batch;
}

void Inbox::wait() {
  std::unique_lock lock(mutex_);
  set_level(Level::Idle);
  woken_.wait(lock, [this] { return closing_ || urgent_ || head_.load() != nullptr; });
  set_level(Level::Busy);
}

void Inbox::wait_until(Steady::time_point limit) {
  std::unique_lock lock(mutex_);
  set_level(Level::Lingering);
  woken_.wait_until(lock, limit, [this] { return closing_ || urgent_ || retry_; });
  set_level(Level::Busy);
}

bool Inbox::close_if_empty() {
  Entry* expected = nullptr;
  return head_.compare_exchange_strong(expected, &closed_mark_);
}

}  // namespace fanfare::log
