#pragma once
/// A local log on a fake disk, with appends that wait.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/async.h"
#include "fake_disk.h"
#include "log/local/local_log.h"

namespace fanfare::log {

inline Payload payload(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

inline LocalOptions small_options() {
  LocalOptions options;
  options.log.folder = "/store";
  options.log.segment_bytes = 32 * 1024;
  options.log.reserve_bytes = 32 * 1024;
  options.mark_interval = std::chrono::milliseconds(1);
  options.retry_interval = std::chrono::milliseconds(1);
  return options;
}

/// The payload that the n-th record of a test has: told apart by content and length.
inline std::string numbered(Position n) {
  std::string text = "record " + std::to_string(n) + " ";
  const auto wanted = n * 7919 % 3000;
  while (text.size() < wanted) text += static_cast<char>('a' + (text.size() * n) % 26);
  return text;
}

class Session {
 public:
  explicit Session(Disk& disk, LocalOptions options = small_options()) {
    auto opened = open_local(disk, options);
    if (!opened) {
      error = std::move(opened.error());
      return;
    }
    log = std::move(*opened);
  }

  base::Result<void> start(Position from = 1) {
    return log->start(from, [this](Position position, const Payload& bytes) {
      const std::lock_guard lock(mutex_);
      applied_.emplace_back(position, *bytes);
      changed_.notify_all();
    });
  }

  base::Result<Position> append(std::string text) { return append(Record{payload(text), {}}); }
  base::Result<Position> append(std::string text, std::string aggregate, Position expected) {
    return append(Record{payload(std::move(text)), Guard{std::move(aggregate), expected}});
  }
  base::Result<Position> append(Record record) {
    base::Result<Position> out = 0;
    base::block_on(threads_.executor(0), [&] { return append_into(*log, std::move(record), out); });
    return out;
  }

  std::vector<std::pair<Position, std::string>> applied() {
    const std::lock_guard lock(mutex_);
    return applied_;
  }

  /// Until so many records have been applied; false after a minute.
  bool wait_applied(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1),
                             [&] { return applied_.size() >= count; });
  }

 private:
  static base::Async<void> append_into(Log& log, Record record, base::Result<Position>& out) {
    out = co_await log.append(std::move(record));
  }

  base::IoThreads threads_{1};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<Position, std::string>> applied_;

 public:
  base::Error error;
  std::unique_ptr<Log> log;  ///< ends before the threads that its waiters resume on
};

}  // namespace fanfare::log
