// What an SMS costs from the service's call to its report: send, hand over, deliver, report, each
// in a commit of a real log with fsync; and how many a second go through. Prints one line of JSON a
// scenario.
//   sms_bench [FOLDER [MESSAGES]]
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/http_date.h"
#include "base/task_group.h"
#include "carrier/open.h"
#include "communication/resources.h"
#include "communication/sms/service.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "log/open.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::communication::sms {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void must(bool fine, const char* what) {
  if (fine) return;
  std::fprintf(stderr, "%s failed\n", what);
  std::exit(1);
}

/// The service with everything under it, as the server wires it.
class Stage {
 public:
  explicit Stage(const fs::path& folder) {
    log::Options log_options;
    log_options.folder = folder / "log";
    log_ = *log::open("local", log_options);
    records_ = *view::open("rocks", folder / "view");
    queue_ = std::make_unique<queue::Queue>(*log_, *records_, clock_, queue::QueueOptions{});
    registry_ = std::make_unique<grid::Registry>(*queue_, *records_, grid::MatchOptions{});
    resources_ = std::make_unique<Resources>(*registry_, base::system_random());
    must(registry_->load().has_value() && resources_->load(*records_).has_value(), "loading");
    const auto started = queue_->start([this](const view::Batch& state, log::Position position) {
      registry_->apply(state, position);
      resources_->apply(state);
    });
    must(started.has_value(), "starting");
    publisher_ = std::make_unique<grid::Publisher>(*queue_, clock_, nullptr);
    committer_ = std::make_unique<Committer>(*registry_, *publisher_);
    make_resource();
    must(numbers_.load(resource_->id, phone_numbers::demo_inventory(), *records_, clock_.wall())
             .has_value(),
         "numbers");
    carrier_ = *carrier::open("loopback", {}, clock_, threads_.executor(0));
    const Around around{*committer_,
                        *records_,
                        *resources_,
                        numbers_,
                        clock_,
                        base::system_random(),
                        threads_.executor(0),
                        worker_.executor(0)};
    Options options;
    options.messages_max = 100'000'000;
    sms_ = std::make_unique<Sms>(around, *carrier_, options);
    sms_->start();
  }

  ~Stage() {
    base::block_on(threads_.executor(1), [this]() -> base::Async<void> { co_await sms_->close(); });
    threads_.stop();
    worker_.stop();
    queue_->close();
    log_->close();
  }

  /// Sends `messages` in requests of `batch` recipients, `senders` requests at a time.
  void send(std::size_t messages, std::size_t batch, std::size_t senders) {
    const auto each = messages / batch / senders;
    base::block_on(threads_.executor(1), [&]() -> base::Async<void> {
      base::TaskGroup tasks(threads_.executor(1));
      for (std::size_t i = 0; i < senders; ++i) tasks.spawn("sender", run(each, batch));
      co_await tasks.join();
    });
  }

  void wait_for_reports() {
    while (!sms_->idle() || !queue_->quiet()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  void make_resource() {
    base::block_on(threads_.executor(1), [this]() -> base::Async<void> {
      ResourceWish wish;
      wish.subscription_id = "00000000-0000-0000-0000-000000000000";
      wish.resource_group = "local";
      wish.name = "fanfare";
      const auto made = co_await resources_->put(std::move(wish));
      must(made.has_value(), "resource");
      resource_ = *made;
    });
  }

  SendRequest request_for(std::size_t batch) {
    SendRequest request;
    request.from = "+15555550100";
    request.text = "Your code is 123456. It is valid for ten minutes.";
    request.report_wanted = true;
    for (std::size_t i = 0; i < batch; ++i) {
      request.recipients.push_back(
          {"+4915112345678",
           {base::uuid4(base::system_random()), base::format_http_date(clock_.wall())}});
    }
    return request;
  }

  base::Async<void> run(std::size_t requests, std::size_t batch) {
    for (std::size_t i = 0; i < requests; ++i) {
      auto request = request_for(batch);
      const auto answer = co_await sms_->send(resource_, std::move(request));
      must(answer.has_value(), "send");
    }
  }

  base::SystemClock clock_;
  base::IoThreads threads_{2};
  base::IoThreads worker_{1};
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::Records> records_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<grid::Registry> registry_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<grid::Publisher> publisher_;
  std::unique_ptr<Committer> committer_;
  phone_numbers::Directory numbers_;
  ResourcePtr resource_;
  std::unique_ptr<carrier::Carrier> carrier_;
  std::unique_ptr<Sms> sms_;
};

struct Scenario {
  const char* name;
  std::size_t batch;
  std::size_t senders;
};

void measure(const fs::path& folder, const Scenario& scenario, std::size_t messages) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  {
    Stage stage(folder);
    const auto cpu_before = cpu_seconds();
    const auto begin = Steady::now();
    stage.send(messages, scenario.batch, scenario.senders);
    const auto sent = seconds_since(begin);
    stage.wait_for_reports();
    const auto reported = seconds_since(begin);
    const auto cpu = cpu_seconds() - cpu_before;
    const auto count = double(messages);
    std::printf(
        "{\"bench\":\"sms\",\"scenario\":\"%s\",\"messages\":%zu,\"accepted_per_s\":%.0f,"
        "\"reported_per_s\":%.0f,\"cpu_us_per_message\":%.1f}\n",
        scenario.name, messages, count / sent, count / reported, cpu / count * 1e6);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace fanfare::communication::sms

int main(int argc, char** argv) {
  using namespace fanfare::communication::sms;
  const std::filesystem::path folder =
      argc > 1 ? std::filesystem::path(argv[1])
               : std::filesystem::temp_directory_path() / "fanfare-sms-bench";
  const std::size_t messages = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 40'000;
  const Scenario scenarios[] = {
      {"one recipient a request, one request at a time", 1, 1},
      {"one recipient a request, 64 requests at a time", 1, 64},
      {"100 recipients a request, 4 requests at a time", 100, 4},
  };
  for (const auto& scenario : scenarios) {
    measure(folder, scenario, scenario.senders == 1 ? messages / 10 : messages);
  }
  return 0;
}
