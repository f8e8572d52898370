// Damaged files: all intact, or refused with the file, the offset and what to do; never opened with
// acknowledged records missing, never with wrong bytes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/log.h"
#include "log/verify.h"
#include "store_fixture.h"

namespace fanfare::log {
namespace {

using base::Errc;

constexpr Position kRecords = 90;

/// A closed store of several segments, trimmed once, with its oldest record's position.
std::unique_ptr<FakeDisk> make_store() {
  auto disk = std::make_unique<FakeDisk>();
  Session session(*disk);
  EXPECT_TRUE(session.start());
  for (Position n = 1; n <= kRecords; ++n) {
    const bool guarded = n % 4 == 0;
    const auto text = numbered(n);
    const auto position =
        guarded ? session.append(text, "aggregate " + std::to_string(n), 0) : session.append(text);
    EXPECT_EQ(*position, n);
    if (n == 40) session.log->trim(20);
  }
  session.log->close();
  return disk;
}

enum class Outcome { Intact, Refused, Wrong };

/// Opens the store, in full or with the footers of old segments, and reads all there is.
Outcome outcome_of(FakeDisk& disk, Position first, std::uint64_t verify_bytes, std::string& why) {
  auto options = small_options();
  options.verify_bytes = verify_bytes;
  Session session(disk, options);
  if (!session.log) {
    why = session.error.message;
    const bool told = session.error.code == Errc::Corrupt &&
                      why.find(" at offset ") != std::string::npos &&
                      why.find("fanfare store check") != std::string::npos &&
                      why.find(session.error.target) != std::string::npos;
    return told ? Outcome::Refused : Outcome::Wrong;
  }
  why = "opened";
  if (session.log->first() != first || session.log->next() != kRecords + 1) return Outcome::Wrong;
  const auto started = session.start(first);
  if (!started) {
    why = started.error().message;
    return started.error().code == Errc::Corrupt ? Outcome::Refused : Outcome::Wrong;
  }
  Position next = first;
  for (const auto& [position, text] : session.applied()) {
    if (position != next++ || text != numbered(position)) return Outcome::Wrong;
  }
  for (Position p = first; p <= kRecords; ++p) {
    const auto read = session.log->read(p);
    if (!read && read.error().code != Errc::Corrupt) return Outcome::Wrong;
    if (read && **read != numbered(p)) return Outcome::Wrong;
  }
  return next == kRecords + 1 ? Outcome::Intact : Outcome::Wrong;
}

/// The same block, as a later version of the format would have it.
std::string with_version(std::string file, std::uint32_t version) {
  const bool mark = file.starts_with("FFLOGMRK");
  const std::size_t summed = mark ? 64 : 56;
  for (std::size_t block = 0; block < (mark ? 2 * kMarkSlotBytes : 1); block += kMarkSlotBytes) {
    std::memcpy(file.data() + block + 8, &version, sizeof version);
    const std::uint64_t sum = XXH3_64bits(file.data() + block, summed);
    std::memcpy(file.data() + block + summed, &sum, sizeof sum);
  }
  return file;
}

class DamageTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { base::configure_log(base::LogLevel::Off, base::LogFormat::Text); }

  DamageTest() : disk_(make_store()) {
    Session session(*disk_);
    first_ = session.log->first();
    for (const auto& name : disk_->names()) {
      if (parse_segment_name(name) || name == kMarkName) files_.push_back(name);
    }
  }

