#include "view/rocks/rocks_records.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <system_error>

#include "base/bytes.h"
#include "base/log.h"
#include "view/rocks/rocks_folder.h"

namespace fanfare::view {

namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view_of(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

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
  const auto status = rocksdb::DB::Open(rocks_options(), folder.string(), &raw);
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
  const auto applied = parse_applied(**value, folder_);
  if (!applied) return applied.error();
  applied_ = *applied;
  return {};
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
