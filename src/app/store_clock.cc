#include "app/store_clock.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace fanfare::app {

namespace {

constexpr std::string_view kName = "fanfare-clock";
constexpr int kVersion = 1;
constexpr base::Duration kInterval = base::seconds(5);

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  in >> id;
  return id;
}

base::Duration since_boot() {
  timespec at{};
  if (::clock_gettime(CLOCK_BOOTTIME, &at) != 0) return {};
  return base::seconds(at.tv_sec) + base::Duration(at.tv_nsec);
}

}  // namespace

std::string to_text(const ScheduleSample& sample) {
  std::ostringstream text;
  text << kName << ' ' << kVersion << ' ' << sample.boot << ' ' << sample.since_boot.count() << ' '
       << sample.time.time_since_epoch().count() << ' '
       << (sample.owed == Owed::Something ? "owed" : "idle") << '\n';
  return text.str();
}

std::optional<ScheduleSample> parse_schedule_sample(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::string name;
  int version = 0;
  std::int64_t since_boot = 0;
  std::int64_t time = 0;
  std::string owed;
  ScheduleSample sample;
  if (!(in >> name >> version >> sample.boot >> since_boot >> time >> owed)) return std::nullopt;
  const bool known = owed == "owed" || owed == "idle";
  if (name != kName || version != kVersion || !known || since_boot < 0 || time <= 0) {
    return std::nullopt;
  }
  sample.since_boot = base::Duration(since_boot);
  sample.time = base::TimePoint(base::Duration(time));
  sample.owed = owed == "owed" ? Owed::Something : Owed::Nothing;
  return sample;
}

ScheduleSample sample_machine() {
  return {.boot = boot_id(), .since_boot = since_boot(), .time = base::SystemClock().wall()};
}

base::TimePoint resume_schedule(const std::optional<ScheduleSample>& last,
                                const ScheduleSample& now) {
  if (!last || last->owed == Owed::Nothing) return now.time;
  const bool same_boot = !now.boot.empty() && last->boot == now.boot;
  if (!same_boot || now.since_boot < last->since_boot) return std::max(last->time, now.time);
  return last->time + (now.since_boot - last->since_boot);
}

base::TimePoint resume_schedule(const std::filesystem::path& data) {
  std::ifstream in(data / "clock", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return resume_schedule(parse_schedule_sample(text), sample_machine());
}

ScheduleFile::ScheduleFile(const std::filesystem::path& data, base::Clock& clock,
                           base::Executor worker, std::function<Owed()> owed)
    : path_(data / "clock"), clock_(clock), worker_(worker), owed_(std::move(owed)) {}

void ScheduleFile::start() {
  asio::post(worker_, [this] { write_and_go_on(); });
}

void ScheduleFile::stop() {
  base::run_on(worker_, [this] {
    alarm_.reset();
    write();
  });
}

void ScheduleFile::write_and_go_on() {
  write();
  alarm_ = clock_.alarm(clock_.now() + kInterval, worker_, [this] { write_and_go_on(); });
}

/// In place, in one write of the same length or nearly so: what a crash leaves is the old line, the
/// new one, or one that is not read.
void ScheduleFile::write() const {
  auto sample = sample_machine();
  sample.time = clock_.now();
  sample.owed = owed_();
  const auto text = to_text(sample);
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;  // the disk is full or failing: others tell of it
  const auto written = ::pwrite(file, text.data(), text.size(), 0);
  if (written == static_cast<ssize_t>(text.size())) {
    static_cast<void>(::ftruncate(file, written));
  }
  ::close(file);
}

}  // namespace fanfare::app
