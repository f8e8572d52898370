#include "log/verify.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "log/local/disk.h"
#include "log/local/examine.h"

namespace fanfare::log {
namespace {

void count(const SegmentFacts& facts, Report& report) {
  ++report.segments;
  if (facts.empty()) return;
  report.records += facts.records();
  report.guarded += facts.guards.size();
  report.bytes += (facts.sealed ? facts.seal_offset : facts.end) - kSegmentHeaderBytes;
  report.next = std::max(report.next, facts.next);
}

}  // namespace

base::Result<Report> verify(Disk& disk, const std::filesystem::path& folder) {
  const ExamineOptions everything{.verify_bytes = std::numeric_limits<std::uint64_t>::max()};
  if (auto names = disk.list(folder); !names || names->empty()) {
    return base::Error{base::Errc::NotFound, "no log in " + folder.string(), folder.string()};
  }
  auto lock = lock_folder(disk, folder);
  if (!lock) return std::move(lock.error());
  auto found = examine(disk, folder, everything);
  if (!found) return std::move(found.error());
  if (found->refusal && found->refusal->code == base::Errc::InvalidArgument) {
    return std::move(*found->refusal);
  }
  Report report;
  report.store_id = to_string(found->mark.store);
  report.first = report.next = found->mark.first_position;
  report.synced = std::max(found->durable, found->mark.durable);
  for (const auto& facts : found->segments) count(facts, report);
  report.damage = std::move(found->refusal);
  report.lock = std::move(*lock);
  return report;
}

base::Result<Report> verify(const std::filesystem::path& folder) {
  return verify(system_disk(), folder);
}

}  // namespace fanfare::log
