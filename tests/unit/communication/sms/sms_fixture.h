#pragma once
/// SMS on a real log and view, in memory or in a folder, with the loopback carrier, and time that
/// moves when told to.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/check.h"
#include "base/clock.h"
#include "carrier/open.h"
#include "communication/resources.h"
#include "communication/sms/service.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "log/open.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::communication::sms::testing {

inline const base::TimePoint kNow = *base::parse_rfc3339("2026-01-31T12:00:00.5Z");
inline const std::string kOwn = "+15555550100";
inline const std::string kSecond = "+14255550100";
inline const std::string kTollFree = "+18005550100";
inline const std::string kShortCode = "12345";
inline const std::string kStranger = "+4915112345678";

struct World {
  std::filesystem::path folder;  ///< empty: all in memory
  carrier::Options carrier;
  Options options;
  EventsRevision revision = EventsRevision::Current;
  base::TimePoint start = kNow;
  OutboxOptions outbox;
};

struct SeenEvent {
  std::string type;
  std::string id;
  std::string source;
  std::string subject;
  std::string time;
  json::Value data;
};

inline std::vector<phone_numbers::InventoryNumber> test_numbers() {
  using phone_numbers::NumberType;
  auto numbers = phone_numbers::demo_inventory();
  phone_numbers::InventoryNumber toll_free;
  toll_free.number = kTollFree;
  toll_free.type = NumberType::TollFree;
  toll_free.stock = phone_numbers::Stock::Owned;
  std::erase_if(numbers, [](const auto& item) { return item.number == kTollFree; });
  auto short_code = toll_free;
  short_code.number = kShortCode;
  short_code.type = NumberType::ShortCode;
  numbers.push_back(toll_free);
  numbers.push_back(short_code);
  return numbers;
}

class Fixture {
 public:
  explicit Fixture(World world = {}) : clock(world.start) {
    const bool memory = world.folder.empty();
    log::Options options;
    options.folder = world.folder / "log";
    options.segment_bytes = 4u << 20;
    log_ = *log::open(memory ? "memory" : "local", options);
    records_ = *view::open(memory ? "memory" : "rocks", world.folder / "view");
    queue_ = std::make_unique<queue::Queue>(*log_, *records_, clock, queue::QueueOptions{});
    registry_ = std::make_unique<grid::Registry>(*queue_, *records_, grid::MatchOptions{});
    resources_ = std::make_unique<Resources>(*registry_, base::system_random());
    FANFARE_CHECK(registry_->load().has_value());
    FANFARE_CHECK(resources_->load(*records_).has_value());
    const auto started = queue_->start([this](const view::Batch& state, log::Position position) {
      registry_->apply(state, position);
      resources_->apply(state);
    });
    FANFARE_CHECK(started.has_value());
    publisher_ = std::make_unique<grid::Publisher>(*queue_, clock, nullptr);
    committer_ = std::make_unique<Committer>(*registry_, *publisher_);
    make_resource(world.revision);
    FANFARE_CHECK(numbers.load(resource->id, test_numbers(), *records_, clock.wall()).has_value());
    carrier_ = *carrier::open("loopback", std::move(world.carrier), clock, threads.executor(0));
    const Around around{
        *committer_,           *records_,           *resources_,       numbers, clock,
        base::system_random(), threads.executor(0), worker.executor(0)};
    world.options.outbox = world.outbox;
    sms_ = std::make_unique<Sms>(around, *carrier_, std::move(world.options));
    sms_->start();
    settle();
  }

  ~Fixture() {
    run_void([this] { return sms_->close(); });
    threads.stop();
    worker.stop();
    queue_->close();
    log_->close();
  }

  Sms& sms() { return *sms_; }
  carrier::Listener& listener() { return sms_->listener(); }
  const view::Records& records() { return *records_; }
  Committer& committer() { return *committer_; }
  Store store() { return Store(*records_, resource->id); }

  template <class T>
  T run(base::Async<T> work) {
    std::optional<T> out;
    base::block_on(threads.executor(1), [&]() -> base::Async<void> {
      T result = co_await std::move(work);
      out.emplace(std::move(result));
    });
    return *std::move(out);
  }

  /// Lets what goes on by itself come to rest.
  void settle() {
    for (int quiet = 0, round = 0; quiet < 3 && round < 10'000; ++round) {
      base::run_on(worker.executor(0), [] {});
      base::run_on(threads.executor(0), [] {});
      base::run_on(threads.executor(1), [] {});
      quiet = sms_->idle() && queue_->quiet() ? quiet + 1 : 0;
    }
  }

  void pass(base::Duration time) {
    clock.advance_to(clock.now() + time);
    settle();
  }

  std::vector<SendResult> send(SendRequest request) {
    const auto answer = run(sms_->send(resource, std::move(request)));
    EXPECT_TRUE(answer.has_value());
    settle();
    return std::get<std::vector<SendResult>>(*answer);
  }

  SendResult send_one(std::string from, std::string to, std::string text = "hello") {
    SendRequest request;
    request.from = std::move(from);
    request.recipients = {{std::move(to), {}}};
    request.text = std::move(text);
    request.report_wanted = true;
    return send(std::move(request)).at(0);
  }

  /// Every event since the start, in order.
  std::vector<SeenEvent> events() {
    std::vector<SeenEvent> out;
    const auto read = queue_->history(
        0,
        [&](const queue::HistoryEvent& seen) {
          const auto text = [](event::RawJson token) { return event::unescape(token); };
          out.push_back({text(seen.event.type), text(seen.event.id), text(seen.event.source),
                         text(seen.event.subject), text(seen.event.time),
                         *json::parse(seen.event.data)});
          return true;
        },
        [](const queue::HistorySettlement&) { return true; });
    EXPECT_TRUE(read.has_value());
    return out;
  }

  Message stored(const std::string& id) {
    auto found = store().message(id);
    FANFARE_CHECK(found.has_value() && found->has_value());
    return **std::move(found);
  }

  base::VirtualClock clock;
  base::IoThreads threads{2};
  base::IoThreads worker{1};
  phone_numbers::Directory numbers;
  ResourcePtr resource;

 private:
  void make_resource(EventsRevision revision) {
    ResourceWish wish;
    wish.subscription_id = "00000000-0000-0000-0000-000000000000";
    wish.resource_group = "local";
    wish.name = "fanfare";
    wish.events_revision = revision;
    const auto made = run(resources_->put(std::move(wish)));
    FANFARE_CHECK(made.has_value());
    resource = *made;
  }

  void run_void(std::function<base::Async<void>()> work) {
    base::block_on(threads.executor(1), std::move(work));
  }

  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::Records> records_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<grid::Registry> registry_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<grid::Publisher> publisher_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<carrier::Carrier> carrier_;
  std::unique_ptr<Sms> sms_;
};

inline std::string text_at(const json::Value& object, std::string_view name) {
  const auto* member = object.find(name);
  return member == nullptr || !member->is_string() ? "(absent)" : *member->if_string();
}

}  // namespace fanfare::communication::sms::testing
