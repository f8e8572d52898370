#pragma once
/// The append-only log: every commit of the product is one record of it, and everything else is a
/// view that its records build. See docs/adr/0005 for how a JetStream stream fills the same seam.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/result.h"

namespace fanfare::log {

/// The number of a record: 1 for the first, without gaps, in the order of commit.
using Position = std::uint64_t;

/// The bytes of a record. Shared, so that what was committed can be delivered without a copy.
using Payload = std::shared_ptr<const std::string>;

/// Refuses an append when somebody else has written the aggregate since it was read.
/// `expected` is the position of the last record that named the aggregate; a position older than
/// Log::first() counts as 0, "none", since a trimmed log no longer knows it (JetStream's
/// expected-last-subject-sequence means the same).
struct Guard {
  std::string aggregate;
  Position expected = 0;
};

struct Record {
  Payload payload;
  std::optional<Guard> guard;
};

/// Called for every record when it has become durable, in order of position, before its append
/// returns; also while the log is opened, for what lies behind the views' applied position.
/// Runs on the log's own thread: must be quick, must not throw, must not wait for the log.
using Apply = std::function<void(Position, const Payload&)>;

enum class Durability {
  Fsync,   ///< an append returns after fdatasync: survives a power cut
  Os,      ///< an append returns after write: survives the process, not the machine
  Memory,  ///< nothing is kept
};

struct Health {
  bool writable = true;
  std::string reason;  ///< for people, when not writable: disk full, failed sync, closing
};

class Log {
 public:
  virtual ~Log() = default;

  /// Applies every record from `from` to the end, then accepts appends. Once, before anything else.
  /// Not from an I/O thread. Errors: Corrupt (names file and offset; also when the log ends before
  /// `from`, or was trimmed beyond it: the views and the log do not belong together), Unavailable.
  virtual base::Result<void> start(Position from, Apply apply) = 0;

  /// Returns the record's position once it is durable and applied; resumes on the caller's
  /// executor. Errors: Conflict (guard), TooLarge, Unavailable (disk full, failed, closing):
  /// nothing is kept then.
  virtual base::Async<base::Result<Position>> append(Record record) = 0;

  /// Queues a record that needs no acknowledgement (marks of what was settled): written with the
  /// next group or within 10 ms, without a sync of its own. Lost in a crash at worst, never
  /// reordered. Has room even when the disk is full. Thread-safe, never blocks. False: not taken,
  /// since too many wait already, or the log has failed or is closing; it may be tried again later.
  [[nodiscard]] virtual bool append_relaxed(Payload payload) = 0;

  /// The record at `position`. Blocks on the disk: not from an I/O thread. Verified by its
  /// checksum. Errors: NotFound (trimmed or not yet written), Corrupt.
  virtual base::Result<Payload> read(Position position) = 0;

  virtual Position first() const = 0;  ///< oldest record kept; equals next() when there is none
  virtual Position next() const = 0;   ///< position of the next record

  /// Allows the log to drop whole files of records older than `before`. A hint: keeps what it must.
  virtual void trim(Position before) = 0;

  /// Bytes on disk (or in memory).
  virtual std::uint64_t size_bytes() const = 0;

  virtual Health health() const = 0;

  /// Gives the room that is held back for a full disk to others on the same disk, if it is full.
  /// Appends are refused until the log could take it again, which it does by itself. Blocks on the
  /// disk.
  virtual void yield_reserve() = 0;

  /// Writes and syncs what is queued, then refuses appends. Not from an I/O thread. Idempotent.
  /// The executors of those who append must outlive it.
  virtual void close() = 0;
};

}  // namespace fanfare::log
