#include "queue/record.h"

#include <gmock/gmock.h>

#include "queue/pending_table.h"

namespace fanfare::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

base::TimePoint at(std::int64_t ns) { return base::TimePoint(base::Duration(ns)); }

event::Event some_event(std::string_view id) {
  event::Event event;
  event.id = id;
  event.type = "\"t\"";
  event.data = "{}";
  return event;
}

Commit some_commit() {
  Commit commit;
  commit.state.put("k", "v");
  commit.state.erase("e");
  commit.closed_lanes = {SubscriptionId{9}};
  commit.topic = TopicId{3};
  commit.published = at(1000);
  commit.events.push_back({some_event("\"a\""), {SubscriptionId{1}, SubscriptionId{2}}});
  commit.events.push_back({some_event("\"b\""), {SubscriptionId{2}}});
  commit.events.push_back({some_event("\"c\""), {SubscriptionId{1}, SubscriptionId{2}}});
  return commit;
}

AttemptState some_state() {
  return {.attempts = 2,
          .first_attempt = at(10),
          .last_attempt = at(20),
          .last_outcome = OutcomeKind::Busy,
          .last_status = 503,
          .giving_up = DeadLetterReason::TimeToLiveExceeded};
}

std::vector<Tag> tags_of(const std::string& payload) {
  std::vector<Tag> tags;
  PartReader parts(payload);
  while (const auto part = parts.next()) tags.push_back(part->tag);
  EXPECT_TRUE(parts.ok());
  return tags;
}

TEST(Record, the_stored_form_of_a_commit_never_changes) {
  EXPECT_EQ(
      base::hex_encode(**encode_commit(some_commit())),
      "010103000000016b76020100000065030400000009000000046900000003000000e803000000000000030000"
      "002d000000410000005500000002010000000200010101020000000100030103226122000003227422000000"
      "0000027b7d0001032262220000032274220000000000027b7d0001032263220000032274220000000000027b"
      "7d00");
}

TEST(Record, the_stored_form_of_marks_never_changes) {
  const Settlement s{.subscription = SubscriptionId{1},
                     .verdict = Verdict::Retry,
                     .due = at(99),
                     .state = some_state(),
                     .latency = base::Duration(7)};
  const std::vector<EntryRef> refs{{{5, at(0), 0}, {{0, 3}, {7, 1}}}};
  EXPECT_EQ(
      base::hex_encode(*encode_settled(s, at(50), refs)),
      "01053a000000320000000000000001000000026300000000000000020a000000000000001400000000000000"
      "08f7030207000000000000000500000200030401");
  EXPECT_EQ(
      base::hex_encode(
          *encode_deferred(SubscriptionId{1}, at(99), at(50), {{refs[0], some_state()}})),
      "01063100000032000000000000000100000063000000000000000500000200030401020a0000000000000014"
      "0000000000000008f70302");
  EXPECT_EQ(base::hex_encode(*encode_checkpoint(at(50))), "0181080000003200000000000000");
}

TEST(Record, the_stored_form_of_a_row_never_changes) {
  EXPECT_EQ(base::hex_encode(row_key(SubscriptionId{0x01020304}, {0x0a0b, at(0x0c0d), 0x0e})),
            "0070"
            "01020304"
            "0000000000000c0d"
            "0000000000000a0b"
            "0000000e");
  EXPECT_EQ(base::hex_encode(encode_row({at(1000), some_state(), {{1, 2}}})),
            "01e803000000000000020a00000000000000140000000000000008f70302010102");
}

