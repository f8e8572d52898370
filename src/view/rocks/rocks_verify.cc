#include <rocksdb/db.h>

#include <memory>
#include <system_error>

#include "view/rocks/rocks_folder.h"
#include "view/verify.h"

namespace fanfare::view {

namespace {

bool holds_a_view(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::is_directory(folder, error) && !std::filesystem::is_empty(folder, error);
}

/// The damage, if there is some. Errors: what may pass.
base::Result<std::optional<base::Error>> judge(const std::filesystem::path& folder,
                                               const rocksdb::Status& status) {
  if (status.ok()) return std::optional<base::Error>();
  auto error = failure_in(folder, status);
  if (error.code != base::Errc::Corrupt) return error;
  return std::optional(std::move(error));
}

rocksdb::Status walk(rocksdb::DB& db, const std::filesystem::path& folder, Report& report,
                     const std::function<void(std::string_view, std::string_view)>& visit) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.readahead_size = 1 << 20;
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const std::string_view key(at->key().data(), at->key().size());
    const std::string_view value(at->value().data(), at->value().size());
    if (key == kAppliedKey) {
      const auto applied = parse_applied(value, folder);
      if (!applied) return rocksdb::Status::Corruption(applied.error().message);
      report.applied = *applied;
      continue;
    }
    ++report.records;
    visit(key, value);
  }
  return at->status();
}

}  // namespace

base::Result<Report> verify(
    const std::filesystem::path& folder,
    const std::function<void(std::string_view key, std::string_view value)>& visit) {
  if (!holds_a_view(folder)) {
    return base::Error{base::Errc::NotFound, "no view in " + folder.string(), folder.string()};
  }
  Report report;
  if (auto whole = refuse_headless(folder); !whole) {
    report.damage = whole.error();
    return report;
  }
  auto options = rocks_options();
  options.create_if_missing = false;
  rocksdb::DB* raw = nullptr;
  auto status = rocksdb::DB::OpenForReadOnly(options, folder.string(), &raw);
  const std::unique_ptr<rocksdb::DB> db(raw);
  if (status.ok()) status = walk(*db, folder, report, visit);
  if (status.ok()) status = db->VerifyChecksum();  // of what no record led to, too
  if (db) db->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &report.bytes);
  auto damage = judge(folder, status);
  if (!damage) return damage.error();
  report.damage = std::move(*damage);
  return report;
}

}  // namespace fanfare::view
