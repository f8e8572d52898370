#include "app/store_check.h"

#include <chrono>
#include <utility>

#include "app/store_format.h"
#include "base/time.h"
#include "queue/check.h"

namespace fanfare::app {

namespace {

using Steady = std::chrono::steady_clock;

void add_damage(StoreReport& report, const std::optional<base::Error>& error) {
  if (error) report.damage.push_back(error->message);
}

/// Whether view and log belong together, as a start demands.
void compare(StoreReport& report) {
  const auto applied = report.view.applied;
  if (report.log.first > applied + 1) {
    report.damage.push_back("the view has applied the log up to record " + std::to_string(applied) +
                            ", but the log begins at " + std::to_string(report.log.first) +
                            ": the view is missing, damaged or older than the log");
  }
  if (report.log.next <= applied) {
    report.damage.push_back("the log ends at record " + std::to_string(report.log.next - 1) +
                            ", but the view has applied it up to " + std::to_string(applied) +
                            ": records are missing");
  }
}

base::Result<void> check_view(const std::filesystem::path& folder, StoreReport& report) {
  queue::TableCheck table;
  auto view = view::verify(
      folder, [&](std::string_view key, std::string_view value) { table.see(key, value); });
  if (!view && view.error().code != base::Errc::NotFound) return view.error();
  if (view) report.view = std::move(*view);
  report.owed = table.tasks();
  report.owed_to = table.subscriptions();
  add_damage(report, report.view.damage);
  add_damage(report, table.damage());
  return {};
}

}  // namespace

base::Result<StoreReport> check_store(std::filesystem::path folder) {
  folder = folder.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder.filename() == "log" && !std::filesystem::exists(folder / "log")) {
    folder = folder.parent_path();
  }
  const auto began = Steady::now();
  StoreReport report;
  auto format = read_format(folder);
  if (!format && format.error().code != base::Errc::Corrupt) return format.error();
  if (format) report.id = std::move(*format);
  auto log = log::verify(folder / "log");  // from here on nobody else opens the store
  if (!log && log.error().code == base::Errc::NotFound && format) {
    return report;  // a start made the folder and nothing yet
  }
  if (!log) return log.error();
  report.log = std::move(*log);
  if (!format) report.damage.push_back(format.error().message);
  add_damage(report, report.log.damage);
  if (auto viewed = check_view(folder / "view", report); !viewed) return viewed.error();
  if (!report.log.damage && !report.view.damage) compare(report);
  report.took = Steady::now() - began;
  return report;
}

json::Value to_json(const StoreReport& report) {
  auto damage = json::Value::array();
  for (const auto& text : report.damage) damage.push(text);
  const auto seconds = std::chrono::duration<double>(report.took).count();
  return json::Value::object(
      {{"id", report.id},
       {"intact", report.damage.empty()},
       {"damage", std::move(damage)},
       {"log", json::Value::object({{"first", report.log.first},
                                    {"next", report.log.next},
                                    {"records", report.log.records},
                                    {"segments", report.log.segments},
                                    {"bytes", report.log.bytes},
                                    {"synced", report.log.synced}})},
       {"view", json::Value::object({{"applied", report.view.applied},
                                     {"records", report.view.records},
                                     {"bytes", report.view.bytes}})},
       {"owed",
        json::Value::object({{"deliveries", report.owed}, {"eventSubscriptions", report.owed_to}})},
       {"seconds", seconds}});
}

}  // namespace fanfare::app