TEST(Record, a_commit_reads_back_as_it_was_written) {
  const auto payload = *encode_commit(some_commit());
  EXPECT_THAT(tags_of(*payload), ElementsAre(Tag::Put, Tag::Erase, Tag::CloseLane, Tag::Events));
  const auto events = find_events(payload);
  ASSERT_TRUE(events);
  EXPECT_EQ(events->topic(), TopicId{3});
  EXPECT_EQ(events->published(), at(1000));
  ASSERT_EQ(events->size(), 3u);
  EXPECT_EQ(events->event(0)->id, "\"a\"");
  EXPECT_EQ(events->event(2)->id, "\"c\"");
  EXPECT_EQ(events->event(2)->data, "{}");
  const auto matches = events->matches();
  ASSERT_TRUE(matches);
  ASSERT_THAT(*matches, SizeIs(2));
  EXPECT_EQ((*matches)[0].subscription, SubscriptionId{1});
  EXPECT_THAT((*matches)[0].indices, ElementsAre(IndexRun{0, 1}, IndexRun{2, 1}));
  EXPECT_THAT((*matches)[1].indices, ElementsAre(IndexRun{0, 3}));
}

TEST(Record, a_subscription_named_twice_is_owed_an_event_once) {
  Commit commit;
  commit.events.push_back({some_event("\"a\""), {SubscriptionId{1}, SubscriptionId{1}}});
  const auto payload = *encode_commit(commit);
  const auto matches = find_events(payload)->matches();
  ASSERT_THAT(*matches, SizeIs(1));
  EXPECT_THAT((*matches)[0].indices, ElementsAre(IndexRun{0, 1}));
}

TEST(Record, a_settlement_reads_back_as_it_was_written) {
  const Settlement s{.subscription = SubscriptionId{1},
                     .verdict = Verdict::DeadLetterLater,
                     .due = at(99),
                     .state = some_state(),
                     .latency = base::Duration(7)};
  const auto payload =
      encode_settled(s, at(50), {{{5, at(3), 1}, {{1, 2}}}, {{6, at(0), 0}, {{0, 1}}}});
  PartReader parts(*payload);
  const auto part = parse_settled(parts.next()->body);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->at, at(50));
  EXPECT_EQ(part->settlement.verdict, Verdict::DeadLetterLater);
  EXPECT_EQ(part->settlement.state.last_status, 503);
  EXPECT_EQ(part->settlement.state.giving_up, DeadLetterReason::TimeToLiveExceeded);
  ASSERT_THAT(part->refs, SizeIs(2));
  EXPECT_EQ(part->refs[0].key, (EntryKey{5, at(3), 1}));
  EXPECT_THAT(part->refs[0].indices, ElementsAre(IndexRun{1, 2}));
}

TEST(Record, an_unknown_part_is_skipped_when_it_says_so_and_corrupt_otherwise) {
  std::string payload = *encode_checkpoint(at(1));
  base::ByteWriter out(payload);
  out.u8(0xf0);
  out.u32(2);
  out.raw("xy", 2);
  EXPECT_THAT(tags_of(payload), ElementsAre(Tag::Checkpoint));
  payload[payload.size() - 7] = 0x70;
  PartReader parts(payload);
  while (parts.next()) {
  }
  EXPECT_FALSE(parts.ok());
}

TEST(Record, another_version_is_corrupt) {
  std::string payload = *encode_checkpoint(at(1));
  payload[0] = 2;
  PartReader parts(payload);
  EXPECT_FALSE(parts.next());
  EXPECT_FALSE(parts.ok());
}

TEST(Record, a_second_part_of_events_is_corrupt) {
  const auto once = **encode_commit(some_commit());
  const auto twice = once + once.substr(1);  // without its version
  PartReader parts(twice);
  std::size_t events = 0;
  while (const auto part = parts.next()) events += part->tag == Tag::Events;
  EXPECT_EQ(events, 1u);
  EXPECT_FALSE(parts.ok());
}

TEST(Record, a_record_cut_short_anywhere_is_never_taken_for_a_whole_one) {
  const auto whole = **encode_commit(some_commit());
  int taken = 0;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto payload = std::make_shared<const std::string>(whole.substr(0, n));
    bool had_events = false;
    const auto read = decode_record(
        1, payload, [&](const HistoryEvent&) { return had_events = true; },
        [](const HistorySettlement&) { return true; });
    EXPECT_FALSE(had_events) << n;
    taken += read ? 1 : 0;
  }
  EXPECT_EQ(taken, 4) << "only where a part ends";
}

