// What chat costs: messages a second in threads of 2 and of 250, and whether the cost of sending
// and reading grows with the length of a thread. The log syncs each commit, the view is RocksDB,
// both in FOLDER; HTTP is not part of it. Prints one line of JSON a scenario.
//   chat_bench FOLDER [MESSAGES]        MESSAGES: length of the longest thread, 1,000,000
#include <sys/resource.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task_group.h"
#include "communication/chat/messages.h"
#include "communication/chat/participants.h"
#include "communication/chat/threads.h"
#include "communication/resources.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "log/open.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::communication::chat {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kPage = 100;
constexpr std::size_t kFillBatch = 1'000;

double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class T>
T must(base::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

base::Async<base::Result<bool>> everybody_exists() { co_return true; }

std::string guid(std::size_t number) {
  char text[64];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012zu", number);
  return text;
}

/// Chat over a log and a view on the disk.
class Stage {
 public:
  explicit Stage(const fs::path& folder) {
    log::Options options;
    options.folder = folder / "log";
    log_ = must(log::open("local", options));
    records_ = must(view::open("rocks", folder / "view"));
    queue_ = std::make_unique<queue::Queue>(*log_, *records_, clock_, queue::QueueOptions{});
    registry_ = std::make_unique<grid::Registry>(*queue_, *records_, grid::MatchOptions{});
    resources_ = std::make_unique<Resources>(*registry_, base::system_random());
    must(registry_->load());
    must(resources_->load(*records_));
    must(queue_->start([this](const view::Batch& state, log::Position position) {
      registry_->apply(state, position);
      resources_->apply(state);
    }));
    publisher_ = std::make_unique<grid::Publisher>(*queue_, clock_, nullptr);
    committer_ = std::make_unique<Committer>(*registry_, *publisher_);
    ResourceWish wish;
    wish.subscription_id = "00000000-0000-0000-0000-000000000000";
    wish.resource_group = "local";
    wish.name = "bench";
    resource = run(resources_->put(std::move(wish)));
    desk = std::make_unique<Desk>(
        *committer_, *records_, worker_.executor(0), clock_, base::system_random(),
        [](ResourcePtr, std::string) { return everybody_exists(); }, ChatOptions{});
  }
  ~Stage() {
    io_.stop();
    worker_.stop();
    queue_->close();
    log_->close();
  }

  template <class T>
  T run(base::Async<base::Result<T>> work) {
    std::optional<base::Result<T>> out;
    base::block_on(io_.executor(0), [&]() -> base::Async<void> {
      auto result = co_await std::move(work);
      out.emplace(std::move(result));
    });
    return must(*std::move(out));
  }

  /// `count` coroutines, each doing `work`, until all are done.
  void together(std::size_t count, const std::function<base::Async<void>(std::size_t)>& work) {
    base::block_on(io_.executor(0), [&]() -> base::Async<void> {
      base::TaskGroup tasks(io_.executor(0));
      for (std::size_t i = 0; i < count; ++i) tasks.spawn("sender", work(i));
      co_await tasks.join();
    });
  }

  identity::Caller user(std::size_t number) const {
    return {resource, "8:acs:" + resource->immutable_id + "_" + guid(number), 1};
  }

  /// Users 0 to `members` - 1.
  std::string thread_of(std::size_t members) {
    Threads threads(*desk);
    Participants participants(*desk);
    NewThread request;
    request.topic = "bench";
    auto made = run(threads.create(user(0), std::move(request)));
    for (std::size_t at = 1; at < members; at += 100) {
      std::vector<Participant> some;
      for (auto i = at; i < std::min(at + 100, members); ++i) {
        some.emplace_back().id = user(i).user;
        some.back().display_name = "User " + std::to_string(i);
      }
      run(participants.add(user(0), made.properties.id, std::move(some)));
    }
    return made.properties.id;
  }

  /// Lengthens a thread without events, many messages a commit.
  void fill(const std::string& thread, std::uint64_t messages) {
    auto state = *run(desk->find(resource->id, thread, false));
    while (state.tail.sequence < messages) {
      ThreadChange change(Keys(resource->id), state, clock_.wall());
      for (std::size_t i = 0; i < kFillBatch && change.after().tail.sequence < messages; ++i) {
        Message message;
        message.sender = user(0).user;
        message.content = "message " + std::to_string(change.after().tail.sequence);
        change.append(std::move(message));
      }
      base::block_on(io_.executor(0), [&]() -> base::Async<void> {
        Outcome nothing;
        auto committed = co_await desk->commit(resource, change, std::move(nothing));
        must(std::move(committed));
      });
      state = change.after();
    }
  }

  ResourcePtr resource;
  std::unique_ptr<Desk> desk;

 private:
  base::SystemClock clock_;
  base::IoThreads io_{1};
  base::IoThreads worker_{1};
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::Records> records_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<grid::Registry> registry_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<grid::Publisher> publisher_;
  std::unique_ptr<Committer> committer_;
};

base::Async<void> send_many(Messages& messages, identity::Caller caller, std::string thread,
                            std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    NewMessage message;
    message.content = "Come on, lunch together? " + std::to_string(i);
    message.sender_display_name = "Bench";
    auto sent = co_await messages.send(caller, thread, std::move(message));
    must(std::move(sent));
  }
}

