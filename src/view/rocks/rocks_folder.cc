#include "view/rocks/rocks_folder.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <memory>
#include <string>
#include <system_error>

#include "base/bytes.h"
#include "base/log.h"

namespace fanfare::view {

namespace {

constexpr std::size_t kWriteBufferBytes = 16u << 20;
constexpr std::size_t kBlockCacheBytes = 8u << 20;

base::Error damage(const std::filesystem::path& folder, const std::string& what) {
  return {base::Errc::Corrupt,
          "the view in " + folder.string() + " is damaged: " + what +
              ". Nothing was changed. Run `fanfare store check " + folder.parent_path().string() +
              "` for what is intact, and restore the data folder from a backup.",
          folder.string()};
}

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

}  // namespace

rocksdb::Options rocks_options() {
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

base::Result<std::uint64_t> parse_applied(std::string_view value,
                                          const std::filesystem::path& folder) {
  base::ByteReader reader(value);
  const auto applied = reader.u64();
  if (reader.ok() && reader.at_end()) return applied;
  return damage(folder, "its applied position cannot be read");
}

/// Without CURRENT the library would begin a new database and sweep the old one's files away.
base::Result<void> refuse_headless(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder / "CURRENT", error)) return {};
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (entry.path().extension() != ".sst" && !name.starts_with("MANIFEST-")) continue;
    return damage(folder,
                  (folder / "CURRENT").string() + " is missing while " + name + " is there");
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
  return code == base::Errc::Corrupt ? damage(folder, text)
                                     : base::Error{code, "view: " + text, folder.string()};
}

}  // namespace fanfare::view
