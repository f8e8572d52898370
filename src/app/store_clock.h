#pragma once
/// Where the schedule's time line goes on after a restart, so that retries wait as long as they
/// should although the wall clock was set meanwhile. The file `clock` of the data folder:
///
///     clock := "fanfare-clock 1" SP boot SP since-boot SP time SP owed LF
///
/// boot is the machine's boot id, since-boot and time are nanoseconds, owed is `owed` or `idle`.
/// Written every few seconds and at the stop, never synced: one that cannot be read is as none.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/clock.h"

namespace fanfare::app {

enum class Owed { Nothing, Something };

/// A moment on the schedule's line, and when the machine was there.
struct ScheduleSample {
  std::string boot;
  base::Duration since_boot{};
  base::TimePoint time{};
  Owed owed = Owed::Nothing;
};

std::string to_text(const ScheduleSample& sample);
std::optional<ScheduleSample> parse_schedule_sample(std::string_view text);

/// The machine's part of a sample; `time` is the wall clock's.
ScheduleSample sample_machine();

/// Where the line goes on at `now`. With nothing owed, or nothing known, at the wall clock; in the
/// same boot, as long after `last` as has really passed; after another boot not before `last`.
base::TimePoint resume_schedule(const std::optional<ScheduleSample>& last,
                                const ScheduleSample& now);

/// The same, for a data folder.
base::TimePoint resume_schedule(const std::filesystem::path& data);

/// Keeps the file up to date.
class ScheduleFile {
 public:
  /// Writes on `worker`'s thread, which may block.
  ScheduleFile(const std::filesystem::path& data, base::Clock& clock, base::Executor worker,
               std::function<Owed()> owed);

  void start();
  /// Writes a last time. Not from the worker's thread.
  void stop();

 private:
  void write() const;
  void write_and_go_on();

  const std::filesystem::path path_;
  base::Clock& clock_;
  base::Executor worker_;
  std::function<Owed()> owed_;
  std::unique_ptr<base::Alarm> alarm_;  ///< the worker's
};

}  // namespace fanfare::app
