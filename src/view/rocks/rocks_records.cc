#include "view/rocks/rocks_records.h"

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_batch.h>

#include <system_error>

#include "base/bytes.h"
#include "base/log.h"

namespace fanfare::view {

namespace {

constexpr std::string_view kEnginePrefix = "\xff";
constexpr std::string_view kAppliedKey = "\xff\x61pplied";  // value: u64, little endian
constexpr std::size_t kWriteBufferBytes = 16u << 20;
constexpr std::size_t kBlockCacheBytes = 8u << 20;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view_of(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

/// The library's own diary would grow beside the data; what matters comes back as a status.
class SilentLogger final : public rocksdb::Logger {
 public:
  SilentLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

/// Failed background work shows in the next write; the reason is written down when it happens.
class FailureListener final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    base::log(base::LogLevel::Error, "view", "background work failed",
              {{"reason", status->ToString()}});
  }
};

rocksdb::BlockBasedTableOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes, 2);
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  return table;
}

rocksdb::Options options() {
  rocksdb::Options o;
  o.create_if_missing = true;
  o.paranoid_checks = true;
  o.verify_sst_unique_id_in_manifest = true;
  o.compression = rocksdb::kNoCompression;
  o.write_buffer_size = kWriteBufferBytes;
  o.max_write_buffer_number = 3;
  o.max_background_jobs = 2;
  o.max_open_files = 64;
  o.max_file_opening_threads = 1;
  o.table_cache_numshardbits = 2;
  o.max_manifest_file_size = 4u << 20;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.max_bgerror_resume_count = 0;  // resumed by flush(), when the queue asks again
  o.avoid_flush_during_shutdown = true;
  o.info_log = std::make_shared<SilentLogger>();
  o.listeners.push_back(std::make_shared<FailureListener>());
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
  // The pending table is a queue: files that are mostly tombstones are compacted early.
  o.table_properties_collector_factories.push_back(
      rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048));
  return o;
}

rocksdb::WriteOptions without_wal() {
  rocksdb::WriteOptions o;
  o.disableWAL = true;
  return o;
}

/// The first key after all that start with `prefix`; empty when there is none.
std::string after_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

/// Without CURRENT the library would begin a new database and sweep the old one's files away.
base::Result<void> refuse_headless(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder / "CURRENT", error)) return {};
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (entry.path().extension() != ".sst" && !name.starts_with("MANIFEST-")) continue;
    return base::Error{base::Errc::Corrupt,
                       "the view's file CURRENT is missing while " + name + " is there",
                       folder.string()};
  }
  return {};
}

base::Error failure_in(const std::filesystem::path& folder, const rocksdb::Status& status) {
  const auto text = status.ToString();
  const bool temporary = status.IsIOError() || status.IsNoSpace() || status.IsBusy() ||
                         status.IsTryAgain() || status.IsShutdownInProgress() ||
                         status.IsTimedOut() || status.IsIncomplete();
  const bool missing = status.IsPathNotFound() || text.find("No such file") != text.npos;
  const auto code = temporary && !missing ? base::Errc::Unavailable : base::Errc::Corrupt;
  return base::Error{code, "view: " + text, folder.string()};
}

base::Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return base::Error{base::Errc::Unavailable, error.message(), folder.string()};
}

}  // namespace

RocksRecords::RocksRecords(std::unique_ptr<rocksdb::DB> db, std::filesystem::path folder)
    : db_(std::move(db)), folder_(std::move(folder)) {}

RocksRecords::~RocksRecords() {
  if (const auto status = db_->Close(); !status.ok()) {
    base::log(base::LogLevel::Warn, "view", "closing failed", {{"reason", status.ToString()}});
  }
}

base::Result<std::unique_ptr<Records>> RocksRecords::open(const std::filesystem::path& folder) {
  if (auto made = make_folder(folder); !made) return made.error();
  if (auto whole = refuse_headless(folder); !whole) return whole.error();
  rocksdb::DB* raw = nullptr;
  const auto status = rocksdb::DB::Open(options(), folder.string(), &raw);
  if (!status.ok()) return failure_in(folder, status);
  std::unique_ptr<RocksRecords> records(
      new RocksRecords(std::unique_ptr<rocksdb::DB>(raw), folder));
  if (auto loaded = records->load_applied(); !loaded) return loaded.error();
  return std::unique_ptr<Records>(std::move(records));
}

base::Result<void> RocksRecords::load_applied() {
  auto value = get(kAppliedKey);
  if (!value) return value.error();
  if (!*value) return {};
  base::ByteReader reader(**value);
  applied_ = reader.u64();
  if (reader.ok() && reader.at_end()) return {};
  return base::Error{base::Errc::Corrupt, "the view's applied position is damaged",
                     folder_.string()};
}

base::Error RocksRecords::failure(const rocksdb::Status& status) const {
  return failure_in(folder_, status);
}

base::Result<void> RocksRecords::write(const Batch& batch) {
  rocksdb::WriteBatch writes;
  for (const auto& change : batch.changes()) {
    const auto status = change.value ? writes.Put(slice(change.key), slice(*change.value))
                                     : writes.Delete(slice(change.key));
    if (!status.ok()) return failure(status);
  }
  if (const auto status = db_->Write(without_wal(), &writes); !status.ok()) return failure(status);
  return {};
}

base::Result<std::optional<std::string>> RocksRecords::get(std::string_view key) const {
  std::string value;
  const auto status = db_->Get(rocksdb::ReadOptions(), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return failure(status);
  return std::optional(std::move(value));
}

base::Result<void> RocksRecords::scan(
    std::string_view prefix, std::string_view from,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::string end = prefix.empty() ? std::string(kEnginePrefix) : after_prefix(prefix);
  const rocksdb::Slice bound = slice(end);
  rocksdb::ReadOptions read;
  if (!end.empty()) read.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> cursor(db_->NewIterator(read));
  for (cursor->Seek(slice(std::max(prefix, from))); cursor->Valid(); cursor->Next()) {
    if (!visit(view_of(cursor->key()), view_of(cursor->value()))) break;
  }
  if (!cursor->status().ok()) return failure(cursor->status());
  return {};
}

base::Result<void> RocksRecords::erase_range(std::string_view from, std::string_view to) {
  const auto status =
      db_->DeleteRange(without_wal(), db_->DefaultColumnFamily(), slice(from), slice(to));
  if (!status.ok()) return failure(status);
  return {};
}

base::Result<void> RocksRecords::flush(std::uint64_t applied) {
  const std::lock_guard lock(flushing_);
  if (const auto status = db_->Resume(); !status.ok()) return failure(status);
  std::string value;
  base::ByteWriter(value).u64(applied);
  if (auto s = db_->Put(without_wal(), slice(kAppliedKey), slice(value)); !s.ok())
    return failure(s);
  rocksdb::FlushOptions now;
  now.wait = true;
  now.allow_write_stall = true;
  if (const auto status = db_->Flush(now); !status.ok()) return failure(status);
  applied_ = applied;
  return {};
}

std::uint64_t RocksRecords::size_bytes() const {
  std::uint64_t files = 0;
  std::uint64_t memory = 0;
  db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &files);
  db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &memory);
  return files + memory;
}

}  // namespace fanfare::view
