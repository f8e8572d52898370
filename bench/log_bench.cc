// Durable appends of the local log beside a bare loop of pwrite and fdatasync of the same bytes on
// a preallocated, zeroed file, in the same run. Prints one line of JSON a scenario.
//   log_bench [FOLDER] [SECONDS] [FIRST LETTERS OF A SCENARIO]
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/task_group.h"
#include "log/log.h"
#include "log/open.h"

namespace fanfare {
namespace {

using Steady = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

struct Scenario {
  const char* name;
  int producers;
  std::size_t record_bytes;
  int events_per_record;  ///< a record of a batch stands for so many events
};

constexpr Scenario kScenarios[] = {
    {"16 producers, batches of 100 KB", 16, 100 * 1024, 100},
    {"64 producers, single 1 KB", 64, 1024, 1},
    {"256 producers, single 1 KB", 256, 1024, 1},
    {"512 producers, single 1 KB", 512, 1024, 1},
    {"1 producer, single 1 KB", 1, 1024, 1},
};

struct Measured {
  double records = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  std::vector<double> latencies_us;

  double p(double share) {
    if (latencies_us.empty()) return 0;
    std::ranges::sort(latencies_us);
    return latencies_us[static_cast<std::size_t>(share * double(latencies_us.size() - 1))];
  }
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

base::Async<void> produce(log::Log& log, log::Payload payload, Steady::time_point until,
                          std::vector<double>& latencies) {
  while (Steady::now() < until) {
    const auto begin = Steady::now();
    log::Record record;
    record.payload = payload;
    const auto position = co_await log.append(std::move(record));
    if (!position) {
      std::fprintf(stderr, "append: %s\n", position.error().message.c_str());
      std::exit(1);
    }
    latencies.push_back(Micros(Steady::now() - begin).count());
  }
}

/// Keeps the log at a few segments, as retention does: files are used again from then on.
log::Apply trimming(std::unique_ptr<log::Log>& log, std::size_t record_bytes) {
  const log::Position kept = (96 << 20) / record_bytes;
  return [&log, kept](log::Position position, const log::Payload&) {
    if (position % 64 == 0 && position > kept) log->trim(position - kept);
  };
}

Measured run_log(const std::filesystem::path& folder, const Scenario& scenario, double seconds) {
  log::Options options;
  options.folder = folder / "log";
  auto opened = log::open("local", options);
  if (!opened) {
    std::fprintf(stderr, "open: %s\n", opened.error().message.c_str());
    std::exit(1);
  }
  auto log = std::move(*opened);
  if (!log->start(1, trimming(log, scenario.record_bytes))) std::exit(1);
  base::IoThreads threads(1);
  base::TaskGroup group(threads.executor(0));
  std::vector<std::vector<double>> latencies(scenario.producers);
  const auto payload = std::make_shared<const std::string>(std::string(scenario.record_bytes, 'e'));
  const auto cpu = cpu_seconds();
  const auto begin = Steady::now();
  const auto until =
      begin + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  base::run_on(threads.executor(0), [&] {
    for (auto& own : latencies) group.spawn("producer", produce(*log, payload, until, own));
  });
  base::block_on(threads.executor(0), [&] { return group.join(); });
  Measured measured;
  measured.seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  measured.cpu_seconds = cpu_seconds() - cpu;
  for (const auto& own : latencies) {
    measured.latencies_us.insert(measured.latencies_us.end(), own.begin(), own.end());
  }
  measured.records = double(measured.latencies_us.size());
  log->close();
  log.reset();
  std::filesystem::remove_all(options.folder);
  return measured;
}

/// One group after another, each of all producers' records.
Measured run_bare(const std::filesystem::path& folder, const Scenario& scenario, double seconds) {
  constexpr std::size_t kFile = 64 << 20;
  const auto path = folder / "bare";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  const std::string zeros(1 << 20, '\0');
  for (std::size_t at = 0; at < kFile; at += zeros.size()) {
    if (::pwrite(fd, zeros.data(), zeros.size(), static_cast<off_t>(at)) < 0) std::exit(1);
  }
  ::fsync(fd);
  const std::string group(scenario.record_bytes * scenario.producers, 'e');
  Measured measured;
  std::size_t at = 0;
  const auto cpu = cpu_seconds();
  const auto begin = Steady::now();
  while (std::chrono::duration<double>(Steady::now() - begin).count() < seconds) {
    const auto start = Steady::now();
    if (at + group.size() > kFile) at = 0;
    if (::pwrite(fd, group.data(), group.size(), static_cast<off_t>(at)) < 0) std::exit(1);
    if (::fdatasync(fd) != 0) std::exit(1);
    at += group.size();
    measured.latencies_us.push_back(Micros(Steady::now() - start).count());
    measured.records += scenario.producers;
  }
  measured.seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  measured.cpu_seconds = cpu_seconds() - cpu;
  ::close(fd);
  ::unlink(path.c_str());
  return measured;
}

void print(const Scenario& scenario, Measured log, Measured bare) {
  const auto events = [&](const Measured& m) { return m.records * scenario.events_per_record; };
  const double rate = events(log) / log.seconds;
  const double bare_rate = events(bare) / bare.seconds;
  std::printf(
      "{\"bench\":\"log append\",\"scenario\":\"%s\",\"events_per_s\":%.0f,"
      "\"cpu_us_per_event\":%.3f,\"p50_us\":%.0f,\"p99_us\":%.0f,"
      "\"bare_events_per_s\":%.0f,\"bare_cpu_us_per_event\":%.3f,\"bare_p50_us\":%.0f,"
      "\"ratio\":%.2f}\n",
      scenario.name, rate, log.cpu_seconds * 1e6 / events(log), log.p(0.5), log.p(0.99), bare_rate,
      bare.cpu_seconds * 1e6 / events(bare), bare.p(0.5), rate / bare_rate);
  std::fflush(stdout);
}

base::Async<void> produce_count(log::Log& log, log::Payload payload, int count) {
  for (int i = 0; i < count; ++i) {
    log::Record record;
    record.payload = payload;
    if (!co_await log.append(std::move(record))) std::exit(1);
  }
}

/// A restart: every checksum of a log of 1 GB is verified, then all of it is applied.
void run_restart(const std::filesystem::path& folder, std::size_t record_bytes) {
  constexpr std::size_t kBytes = 1 << 30;
  constexpr int kProducers = 64;
  log::Options options;
  options.folder = folder / "log";
  options.durability = log::Durability::Os;
  const int each = static_cast<int>(kBytes / record_bytes / kProducers);
  {
    auto log = log::open("local", options);
    if (!log || !(*log)->start(1, [](log::Position, const log::Payload&) {})) std::exit(1);
    base::IoThreads threads(1);
    base::TaskGroup group(threads.executor(0));
    const auto payload = std::make_shared<const std::string>(std::string(record_bytes, 'e'));
    base::run_on(threads.executor(0), [&] {
      for (int i = 0; i < kProducers; ++i) {
        group.spawn("producer", produce_count(**log, payload, each));
      }
    });
    base::block_on(threads.executor(0), [&] { return group.join(); });
    (*log)->close();
  }
  const auto begin = Steady::now();
  auto log = log::open("local", options);
  if (!log) std::exit(1);
  const auto opened = Steady::now();
  std::size_t applied = 0;
  const auto count = [&](log::Position, const log::Payload&) { ++applied; };
  if (!(*log)->start(1, count)) std::exit(1);
  const auto started = Steady::now();
  std::printf(
      "{\"bench\":\"log restart\",\"record_bytes\":%zu,\"records\":%zu,\"open_s\":%.3f,"
      "\"apply_all_s\":%.3f}\n",
      record_bytes, applied, std::chrono::duration<double>(opened - begin).count(),
      std::chrono::duration<double>(started - opened).count());
  std::fflush(stdout);
  log->reset();
  std::filesystem::remove_all(options.folder);
}

int run(int argc, char** argv) {
  const std::filesystem::path parent = argc > 1 ? argv[1] : "/tmp";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3.0;
  std::string pattern = (parent / "fanfare-log-bench-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  const std::string_view only = argc > 3 ? argv[3] : "";
  for (const auto& scenario : kScenarios) {
    if (!std::string_view(scenario.name).starts_with(only)) continue;
    const auto bare = run_bare(folder, scenario, seconds);
    print(scenario, run_log(folder, scenario, seconds), bare);
  }
  if (std::string_view("restart").starts_with(only)) {
    run_restart(folder, 100 * 1024);
    run_restart(folder, 1024);
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace fanfare

int main(int argc, char** argv) { return fanfare::run(argc, argv); }
