#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/log.h"
#include "store_fixture.h"

namespace fanfare::log {
namespace {

using base::Errc;

class LocalStoreTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { base::configure_log(base::LogLevel::Off, base::LogFormat::Text); }

  /// Appends until it is refused; what was accepted.
  static Position fill(Session& session, std::size_t bytes = 2000) {
    Position last = 0;
    for (;;) {
      const auto position = session.append(std::string(bytes, 'x'));
      if (!position) {
        EXPECT_EQ(position.error().code, Errc::Unavailable);
        return last;
      }
      last = *position;
    }
  }

  /// Until appends are taken again. Each turn waits for the keeper's next look at the disk.
  static base::Result<Position> append_when_possible(Session& session) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      auto position = session.append("again");
      if (position || std::chrono::steady_clock::now() > until) return position;
      std::this_thread::yield();
    }
  }

  FakeDisk disk_;
};

TEST_F(LocalStoreTest, a_folder_in_use_is_unavailable_and_says_by_whom) {
  Session first(disk_);
  ASSERT_TRUE(first.log);
  Session second(disk_);
  ASSERT_FALSE(second.log);
  EXPECT_EQ(second.error.code, Errc::Unavailable);
  EXPECT_THAT(second.error.message, testing::HasSubstr("in use by another Fanfare process"));
}

TEST_F(LocalStoreTest, a_segment_size_that_does_not_fit_is_refused) {
  for (const std::uint64_t bytes : {0ull, 4096ull, 40'000ull, 2ull << 30}) {
    auto options = small_options();
    options.log.segment_bytes = bytes;
    Session session(disk_, options);
    ASSERT_FALSE(session.log) << bytes;
    EXPECT_EQ(session.error.code, Errc::InvalidArgument);
  }
}

TEST_F(LocalStoreTest, the_largest_record_fits_into_an_empty_segment) {
  Session session(disk_);
  ASSERT_TRUE(session.start());
  const auto most = payload_bytes_max(small_options().log.segment_bytes);
  for (int i = 0; i < 5; ++i) {
    const auto aggregate = "a" + std::to_string(i);
    ASSERT_TRUE(session.append(std::string(most, 'm'), aggregate, 0));
  }
  EXPECT_EQ(session.append(std::string(most + 1, 'm')).error().code, Errc::TooLarge);
}

TEST_F(LocalStoreTest, a_change_of_the_segment_size_applies_to_new_segments) {
  {
    Session session(disk_);
    ASSERT_TRUE(session.start());
    for (Position n = 1; n <= 30; ++n) ASSERT_TRUE(session.append(numbered(n)));
  }
  auto options = small_options();
  options.log.segment_bytes = 64 * 1024;
  Session session(disk_, options);
  ASSERT_TRUE(session.log) << session.error.message;
  ASSERT_TRUE(session.start());
  for (Position n = 31; n <= 120; ++n) ASSERT_TRUE(session.append(numbered(n)));
  for (Position n = 1; n <= 120; ++n) EXPECT_EQ(**session.log->read(n), numbered(n));
}

TEST_F(LocalStoreTest, old_segments_are_opened_by_their_footers_with_guards_and_reads) {
  std::vector<Position> guarded;
  {
    Session session(disk_);
    ASSERT_TRUE(session.start());
    for (Position n = 1; n <= 120; ++n) {
      if (n % 10 == 3) {
        guarded.push_back(*session.append(numbered(n), "g" + std::to_string(n), 0));
      } else {
        ASSERT_TRUE(session.append(numbered(n)));
      }
    }
  }
  auto options = small_options();
  options.verify_bytes = 1;  // the newest segment only
  Session session(disk_, options);
  ASSERT_TRUE(session.log) << session.error.message;
  ASSERT_TRUE(session.start(121));
  for (Position n = 1; n <= 120; ++n) EXPECT_EQ(**session.log->read(n), numbered(n));
  for (const auto position : guarded) {
    const auto aggregate = "g" + std::to_string(position);
    EXPECT_EQ(session.append("late", aggregate, 0).error().code, Errc::Conflict);
    EXPECT_TRUE(session.append("next", aggregate, position));
  }
}

TEST_F(LocalStoreTest, damage_in_an_old_segment_is_found_by_the_read) {
  {
    Session session(disk_);
    ASSERT_TRUE(session.start());
    for (Position n = 1; n <= 120; ++n) ASSERT_TRUE(session.append(numbered(n)));
  }
  auto bytes = disk_.content(segment_name(1));
  bytes[bytes.find("record 5 ") + 2] ^= 1;
  disk_.put(segment_name(1), bytes);
  auto options = small_options();
  options.verify_bytes = 1;
  Session session(disk_, options);
  ASSERT_TRUE(session.log) << session.error.message;
  ASSERT_TRUE(session.start(121));
  EXPECT_TRUE(session.log->read(4));
  EXPECT_TRUE(session.log->read(6));
  const auto damaged = session.log->read(5);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Errc::Corrupt);
  EXPECT_THAT(damaged.error().message, testing::HasSubstr(segment_name(1) + " at offset "));
}

