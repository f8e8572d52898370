#pragma once
/// Chat on a real log and view, in memory or in a folder, with time that moves when told to.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/check.h"
#include "base/clock.h"
#include "communication/chat/messages.h"
#include "communication/chat/participants.h"
#include "communication/chat/receipts.h"
#include "communication/chat/threads.h"
#include "communication/chat/upkeep.h"
#include "communication/resources.h"
#include "grid/publisher.h"
#include "grid/registry.h"
#include "log/open.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::communication::chat::testing {

inline const base::TimePoint kNow = *base::parse_rfc3339("2026-01-31T12:00:00.1234567Z");
inline constexpr const char* kGuid = "7a69d3f2-6a6f-4b3e-9d5c-4b8a44a1e0d1";

/// A folder that is empty at first and goes with it.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(std::filesystem::path(::testing::TempDir()) / (name + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct World {
  std::filesystem::path folder;  ///< empty: all in memory
  ChatOptions options;
  EventsRevision revision = EventsRevision::Current;
  base::TimePoint start = kNow;
};

/// An event as it was published, its own text kept.
struct SeenEvent {
  std::string type;  ///< without namespace
  std::string subject;
  event::Event raw;  ///< views into `bytes`
  std::shared_ptr<std::string> bytes;
};

class Fixture {
 public:
  explicit Fixture(World world = {}) : clock(world.start) {
    const bool memory = world.folder.empty();
    log::Options options;
    options.folder = world.folder / "log";
    options.segment_bytes = 64u << 20;
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
    UserLookup users = [this](ResourcePtr, std::string user) { return exists(std::move(user)); };
    desk_ = std::make_unique<Desk>(*committer_, *records_, worker.executor(0), clock,
                                   base::system_random(), std::move(users), world.options);
    desk_->set_listener([this](const ResourcePtr&, const Notification& notification) {
      const std::lock_guard lock(mutex_);
      told_.push_back(notification);
    });
    threads_ = std::make_unique<Threads>(*desk_);
    participants_ = std::make_unique<Participants>(*desk_);
    messages_ = std::make_unique<Messages>(*desk_);
    receipts_ = std::make_unique<Receipts>(*desk_);
  }

  ~Fixture() {
    io.stop();
    worker.stop();
    queue_->close();
    log_->close();
  }

  Desk& desk() { return *desk_; }
  Threads& threads() { return *threads_; }
  Participants& participants() { return *participants_; }
  Messages& messages() { return *messages_; }
  Receipts& receipts() { return *receipts_; }
  const view::Records& records() { return *records_; }
  Committer& committer() { return *committer_; }

  template <class T>
  T run(base::Async<T> work) {
    std::optional<T> out;
    base::block_on(io.executor(1), [&]() -> base::Async<void> {
      T result = co_await std::move(work);
      out.emplace(std::move(result));
    });
    return *std::move(out);
  }

  /// The id of a user of the resource, by a letter or two: the same each time.
  std::string id(std::string_view name) const {
    auto guid = std::string("00000000-0000-4000-8000-000000000000");
    const auto hex = base::hex_encode(name);
    guid.replace(guid.size() - hex.size(), hex.size(), hex);
    return "8:acs:" + resource->immutable_id + "_" + guid;
  }
  identity::Caller as(
      std::string_view name,
      identity::Scopes scopes = static_cast<identity::Scopes>(identity::Scope::Chat)) const {
    return {resource, id(name), scopes};
  }
  Participant person(std::string_view name) const {
    Participant out;
    out.id = id(name);
    out.display_name = std::string(name);
    return out;
  }
  /// An id of the resource that nobody has.
  std::string stranger() const {
    return "8:acs:" + resource->immutable_id + "_ffffffff-ffff-4fff-8fff-ffffffffffff";
  }

  /// A thread of the named people; the first makes it.
  std::string thread_of(std::vector<std::string> names, std::string topic = "Lunch") {
    NewThread request;
    request.topic = std::move(topic);
    for (const auto& name : names) request.participants.push_back(person(name));
    const auto made = run(threads_->create(as(names.front()), std::move(request)));
    FANFARE_CHECK(made.has_value());
    return made->properties.id;
  }
  Message say(std::string_view name, const std::string& thread, std::string text = "hello") {
    NewMessage message;
    message.content = std::move(text);
    message.sender_display_name = std::string(name);
    const auto sent = run(messages_->send(as(name), thread, std::move(message)));
    FANFARE_CHECK(sent.has_value());
    return *sent;
  }
  std::vector<Message> history(std::string_view name, const std::string& thread,
                               std::size_t limit = 200) {
    auto page = run(messages_->list(as(name), thread, std::nullopt, std::nullopt, limit));
    FANFARE_CHECK(page.has_value());
    return std::move(page->messages);
  }
  Thread state(const std::string& thread) {
    auto found = run(desk_->find(resource->id, thread, false));
    FANFARE_CHECK(found.has_value() && found->has_value());
    return **std::move(found);
  }

  void pass(base::Duration time) { clock.advance_to(clock.now() + time); }
  bool committing() const { return !queue_->quiet(); }

  /// Every event since the last call, in order.
  std::vector<SeenEvent> events() {
    std::vector<SeenEvent> out;
    const auto read = queue_->history(
        seen_,
        [&](const queue::HistoryEvent& seen) {
          out.push_back(keep(seen.event));
          seen_ = seen.position + 1;
          return true;
        },
        [](const queue::HistorySettlement&) { return true; });
    FANFARE_CHECK(read.has_value());
    return out;
  }

  /// What listeners were told since the last call.
  std::vector<Notification> told() {
    const std::lock_guard lock(mutex_);
    return std::exchange(told_, {});
  }

  base::VirtualClock clock;
  base::IoThreads io{2};
  base::IoThreads worker{1};
  ResourcePtr resource;

 private:
  base::Async<base::Result<bool>> exists(std::string user) { co_return user != stranger(); }

  static SeenEvent keep(const event::Event& event) {
    SeenEvent out;
    out.bytes = std::make_shared<std::string>();
    base::ByteWriter writer(*out.bytes);
    event::encode(event, writer);
    base::ByteReader reader(*out.bytes);
    out.raw = event::decode(reader);
    const auto type = event::unescape(out.raw.type);
    out.type = type.substr(type.rfind('.') + 1);
    out.subject = event::unescape(out.raw.subject);
    return out;
  }

  void make_resource(EventsRevision revision) {
    ResourceWish wish;
    wish.subscription_id = "00000000-0000-0000-0000-000000000000";
    wish.resource_group = "local";
    wish.name = "fanfare";
    wish.immutable_id = kGuid;
    wish.events_revision = revision;
    const auto made = run(resources_->put(std::move(wish)));
    FANFARE_CHECK(made.has_value());
    resource = *made;
  }

  std::mutex mutex_;
  std::vector<Notification> told_;
  log::Position seen_ = 0;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<view::Records> records_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<grid::Registry> registry_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<grid::Publisher> publisher_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Threads> threads_;
  std::unique_ptr<Participants> participants_;
  std::unique_ptr<Messages> messages_;
  std::unique_ptr<Receipts> receipts_;
};

}  // namespace fanfare::communication::chat::testing
