#include <CLI/CLI.hpp>
#include <cstdio>
#include <ostream>

#include "app/store_check.h"
#include "cli/options.h"
#include "json/value.h"

namespace fanfare::cli {
namespace {

struct StoreOptions {
  std::string folder = "fanfare-data";
  Output output = Output::Table;
};

std::string megabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", bytes / 1e6);
  return text;
}

std::string speed(const app::StoreReport& report) {
  const double seconds = std::chrono::duration<double>(report.took).count();
  const auto bytes = static_cast<double>(report.bytes());
  char text[64];
  std::snprintf(text, sizeof text, "read %s in %.2f s, %s a second", megabytes(bytes).c_str(),
                seconds, megabytes(seconds > 0 ? bytes / seconds : 0).c_str());
  return text;
}

std::string log_line(const log::Report& log) {
  if (log.records == 0) return "no records";
  return std::to_string(log.records) + " records, " + std::to_string(log.first) + " to " +
         std::to_string(log.next - 1) + ", in " + std::to_string(log.segments) + " files";
}

std::string state(const std::optional<base::Error>& damage) {
  return damage ? "damaged" : "intact";
}

std::string report_table(const app::StoreReport& report) {
  Table table({"PART", "STATE", "HOLDS"});
  table.add({"store", report.id.empty() ? "damaged" : "intact", report.id});
  table.add({"log", state(report.log.damage), log_line(report.log)});
  table.add({"view", state(report.view.damage),
             std::to_string(report.view.records) + " records, as of log record " +
                 std::to_string(report.view.applied)});
  table.add({"queue", report.damage.empty() ? "intact" : "",
             std::to_string(report.owed) + " deliveries to " + std::to_string(report.owed_to) +
                 " event subscriptions in the view"});
  return table.text() + speed(report) + "\n";
}

Failure check_failure(const base::Error& error) {
  const bool no_check = error.code == base::Errc::NotFound ||
                        error.code == base::Errc::InvalidArgument ||
                        error.message.find("in use by another") != std::string::npos;
  return Failure{no_check ? Exit::Usage : Exit::Failed, error.message, {}};
}

Got<void> check(const StoreOptions& options, Console& console) {
  const auto report = app::check_store(options.folder);
  if (!report) return std::unexpected(check_failure(report.error()));
  console.out << (options.output == Output::Json ? json::write_pretty(app::to_json(*report)) + "\n"
                                                 : report_table(*report));
  if (report->damage.empty()) return {};
  std::string message;
  for (const auto& text : report->damage) message += (message.empty() ? "" : "\n") + text;
  return fail(Exit::Failed, std::move(message));
}

}  // namespace

void add_store(CLI::App& parent, Program& program) {
  auto* group = add_group(
      parent,
      {.name = "store", .summary = "look at a data folder", .description = {}, .examples = {}});
  auto* command = add_command(
      *group,
      {.name = "check",
       .summary = "read everything in a data folder and say what is damaged",
       .description =
           "For a folder whose server is stopped; no server can open it meanwhile. Every record of "
           "the log and every block of the view is read and its checksum verified, and that the "
           "two belong together. Nothing is changed.\n\nThe exit status is 0 when all is intact, "
           "1 when something is damaged or cannot be read, and 2 when nothing was checked: no "
           "store there, in use, or written by a newer version.",
       .examples = "fanfare store check\n"
                   "fanfare store check /var/lib/fanfare --output json"});
  auto options = std::make_shared<StoreOptions>();
  command->add_option("FOLDER", options->folder, "The data folder. Default: fanfare-data.");
  add_output_option(*command, options->output);
  command->callback([&program, options] {
    program.run = [options](Console& console) { return check(*options, console); };
  });
}

}  // namespace fanfare::cli