TEST_F(LocalStoreTest, trimmed_segments_are_used_again_and_their_bytes_never_come_back) {
  Session session(disk_);
  ASSERT_TRUE(session.start());
  for (Position n = 1; n <= 400; ++n) {
    ASSERT_TRUE(session.append(numbered(n)));
    if (n > 20) session.log->trim(n - 20);
  }
  const auto first = session.log->first();
  session.log->close();
  session.log.reset();
  bool reused = false;
  for (const auto& step : disk_.journal()) {
    reused |= step.call == Call::Rename && step.from == "spare.tmp";
  }
  EXPECT_TRUE(reused);
  Session again(disk_);
  ASSERT_TRUE(again.log) << again.error.message;
  EXPECT_EQ(again.log->first(), first);
  EXPECT_EQ(again.log->next(), 401u);
  ASSERT_TRUE(again.start(first));
  for (const auto& [position, text] : again.applied()) EXPECT_EQ(text, numbered(position));
}

TEST_F(LocalStoreTest, a_trim_is_marked_before_a_file_goes) {
  Session session(disk_);
  ASSERT_TRUE(session.start());
  for (Position n = 1; n <= 200; ++n) {
    ASSERT_TRUE(session.append(numbered(n)));
    if (n > 20) session.log->trim(n - 20);
  }
  session.log->close();
  std::uint64_t marked = 1;
  for (const auto& step : disk_.journal()) {
    if (step.call == Call::Write && step.bytes.starts_with("FFLOGMRK")) {
      if (const auto mark = decode_marks(step.bytes)) marked = mark->first_segment;
    }
    const auto number = parse_segment_name(step.from);
    const bool gone = step.call == Call::Remove || step.call == Call::Rename;
    if (gone && number) {
      EXPECT_LT(*number, marked);
    }
  }
  EXPECT_GT(marked, 1u);
}

TEST_F(LocalStoreTest, what_is_only_relaxed_is_synced_and_marked_within_the_interval) {
  Session session(disk_);
  ASSERT_TRUE(session.start());
  EXPECT_TRUE(session.log->append_relaxed(payload("mark")));
  ASSERT_TRUE(session.wait_applied(1));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  Position marked = 0;
  while (marked < 1 && std::chrono::steady_clock::now() < until) {
    const auto mark = decode_marks(disk_.content(kMarkName));
    if (mark) marked = mark->durable;
    std::this_thread::yield();
  }
  EXPECT_EQ(marked, 1u);
}

TEST_F(LocalStoreTest, with_durability_os_an_append_does_not_wait_for_a_sync) {
  auto options = small_options();
  options.log.durability = Durability::Os;
  options.mark_interval = std::chrono::hours(1);
  {
    Session session(disk_, options);
    ASSERT_TRUE(session.start());
    std::atomic<int> syncs{0};
    disk_.on_call([&](Call call) -> std::optional<int> {
      syncs += call == Call::Sync;
      return std::nullopt;
    });
    // Few enough for one segment: only making the next one syncs anything.
    for (Position n = 1; n <= 10; ++n) ASSERT_TRUE(session.append("small"));
    EXPECT_LE(syncs, 1);
    disk_.on_call({});
    // The process dies here: what the kernel has is kept.
    const auto left = disk_.after_crash(disk_.steps(), 0);
    Session again(*left, options);
    ASSERT_TRUE(again.log) << again.error.message;
    EXPECT_EQ(again.log->next(), 11u);
  }
}