  std::string damage_at_random(FakeDisk& disk, std::mt19937_64& random) {
    const auto& name = files_[random() % files_.size()];
    auto bytes = disk.content(name);
    const auto at = random() % bytes.size();
    const auto where = name + " at " + std::to_string(at);
    switch (random() % 7) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        disk.put(name, bytes);
        return "bit flipped in " + where;
      case 1:
        bytes.replace(at / 4096 * 4096, 4096, 4096, '\0');
        disk.put(name, bytes);
        return "page zeroed in " + where;
      case 2:
        disk.put(name, bytes.substr(0, at));
        return "truncated " + where;
      case 3:
        disk.drop(name);
        return "deleted " + name;
      case 4:
        disk.put(name, "");
        return "emptied " + name;
      case 5: {
        const auto& other = files_[random() % files_.size()];
        disk.put(name, disk.content(other));
        disk.put(other, bytes);
        return "swapped " + name + " and " + other;
      }
      default: {
        const auto to = random() % bytes.size() / 4096 * 4096;
        const auto page = bytes.substr(at / 4096 * 4096, 4096);
        bytes.replace(to, page.size(), page);
        disk.put(name, bytes);
        return "page of " + where + " copied to " + std::to_string(to);
      }
    }
  }

  std::unique_ptr<FakeDisk> disk_;
  Position first_ = 1;
  std::vector<std::string> files_;
};

TEST_F(DamageTest, the_undamaged_store_is_intact) {
  ASSERT_GT(first_, 1u);
  ASSERT_GT(files_.size(), 4u);
  std::string why;
  EXPECT_EQ(outcome_of(*disk_->copy(), first_, 4ull << 30, why), Outcome::Intact) << why;
  EXPECT_EQ(outcome_of(*disk_->copy(), first_, 0, why), Outcome::Intact) << why;
}

TEST_F(DamageTest, random_damage_is_harmless_or_refused_but_never_hidden) {
  std::mt19937_64 random(23);
  const char* const wanted = std::getenv("FANFARE_DAMAGES");
  const int count = wanted != nullptr ? std::atoi(wanted) : 300;
  int refused = 0;
  for (int i = 0; i < count; ++i) {
    auto disk = disk_->copy();
    const auto what = damage_at_random(*disk, random);
    std::string why;
    const auto outcome = outcome_of(*disk, first_, i % 3 == 0 ? 0 : 4ull << 30, why);
    EXPECT_NE(outcome, Outcome::Wrong) << what << ": " << why;
    refused += outcome == Outcome::Refused;
  }
  EXPECT_GT(refused, count / 4);
}

TEST_F(DamageTest, a_refused_folder_is_left_as_it_was) {
  auto disk = disk_->copy();
  auto bytes = disk->content(files_[1]);
  bytes[kSegmentHeaderBytes + 100] ^= 1;
  disk->put(files_[1], bytes);
  Session session(*disk);
  ASSERT_FALSE(session.log);
  EXPECT_EQ(disk->steps(), 0u);
}

TEST_F(DamageTest, the_newest_record_flipped_after_a_clean_stop_is_refused) {
  auto disk = disk_->copy();
  for (const auto& name : files_) {
    auto bytes = disk->content(name);
    const auto at = bytes.find("record " + std::to_string(kRecords) + " ");
    if (at == std::string::npos) continue;
    bytes[at + 3] ^= 4;
    disk->put(name, bytes);
  }
  Session session(*disk);
  ASSERT_FALSE(session.log);
  EXPECT_EQ(session.error.code, Errc::Corrupt);
  EXPECT_NE(session.error.message.find("records up to 90 had been stored"), std::string::npos)
      << session.error.message;
}

TEST_F(DamageTest, segments_rolled_back_to_an_old_copy_are_noticed) {
  const auto old = disk_->copy();
  {
    Session session(*disk_);
    ASSERT_TRUE(session.start(session.log->next()));
    ASSERT_TRUE(session.append("newer"));
  }
  for (const auto& name : old->names()) {
    if (parse_segment_name(name)) disk_->put(name, old->content(name));
  }
  Session session(*disk_);
  EXPECT_FALSE(session.log);
  EXPECT_EQ(session.error.code, Errc::Corrupt);
}

TEST_F(DamageTest, a_segment_of_another_store_is_refused) {
  const auto other = make_store();
  disk_->put(files_[1], other->content(files_[1]));
  Session session(*disk_);
  ASSERT_FALSE(session.log);
  EXPECT_NE(session.error.message.find("belongs to another store"), std::string::npos)
      << session.error.message;
}

