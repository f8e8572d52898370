#pragma once
/// What a log engine of one machine has to do; queueing, guards and waking are the Committer's.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "log/guards.h"
#include "log/log.h"

namespace fanfare::log {

/// One record on its way. An append's entry lives in its coroutine; a relaxed one on the heap.
struct Entry {
  Payload payload;
  std::uint64_t payload_sum = 0;  ///< filled by Store::prepare
  std::optional<AggregateKey> aggregate;
  Position expected = 0;
  bool relaxed = false;

  Position position = 0;
  Entry* next = nullptr;
  std::optional<base::Executor> executor;  ///< where the waiter resumes; none for a relaxed one
  std::move_only_function<void()> resume;
  std::optional<base::Error> error;
};

enum class Sync { No, Yes };

/// Threads: room, write and finish are called by the committer's thread only, recover and replay
/// before it starts, everything else from any thread.
class Store {
 public:
  virtual ~Store() = default;

  /// Calls `apply` for every record from `from` on and hands out the guards of all that is kept.
  virtual base::Result<Guards> replay(Position from, const Apply& apply) = 0;

  /// Work that a producer does on its own thread, such as the checksum.
  virtual void prepare(Entry& entry) const = 0;
  virtual AggregateKey aggregate_key(const std::string& aggregate) const = 0;

  /// What the entry takes of the room.
  virtual std::uint64_t cost(const Entry& entry) const = 0;

  /// Makes room for at least `bytes` and returns how much the next group may take.
  /// Errors: Unavailable; nothing has changed then.
  virtual base::Result<std::uint64_t> room(std::uint64_t bytes) = 0;

  /// Writes the group in order. On an error none of it counts.
  virtual base::Result<void> write(const std::vector<Entry*>& group, Sync sync) = 0;

  /// Called once at the end, after the last group: makes everything durable.
  virtual void finish() = 0;

  virtual base::Result<Payload> read(Position position) = 0;
  virtual Position first() const = 0;
  virtual Position next() const = 0;  ///< what has been written; the committer publishes it later
  virtual void trim(Position before) = 0;
  virtual std::uint64_t size_bytes() const = 0;

  /// Whether appends are taken. Relaxed records are tried even when not, unless has_failed().
  virtual Health health() const = 0;
  virtual bool has_failed() const = 0;

  /// See Log::yield_reserve.
  virtual void yield_reserve() = 0;

  /// `call` is made, by any thread, when relaxed records that found no room should be tried again.
  virtual void on_room(std::function<void()> call) = 0;
};

}  // namespace fanfare::log