TEST_F(LocalStoreTest,
       on_a_full_disk_appends_are_refused_and_marks_go_on_until_there_is_room_again) {
  constexpr std::uint64_t kFull = 32 * 1024 * 5 + 16 * 1024;
  disk_.set_capacity(kFull);
  Session session(disk_);
  ASSERT_TRUE(session.start());
  std::size_t applied = 0;
  for (int cycle = 0; cycle < 30; ++cycle) {
    const auto last = fill(session);
    ASSERT_GT(last, 0u);
    EXPECT_FALSE(session.log->health().writable);
    EXPECT_THAT(session.log->health().reason, testing::HasSubstr("No space left on device"));
    applied = session.applied().size();
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(session.log->append_relaxed(payload("settled")));
    ASSERT_TRUE(session.wait_applied(applied + 100)) << "cycle " << cycle;
    EXPECT_FALSE(session.log->health().writable);

    session.log->trim(session.log->next() - 1);
    disk_.set_capacity(1 << 30);
    const auto position = append_when_possible(session);
    ASSERT_TRUE(position) << position.error().message;
    EXPECT_TRUE(session.log->health().writable);
    disk_.set_capacity(kFull + 5ull * 32 * 1024);
  }
  const auto next = session.log->next();
  session.log->close();
  session.log.reset();
  Session again(disk_);
  ASSERT_TRUE(again.log) << again.error.message;
  EXPECT_EQ(again.log->next(), next);
}

TEST_F(LocalStoreTest, the_reserve_is_given_back_while_the_disk_is_full) {
  auto options = small_options();
  options.log.reserve_bytes = 256 * 1024;
  disk_.set_capacity(600 * 1024);
  Session session(disk_, options);
  ASSERT_TRUE(session.start());
  fill(session);
  EXPECT_EQ(disk_.content("reserve").size(), 0u);
  disk_.set_capacity(64 << 20);
  ASSERT_TRUE(append_when_possible(session));
  EXPECT_EQ(disk_.content("reserve").size(), 256u * 1024);
}

TEST_F(LocalStoreTest, a_reserve_that_others_needed_is_taken_again_as_soon_as_there_is_room) {
  auto options = small_options();
  options.log.reserve_bytes = 8 << 20;
  {
    Session session(disk_, options);
    ASSERT_TRUE(session.start());
    ASSERT_TRUE(session.append("kept"));
  }
  disk_.set_capacity((8 << 20) + 128 * 1024);
  Session session(disk_, options);
  ASSERT_TRUE(session.log) << session.error.message;
  session.log->yield_reserve();
  EXPECT_EQ(disk_.content("reserve").size(), 0u);
  EXPECT_FALSE(session.log->health().writable);
  ASSERT_TRUE(session.start());
  EXPECT_EQ(session.append("refused").error().code, Errc::Unavailable);
  disk_.set_capacity(64 << 20);
  const auto position = append_when_possible(session);
  ASSERT_TRUE(position) << position.error().message;
  EXPECT_EQ(disk_.content("reserve").size(), 8u << 20);
  EXPECT_TRUE(session.log->health().writable);
}

TEST_F(LocalStoreTest, without_a_reserve_the_log_works_and_keeps_no_file_for_it) {
  {
    Session session(disk_);  // with one
    ASSERT_TRUE(session.start());
  }
  auto options = small_options();
  options.log.reserve_bytes = 0;
  disk_.set_capacity(32 * 1024 * 4 + 16 * 1024);
  Session session(disk_, options);
  ASSERT_TRUE(session.start());
  const auto last = fill(session);
  EXPECT_GT(last, 0u);
  EXPECT_FALSE(disk_.names().contains("reserve"));
  session.log->yield_reserve();
  disk_.set_capacity(64 << 20);
  EXPECT_TRUE(append_when_possible(session));
}

TEST_F(LocalStoreTest, a_smaller_reserve_gives_the_difference_back) {
  {
    Session session(disk_);
    ASSERT_TRUE(session.start());
    session.log->yield_reserve();  // the disk has room: only waits until it has been made
  }
  ASSERT_EQ(disk_.content("reserve").size(), 32u * 1024);
  auto options = small_options();
  options.log.reserve_bytes = 8 * 1024;
  Session session(disk_, options);
  ASSERT_TRUE(session.start());
  session.log->yield_reserve();
  ASSERT_TRUE(append_when_possible(session));
  EXPECT_EQ(disk_.content("reserve").size(), 8u * 1024);
}

