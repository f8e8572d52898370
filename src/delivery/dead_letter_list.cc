#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <queue>
#include <sstream>
#include <tuple>

#include "base/bytes.h"
#include "delivery/dead_letter.h"
#include "delivery/dead_letter_files.h"

namespace fanfare::delivery {

namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Result;
using base::TimePoint;
using Hours = std::chrono::sys_time<std::chrono::hours>;

constexpr std::size_t kLimitMax = 1000;

/// One hour's folder of one subscription.
struct HourFolder {
  Hours hour;
  std::string container;
  std::string subscription;
  fs::path path;
};

std::vector<fs::path> folders_in(const fs::path& parent) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
    std::error_code type_error;
    if (it->is_directory(type_error) && !it->is_symlink(type_error)) found.push_back(it->path());
  }
  return found;
}

/// `2026`, `1`, `31`: digits only, no leading zero; nullopt for anything else.
std::optional<int> number_of(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() > 4)
    return std::nullopt;
  if (std::to_string(value) != text) return std::nullopt;
  return value;
}

std::optional<Hours> hour_of(const fs::path& year, const fs::path& month, const fs::path& day,
                             const fs::path& hour) {
  const auto y = number_of(year.filename().native());
  const auto m = number_of(month.filename().native());
  const auto d = number_of(day.filename().native());
  const auto h = number_of(hour.filename().native());
  if (!y || !m || !d || !h || *m < 0 || *d < 0 || *h < 0 || *h > 23) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*y),
                                         std::chrono::month(static_cast<unsigned>(*m)),
                                         std::chrono::day(static_cast<unsigned>(*d)));
  if (!date.ok()) return std::nullopt;
  return Hours(std::chrono::sys_days(date)) + std::chrono::hours(*h);
}

void collect_hours(const fs::path& subscription, const std::string& container,
                   std::vector<HourFolder>& out) {
  for (const auto& year : folders_in(subscription)) {
    for (const auto& month : folders_in(year)) {
      for (const auto& day : folders_in(month)) {
        for (const auto& hour : folders_in(day)) {
          const auto when = hour_of(year, month, day, hour);
          if (when) out.push_back({*when, container, subscription.filename().string(), hour});
        }
      }
    }
  }
}

std::vector<HourFolder> hours_of(const fs::path& folder, const DeadLetterQuery& query) {
  std::vector<HourFolder> hours;
  for (const auto& container : folders_in(folder)) {
    const auto name = container.filename().string();
    if (!query.container.empty() && name != query.container) continue;
    for (const auto& subscription : folders_in(container)) {
      const auto matches =
          query.subscription.empty() ||
          base::ascii_iequals(subscription.filename().native(), query.subscription);
      if (matches) collect_hours(subscription, name, hours);
    }
  }
  std::sort(hours.begin(), hours.end(),
            [](const HourFolder& a, const HourFolder& b) { return a.hour > b.hour; });
  return hours;
}

std::optional<DeadLetterEntry> entry_of(const HourFolder& hour, const fs::path& file,
                                        const fs::path& folder) {
  struct stat info{};
  if (file.extension() != ".json" || ::lstat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return std::nullopt;
  }
  const auto written = TimePoint(std::chrono::seconds(info.st_mtim.tv_sec) +
                                 std::chrono::nanoseconds(info.st_mtim.tv_nsec));
  return DeadLetterEntry{hour.container, hour.subscription,
                         file.lexically_relative(folder).string(), written,
                         static_cast<std::uint64_t>(info.st_size)};
}

/// Where an entry stands in the list: the later the higher.
using Rank = std::tuple<Hours, TimePoint, std::string>;

struct Ranked {
  Rank rank;
  DeadLetterEntry entry;
  bool operator<(const Ranked& other) const { return other.rank < rank; }
};

/// The `limit` newest below a bound, of any number offered: a heap with the oldest on top.
class Newest {
 public:
  Newest(std::size_t limit, std::optional<Rank> below) : limit_(limit), below_(std::move(below)) {}

  void offer(Hours hour, DeadLetterEntry entry) {
    Ranked ranked{{hour, entry.written, entry.name}, std::move(entry)};
    if (below_ && !(ranked.rank < *below_)) return;
    kept_.push(std::move(ranked));
    if (kept_.size() > limit_) kept_.pop();
  }

  bool full() const { return kept_.size() >= limit_; }

  std::vector<DeadLetterEntry> take() {
    std::vector<DeadLetterEntry> list;
    while (!kept_.empty()) {
      list.push_back(kept_.top().entry);
      kept_.pop();
    }
    std::reverse(list.begin(), list.end());
    return list;
  }

 private:
  std::size_t limit_;
  std::optional<Rank> below_;
  std::priority_queue<Ranked> kept_;
};

void offer_files(const HourFolder& hour, const fs::path& folder, Newest& newest) {
  std::error_code error;
  for (fs::directory_iterator it(hour.path, error), end; !error && it != end; it.increment(error)) {
    if (auto entry = entry_of(hour, it->path(), folder)) newest.offer(hour.hour, std::move(*entry));
  }
}

/// The parts of `container/SUBSCRIPTION/Y/M/D/H/<id>.json`; empty when it is not such a name.
std::vector<std::string> parts_of(std::string_view name) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= name.size();) {
    const auto slash = std::min(name.find('/', from), name.size());
    const auto part = name.substr(from, slash - from);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != part.npos) return {};
    parts.emplace_back(part);
    from = slash + 1;
  }
  if (parts.size() != 7 || !is_container_name(parts[0]) || !parts[6].ends_with(".json")) return {};
  if (!hour_of(parts[2], parts[3], parts[4], parts[5])) return {};
  return parts;
}

Result<HourFolder> locate(const fs::path& folder, std::string_view name) {
  const auto parts = parts_of(name);
  if (parts.empty()) return base::invalid("not the name of a dead letter", std::string(name));
  const auto when = hour_of(parts[2], parts[3], parts[4], parts[5]);
  return HourFolder{*when, parts[0], parts[1], folder / fs::path(name).parent_path()};
}

Result<std::optional<Rank>> rank_of(const fs::path& folder, const std::string& after) {
  if (after.empty()) return std::optional<Rank>{};
  const auto hour = locate(folder, after);
  if (!hour) return hour.error();
  const auto entry = entry_of(*hour, folder / after, folder);
  if (!entry) return base::invalid("there is no such dead letter to go on from", after);
  return std::optional<Rank>{Rank{hour->hour, entry->written, entry->name}};
}

}  // namespace

Result<std::vector<DeadLetterEntry>> list_dead_letters(const fs::path& folder,
                                                       const DeadLetterQuery& query) {
  const auto below = rank_of(folder, query.after);
  if (!below) return below.error();
  Newest newest(std::clamp<std::size_t>(query.limit, 1, kLimitMax), *below);
  const auto hours = hours_of(folder, query);
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const auto begins_hour = i == 0 || hours[i].hour != hours[i - 1].hour;
    if (begins_hour && newest.full()) break;
    offer_files(hours[i], folder, newest);
  }
  return newest.take();
}

Result<std::string> read_dead_letter(const fs::path& folder, std::string_view name) {
  const auto hour = locate(folder, name);
  if (!hour) return hour.error();
  const auto path = folder / name;
  std::ifstream file(path, std::ios::binary);
  if (!file || !entry_of(*hour, path, folder)) {
    return Error{Errc::NotFound, "there is no such dead letter", std::string(name)};
  }
  std::ostringstream content;
  content << file.rdbuf();
  return std::move(content).str();
}

}  // namespace fanfare::delivery