TEST_F(DamageTest, a_missing_mark_beside_segments_is_refused) {
  disk_->drop(kMarkName);
  Session session(*disk_);
  ASSERT_FALSE(session.log);
  EXPECT_EQ(session.error.code, Errc::Corrupt);
}

TEST_F(DamageTest, one_damaged_slot_of_the_mark_is_harmless) {
  // The two slots of a mark differ by one write; of a closed store the older may lag by a trim.
  for (const std::size_t slot : {0, 1}) {
    auto disk = std::make_unique<FakeDisk>();
    {
      Session session(*disk);
      ASSERT_TRUE(session.start());
      for (Position n = 1; n <= 5; ++n) ASSERT_TRUE(session.append(numbered(n)));
      session.log->close();
    }
    auto mark = disk->content(kMarkName);
    mark[slot * kMarkSlotBytes + 40] ^= 1;
    disk->put(kMarkName, mark);
    Session session(*disk);
    ASSERT_TRUE(session.log) << session.error.message;
    EXPECT_EQ(session.log->next(), 6u);
  }
}

TEST_F(DamageTest, a_newer_format_is_refused_with_a_word_on_what_to_do) {
  for (const std::string& name : {files_.front(), std::string(kMarkName)}) {
    auto disk = disk_->copy();
    disk->put(name, with_version(disk->content(name), kFormatVersion + 1));
    Session session(*disk);
    ASSERT_FALSE(session.log);
    EXPECT_EQ(session.error.code, Errc::InvalidArgument);
    EXPECT_NE(session.error.message.find("newer than this version of Fanfare"), std::string::npos)
        << session.error.message;
  }
}

/// Records of an attempt that a crash cut off may stand behind a shorter new one, aligned by
/// chance.
TEST_F(DamageTest, leftovers_of_an_earlier_attempt_do_not_come_back) {
  FakeDisk disk;
  std::string segment;
  {
    Session session(disk);
    segment = *disk.names().begin();
    ASSERT_TRUE(session.start());
    ASSERT_TRUE(session.append(std::string(100, '1')));
    session.log->close();
  }
  const auto fork = disk.copy();
  {
    Session session(disk);
    ASSERT_TRUE(session.start(2));
    ASSERT_TRUE(session.append(std::string(100, '2')));
    ASSERT_TRUE(session.append(std::string(100, '3')));
    session.log->close();
  }
  {
    Session session(*fork);
    ASSERT_TRUE(session.start(2));
    ASSERT_TRUE(session.append(std::string(100, 'x')));
    session.log->close();
  }
  auto mixed = fork->content(segment);
  const auto stale = disk.content(segment);
  const auto from = stale.find("333") - kFrameHeaderBytes;
  mixed.replace(from, 200, stale, from, 200);
  fork->put(segment, mixed);
  Session session(*fork);
  ASSERT_TRUE(session.log) << session.error.message;
  EXPECT_EQ(session.log->next(), 3u);
  ASSERT_TRUE(session.start());
  EXPECT_EQ(session.applied().back().second, std::string(100, 'x'));
}

TEST_F(DamageTest, verify_counts_what_is_there) {
  const auto report = verify(*disk_, "/store");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->first, first_);
  EXPECT_EQ(report->next, kRecords + 1);
  EXPECT_EQ(report->records, kRecords + 1 - first_);
  EXPECT_GT(report->segments, 2u);
  EXPECT_GT(report->bytes, 0u);
  EXPECT_FALSE(report->damage);
}

TEST_F(DamageTest, verify_finds_what_a_start_from_footers_leaves_to_the_reader) {
  auto bytes = disk_->content(files_[0]);
  bytes[kSegmentHeaderBytes + kFrameHeaderBytes + 3] ^= 1;
  disk_->put(files_[0], bytes);
  const auto report = verify(*disk_, "/store");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_TRUE(report->damage);
  EXPECT_EQ(report->damage->code, Errc::Corrupt);
  EXPECT_NE(report->damage->message.find(files_[0] + " at offset 4096"), std::string::npos)
      << report->damage->message;
}

}  // namespace
}  // namespace fanfare::log