TEST_F(LocalStoreTest, marks_that_find_no_room_at_all_are_written_when_there_is) {
  disk_.set_capacity(32 * 1024 * 4);
  Session session(disk_);
  ASSERT_TRUE(session.start());
  fill(session);
  const auto applied = session.applied().size();
  constexpr int kMarks = 400;
  disk_.set_capacity(1);  // not even what the reserve gave back
  for (int i = 0; i < kMarks; ++i)
    EXPECT_TRUE(session.log->append_relaxed(payload(std::string(1000, 's'))));
  EXPECT_EQ(session.append("refused").error().code, Errc::Unavailable);
  disk_.set_capacity(64 << 20);
  EXPECT_TRUE(session.wait_applied(applied + kMarks));
  EXPECT_TRUE(append_when_possible(session));
}

TEST_F(LocalStoreTest, a_start_on_a_full_disk_works) {
  {
    Session session(disk_);
    ASSERT_TRUE(session.start());
    for (Position n = 1; n <= 50; ++n) ASSERT_TRUE(session.append(numbered(n)));
  }
  disk_.drop("reserve");
  disk_.set_capacity(1);
  Session session(disk_);
  ASSERT_TRUE(session.log) << session.error.message;
  ASSERT_TRUE(session.start());
  EXPECT_EQ(session.applied().size(), 50u);
  EXPECT_TRUE(session.log->append_relaxed(payload("settled")));
  EXPECT_TRUE(session.wait_applied(51));
  fill(session);
  disk_.set_capacity(64 << 20);
  EXPECT_TRUE(append_when_possible(session));
}

TEST_F(LocalStoreTest, a_write_without_space_refuses_its_group_and_leaves_no_trace) {
  std::atomic<bool> full{true};  // outlives the session, which still calls the disk as it ends
  Session session(disk_);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.append(std::string(100, '1')));
  disk_.on_call([&](Call call) -> std::optional<int> {
    return call == Call::Write && full ? std::optional<int>(ENOSPC) : std::nullopt;
  });
  EXPECT_EQ(session.append(std::string(100, '2'), "thread", 0).error().code, Errc::Unavailable);
  full = false;
  const auto position = append_when_possible(session);
  ASSERT_TRUE(position) << position.error().message;
  EXPECT_EQ(*position, 2u);
  EXPECT_TRUE(session.append("guard untouched", "thread", 0));
}

TEST_F(LocalStoreTest, a_log_opened_but_never_started_ends_cleanly_on_a_full_disk) {
  disk_.set_capacity(48 * 1024);
  {
    Session session(disk_);
    ASSERT_TRUE(session.log) << session.error.message;
  }
  disk_.set_capacity(1 << 30);
  Session again(disk_);
  ASSERT_TRUE(again.log) << again.error.message;
  EXPECT_TRUE(again.start());
}

TEST_F(LocalStoreTest, reads_beside_trims_find_the_record_or_none_but_no_damage) {
  Session session(disk_);
  ASSERT_TRUE(session.start());
  std::atomic<bool> done{false};
  std::atomic<int> damaged{0};
  std::thread reader([&] {
    while (!done) {
      const auto position = session.log->first() + 1;
      const auto record = session.log->read(position);
      if (record ? **record != numbered(position) : record.error().code != Errc::NotFound) {
        ++damaged;
      }
    }
  });
  for (Position n = 1; n <= 600; ++n) {
    EXPECT_TRUE(session.append(numbered(n)));
    if (n > 20) session.log->trim(n - 20);
  }
  done = true;
  reader.join();
  EXPECT_EQ(damaged, 0);
}

TEST_F(LocalStoreTest, short_writes_and_interrupted_calls_are_carried_on) {
  disk_.set_write_limit(37);
  int calls = 0;
  disk_.on_call([&](Call call) -> std::optional<int> {
    const bool interruptible = call == Call::Read || call == Call::Write;
    return interruptible && ++calls % 3 == 0 ? std::optional<int>(EINTR) : std::nullopt;
  });
  {
    Session session(disk_);
    ASSERT_TRUE(session.start());
    for (Position n = 1; n <= 40; ++n) ASSERT_TRUE(session.append(numbered(n)));
  }
  Session again(disk_);
  ASSERT_TRUE(again.log) << again.error.message;
  ASSERT_TRUE(again.start());
  for (const auto& [position, text] : again.applied()) EXPECT_EQ(text, numbered(position));
  EXPECT_EQ(again.applied().size(), 40u);
}

}  // namespace
}  // namespace fanfare::log
