#pragma once
/// Records on RocksDB without its write-ahead log: the product's log is the one that counts. What
/// flush() has not written is applied again from the log.
#include <atomic>
#include <memory>
#include <mutex>

#include "view/records.h"

namespace rocksdb {
class DB;
class Status;
}  // namespace rocksdb

namespace fanfare::view {

class RocksRecords final : public Records {
 public:
  /// Errors: Unavailable (locked by another process, disk full), Corrupt (names file and reason).
  static base::Result<std::unique_ptr<Records>> open(const std::filesystem::path& folder);
  ~RocksRecords() override;

  base::Result<void> write(const Batch& batch) override;
  base::Result<std::optional<std::string>> get(std::string_view key) const override;
  base::Result<void> scan(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  base::Result<void> erase_range(std::string_view from, std::string_view to) override;
  std::uint64_t applied() const override { return applied_; }
  base::Result<void> flush(std::uint64_t applied) override;
  std::uint64_t size_bytes() const override;

 private:
  RocksRecords(std::unique_ptr<rocksdb::DB> db, std::filesystem::path folder);
  base::Result<void> load_applied();
  base::Error failure(const rocksdb::Status& status) const;

  std::unique_ptr<rocksdb::DB> db_;
  std::filesystem::path folder_;
  std::mutex flushing_;
  std::atomic<std::uint64_t> applied_{0};
};

}  // namespace fanfare::view
