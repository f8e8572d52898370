// What the queue costs between the log and the dispatcher: commit, apply, lease, settle; and how
// long it takes to start on a million waiting events. The log is the memory engine where its cost
// is not the question, so that CPU per event is the queue's and the hand-over's. Prints one line of
// JSON a scenario.
//   queue_bench [FOLDER]     `hot` for FOLDER: only what needs no disk
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/task_group.h"
#include "log/open.h"
#include "queue/queue.h"
#include "queue/record.h"
#include "view/records.h"

namespace fanfare::queue {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;
constexpr SubscriptionId kLane{1};
constexpr std::size_t kEventBytes = 1024;

double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

/// Of this thread alone: what others do on the machine does not count.
double thread_cpu_seconds() {
  timespec at{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return double(at.tv_sec) + double(at.tv_nsec) * 1e-9;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_mib() {
  std::ifstream statm("/proc/self/statm");
  long pages = 0;
  statm >> pages >> pages;
  return double(pages) * double(::sysconf(_SC_PAGESIZE)) / 1048576.0;
}

template <class T>
T must(base::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Applies what it is given on the caller's thread, so that only the queue is measured.
class InlineLog final : public log::Log {
 public:
  base::Result<void> start(log::Position, log::Apply apply) override {
    apply_ = std::move(apply);
    return {};
  }
  base::Async<base::Result<log::Position>> append(log::Record record) override {
    co_return push(record.payload);
  }
  bool append_relaxed(log::Payload payload) override {
    push(payload);
    return true;
  }
  base::Result<log::Payload> read(log::Position) override {
    return base::Error{base::Errc::NotFound, "nothing is kept", {}};
  }
  log::Position first() const override { return 1; }
  log::Position next() const override { return next_; }
  void trim(log::Position) override {}
  std::uint64_t size_bytes() const override { return 0; }
  log::Health health() const override { return {}; }
  void yield_reserve() override {}
  void close() override {}

  log::Position push(const log::Payload& payload) {
    apply_(next_, payload);
    return next_++;
  }

 private:
  log::Apply apply_;
  log::Position next_ = 1;
};

Commit make_commit(std::size_t events, const std::string& data) {
  Commit commit;
  commit.topic = TopicId{1};
  for (std::size_t i = 0; i < events; ++i) {
    event::Event event;
    event.id = "\"6f9619ff-8b86-d011-b42d-00cf4fc964ff\"";
    event.subject = "\"/some/subject\"";
    event.type = "\"Test.Happened\"";
    event.time = "\"2020-09-18T00:47:13.2342692Z\"";
    event.data = data;
    commit.events.push_back({event, {kLane}});
  }
  return commit;
}

void hot_path(std::size_t batch) {
  InlineLog log;
  const auto records = must(view::open("memory", {}));
  base::VirtualClock clock{base::TimePoint(base::hours(1))};
  base::IoThreads threads(1);
  Queue queue(log, *records, clock, {});
  must(queue.start(nullptr));
  queue.attach(kLane, threads.executor(0), [] {});
  const std::string data = '"' + std::string(kEventBytes - 150, 'x') + '"';
  const auto commit = make_commit(batch, data);
  const std::size_t rounds = 1'000'000 / batch;
  const auto begin = thread_cpu_seconds();
  for (std::size_t round = 0; round < rounds; ++round) must(encode_commit(commit));
  const double encode = thread_cpu_seconds() - begin;
  for (std::size_t round = 0; round < rounds; ++round) {
    log.push(must(encode_commit(commit)));
    const auto tasks = queue.lease(kLane, batch, 1u << 30);
    Settlement end{.subscription = kLane};
    for (const auto& task : tasks) end.tasks.push_back(task.key);
    queue.settle(std::move(end));
  }
  const double rest = thread_cpu_seconds() - begin - 2 * encode;
  if (queue.stats(kLane).pending != 0) std::abort();
  const double events = double(rounds * batch);
  std::printf(
      "{\"scenario\":\"apply, lease, settle\",\"batch\":%zu,\"cpu_us_per_event\":%.3f,"
      "\"encode_us_per_event\":%.3f}\n",
      batch, rest * 1e6 / events, encode * 1e6 / events);
}

struct Store {
  explicit Store(const fs::path& folder, const char* view_engine = "rocks")
      : records(must(view::open(view_engine, folder / "view"))),
        log(must(log::open("local", {.folder = folder / "log"}))),
        queue(std::make_unique<Queue>(*log, *records, clock, QueueOptions{})) {}
  ~Store() { queue.reset(); }
  base::IoThreads threads{1};
  base::SystemClock clock;
  std::unique_ptr<view::Records> records;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<Queue> queue;
};

base::Async<void> publish(Queue& queue, std::size_t commits, std::size_t batch,
                          const std::string& data) {
  for (std::size_t i = 0; i < commits; ++i) {
    auto receipt = co_await queue.commit(make_commit(batch, data));
    must(receipt ? base::Result<void>() : base::Result<void>(receipt.error()));
  }
}

void fill(const fs::path& folder, std::size_t events, std::size_t batch) {
  Store store(folder);
  must(store.queue->start(nullptr));
  const std::string data = '"' + std::string(kEventBytes - 150, 'x') + '"';
  constexpr std::size_t kPublishers = 128;
  const auto begin = Steady::now();
  const double cpu = cpu_seconds();
  base::block_on(store.threads.executor(0), [&]() -> base::Async<void> {
    base::TaskGroup publishers(store.threads.executor(0));
    for (std::size_t i = 0; i < kPublishers; ++i) {
      publishers.spawn("publish", publish(*store.queue, events / batch / kPublishers, batch, data));
    }
    co_await publishers.join();
  });
  std::printf(
      "{\"scenario\":\"publish to a lane that nobody reads\",\"batch\":%zu,\"events_per_s\":%.0f,"
      "\"cpu_us_per_event\":%.2f,\"resident_mib\":%.0f}\n",
      batch, double(events) / seconds_since(begin), (cpu_seconds() - cpu) * 1e6 / double(events),
      resident_mib());
}  // dropped without a checkpoint, as a crash would

void restart(const fs::path& folder, const char* how) {
  const auto begin = Steady::now();
  Store store(folder);
  const double opened = seconds_since(begin);
  must(store.queue->start(nullptr));
  const double ready = seconds_since(begin);
  store.queue->attach(kLane, store.threads.executor(0), [] {});
  while (store.queue->lease(kLane, 1, 1u << 20).empty()) std::this_thread::yield();
  const double first = seconds_since(begin);
  std::printf(
      "{\"scenario\":\"start %s\",\"pending\":%llu,\"opened_s\":%.3f,\"ready_s\":%.3f,"
      "\"first_task_s\":%.3f,\"resident_mib\":%.0f}\n",
      how, static_cast<unsigned long long>(store.queue->stats(kLane).pending), opened, ready, first,
      resident_mib());
}

void drain(const fs::path& folder) {
  Store store(folder);
  must(store.queue->start(nullptr));
  store.queue->attach(kLane, store.threads.executor(0), [] {});
  const auto begin = Steady::now();
  const double cpu = cpu_seconds();
  const auto events = store.queue->stats(kLane).pending;
  while (store.queue->stats(kLane).pending > 0) {
    const auto tasks = store.queue->lease(kLane, 100, 1u << 20);
    if (tasks.empty()) std::this_thread::sleep_for(std::chrono::microseconds(100));
    Settlement end{.subscription = kLane};
    for (const auto& task : tasks) end.tasks.push_back(task.key);
    if (!tasks.empty()) store.queue->settle(std::move(end));
  }
  std::printf(
      "{\"scenario\":\"deliver the backlog\",\"events_per_s\":%.0f,\"cpu_us_per_event\":%.2f,"
      "\"resident_mib\":%.0f}\n",
      double(events) / seconds_since(begin), (cpu_seconds() - cpu) * 1e6 / double(events),
      resident_mib());
  const auto closing = Steady::now();
  store.queue->close();
  std::printf("{\"scenario\":\"close\",\"seconds\":%.3f,\"log_bytes\":%llu,\"view_bytes\":%llu}\n",
              seconds_since(closing), static_cast<unsigned long long>(store.log->size_bytes()),
              static_cast<unsigned long long>(store.records->size_bytes()));
}

void backlog(const fs::path& folder, std::size_t batch) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  fill(folder, 1'024'000, batch);
  restart(folder, "after a crash");
  restart(folder, "after a crash, again");
  drain(folder);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace fanfare::queue

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "queue-bench-data";
  for (const std::size_t batch : {std::size_t{100}, std::size_t{1}}) {
    fanfare::queue::hot_path(batch);
  }
  if (folder == "hot") return 0;
  fanfare::queue::backlog(folder, 1);
  fanfare::queue::backlog(folder, 100);
  return 0;
}
