#pragma once
/// Keyed records in key order, and one position: how far the log has been applied to them.
/// A view of the log: what a crash takes is applied again from applied() + 1.
///
/// Who owns which keys, by first byte: 0x00 the queue (docs/formats/queue.md), 0xff the engine
/// itself, everything else those who put state into a commit.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fanfare::view {

/// Changes that become visible together.
class Batch {
 public:
  void put(std::string key, std::string value) {
    changes_.push_back({std::move(key), std::move(value)});
  }
  void erase(std::string key) { changes_.push_back({std::move(key), std::nullopt}); }
  bool empty() const { return changes_.empty(); }
  void clear() { changes_.clear(); }

  struct Change {
    std::string key;
    std::optional<std::string> value;  ///< nullopt erases
  };
  const std::vector<Change>& changes() const { return changes_; }

 private:
  std::vector<Change> changes_;
};

/// Thread-safe. All calls may touch the disk: not from an I/O thread.
class Records {
 public:
  virtual ~Records() = default;

  virtual base::Result<void> write(const Batch& batch) = 0;
  virtual base::Result<std::optional<std::string>> get(std::string_view key) const = 0;

  /// Visits records with `prefix` in key order, starting at the first key >= `from` (when given),
  /// until `visit` returns false. Sees a consistent state. `visit` must not call back into the
  /// records.
  virtual base::Result<void> scan(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;

  /// Erases every key in [from, to).
  virtual base::Result<void> erase_range(std::string_view from, std::string_view to) = 0;

  /// The log position up to which the durable state holds everything; 0 for a fresh view.
  virtual std::uint64_t applied() const = 0;

  /// Makes everything written so far durable together with `applied`. Blocks until done. Later
  /// writes may become durable earlier than their own flush; applying a record twice must therefore
  /// be harmless.
  virtual base::Result<void> flush(std::uint64_t applied) = 0;

  virtual std::uint64_t size_bytes() const = 0;
};

/// `rocks` (in `folder`, made when missing) or `memory`.
/// Errors: Corrupt (names what is missing or damaged), Unavailable (locked), InvalidArgument
/// (unknown engine).
base::Result<std::unique_ptr<Records>> open(const std::string& engine,
                                            const std::filesystem::path& folder);

}  // namespace fanfare::view