/// `threads` threads of `members`, a sender in each.
void send(const fs::path& folder, std::size_t members, std::size_t threads, std::size_t each) {
  Stage stage(folder / ("send" + std::to_string(members) + "x" + std::to_string(threads)));
  Messages messages(*stage.desk);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < threads; ++i) ids.push_back(stage.thread_of(members));
  const auto begin = Steady::now();
  const auto cpu = cpu_seconds();
  stage.together(threads,
                 [&](std::size_t i) { return send_many(messages, stage.user(0), ids[i], each); });
  const double count = double(threads * each);
  const double seconds = seconds_since(begin);
  std::printf(
      "{\"scenario\":\"send\",\"members\":%zu,\"threads\":%zu,\"messages_per_second\":%.0f,"
      "\"events_per_second\":%.0f,\"cpu_us_per_message\":%.1f}\n",
      members, threads, count / seconds, count / seconds * double(members),
      (cpu_seconds() - cpu) / count * 1e6);
  std::fflush(stdout);
}

/// The median, since other work on the machine stretches some.
double microseconds_each(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::vector<double> each(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = Steady::now();
    work(i);
    each[i] = seconds_since(begin) * 1e6;
  }
  std::ranges::nth_element(each, each.begin() + static_cast<std::ptrdiff_t>(count / 2));
  return each[count / 2];
}

void length(Stage& stage, const std::string& thread, std::uint64_t messages_wanted) {
  stage.fill(thread, messages_wanted);
  Messages messages(*stage.desk);
  const auto newest = stage.run(stage.desk->find(stage.resource->id, thread, false))->tail;
  const auto middle = newest.last_message_id - newest.sequence / 2;
  const auto page = [&](std::optional<std::uint64_t> before) {
    auto read = stage.run(messages.list(stage.user(1), thread, before, std::nullopt, kPage));
    if (read.messages.size() != kPage) std::abort();
  };
  const auto first = microseconds_each(500, [&](std::size_t) { page(std::nullopt); });
  const auto deep = microseconds_each(500, [&](std::size_t i) { page(middle - i * 7); });
  const auto get = microseconds_each(500, [&](std::size_t i) {
    stage.run(messages.get(stage.user(1), thread, std::to_string(newest.last_message_id - i)));
  });
  constexpr std::size_t kSends = 2'000;
  const auto cpu = cpu_seconds();
  const auto send = microseconds_each(kSends, [&](std::size_t i) {
    NewMessage message;
    message.content = "Come on, lunch together? " + std::to_string(i);
    message.sender_display_name = "Bench";
    stage.run(messages.send(stage.user(0), thread, std::move(message)));
  });
  std::printf(
      "{\"scenario\":\"length\",\"messages\":%llu,\"send_us\":%.0f,\"send_cpu_us\":%.1f,"
      "\"newest_page_us\":%.0f,\"middle_page_us\":%.0f,\"get_us\":%.0f}\n",
      static_cast<unsigned long long>(newest.sequence), send, (cpu_seconds() - cpu) / kSends * 1e6,
      first, deep, get);
  std::fflush(stdout);
}

}  // namespace
}  // namespace fanfare::communication::chat

int main(int argc, char** argv) {
  using namespace fanfare::communication::chat;
  if (argc < 2) {
    std::fprintf(stderr, "usage: chat_bench FOLDER [MESSAGES]\n");
    return 2;
  }
  const fs::path folder = argv[1];
  const std::uint64_t longest = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  send(folder, 2, 1, 5'000);
  send(folder, 2, 64, 1'000);
  send(folder, 250, 1, 500);
  send(folder, 250, 16, 100);
  Stage stage(folder / "length");
  const auto thread = stage.thread_of(2);
  for (std::uint64_t count = 10'000; count <= longest; count *= 10) length(stage, thread, count);
  return 0;
}