TEST(Record, decode_gives_each_event_its_subscriptions) {
  const auto payload = *encode_commit(some_commit());
  std::vector<std::vector<SubscriptionId>> all;
  ASSERT_TRUE(decode_record(
      1, payload,
      [&](const HistoryEvent& e) {
        all.push_back(e.subscriptions);
        return true;
      },
      nullptr));
  EXPECT_THAT(all, ElementsAre(ElementsAre(SubscriptionId{1}, SubscriptionId{2}),
                               ElementsAre(SubscriptionId{2}),
                               ElementsAre(SubscriptionId{1}, SubscriptionId{2})));
}

TEST(Record, too_many_events_are_refused) {
  Commit commit;
  commit.events.resize(kIndicesMax + 1);
  const auto payload = encode_commit(commit);
  ASSERT_FALSE(payload);
  EXPECT_EQ(payload.error().code, base::Errc::TooLarge);
}

TEST(PendingTable, a_row_reads_back_as_it_was_written) {
  const EntryKey key{77, at(12345), 4};
  const auto parsed = parse_row_key(row_key(SubscriptionId{5}, key));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->subscription, SubscriptionId{5});
  EXPECT_EQ(parsed->entry, key);
  const auto row = decode_row(encode_row({at(9), some_state(), {{4, 2}, {9, 1}}}));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->published, at(9));
  EXPECT_EQ(row->state.attempts, 2u);
  EXPECT_THAT(row->indices, ElementsAre(IndexRun{4, 2}, IndexRun{9, 1}));
}

TEST(PendingTable, rows_sort_by_lane_then_due_time_then_position) {
  const auto key = [](std::uint32_t lane, std::int64_t due, log::Position position) {
    return row_key(SubscriptionId{lane}, {position, at(due), 0});
  };
  EXPECT_LT(key(1, 500, 9), key(2, 0, 1));
  EXPECT_LT(key(1, 0, 300), key(1, 256, 2));
  EXPECT_LT(key(1, 7, 255), key(1, 7, 256));
}

TEST(PendingTable, a_damaged_row_is_not_read) {
  const auto value = encode_row({at(9), some_state(), {{4, 2}}});
  for (std::size_t n = 0; n < value.size(); ++n) EXPECT_FALSE(decode_row(value.substr(0, n))) << n;
  EXPECT_FALSE(decode_row(value + "x"));
  EXPECT_FALSE(parse_row_key("short"));
}

struct RunsCase {
  const char* name;
  IndexRuns from;
  IndexRuns taken;
  IndexRuns left;
};
void PrintTo(const RunsCase& c, std::ostream* os) { *os << c.name; }

class Without : public ::testing::TestWithParam<RunsCase> {};
TEST_P(Without, leaves_the_rest) {
  EXPECT_EQ(without(GetParam().from, GetParam().taken), GetParam().left);
}
INSTANTIATE_TEST_SUITE_P(
    IndexRuns, Without,
    ::testing::Values(RunsCase{"nothing_taken", {{0, 3}}, {}, {{0, 3}}},
                      RunsCase{"all_taken", {{0, 3}}, {{0, 3}}, {}},
                      RunsCase{"front", {{0, 3}}, {{0, 1}}, {{1, 2}}},
                      RunsCase{"back", {{0, 3}}, {{2, 1}}, {{0, 2}}},
                      RunsCase{"middle", {{0, 5}}, {{2, 1}}, {{0, 2}, {3, 2}}},
                      RunsCase{"beyond", {{2, 2}}, {{0, 1}, {9, 1}}, {{2, 2}}},
                      RunsCase{"across", {{0, 3}, {5, 3}}, {{2, 4}}, {{0, 2}, {6, 2}}},
                      RunsCase{"none_there", {}, {{0, 1}}, {}}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace fanfare::queue
