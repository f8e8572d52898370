#include "communication/sms/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "communication/sms/outcome.h"
#include "communication/sms/store.h"

namespace fanfare::communication::sms {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;
using testing::SizeIs;

const auto kAt = *base::parse_rfc3339("2020-09-18T00:22:13.5Z");

Message full() {
  Message out;
  out.id = outgoing_id(kAt, base::system_random());
  out.state = State::Failed;
  out.from = "+15555550100";
  out.to = "+14255550100";
  out.text = "text \xE2\x82\xAC";
  out.segments = 3;
  out.created = kAt;
  out.report_wanted = true;
  out.tag = "";
  out.timeout = base::seconds(90);
  out.report_due = kAt + base::seconds(90);
  out.repeat_id = "fda6d242-46aa-4247-8bf6-619a1206f9c3";
  out.attempts = {{kAt, 0, 3}, {kAt + base::seconds(1), 2, 1}};
  out.segments_settled = 3;
  out.code = 4006;
  out.detail = "gone";
  out.reported = kAt + base::seconds(2);
  out.references = {"a", "b", "c"};
  out.reference = "in";
  return out;
}

TEST(SmsMessage, AStoredMessageReadsBackWhole) {
  const auto message = full();
  const auto read = decode_message(encode(message));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(encode(*read), encode(message));
  EXPECT_EQ(read->tag, "");
  EXPECT_EQ(read->timeout, base::seconds(90));
  EXPECT_THAT(read->attempts, SizeIs(2));
  EXPECT_THAT(read->references, ElementsAre("a", "b", "c"));
  EXPECT_EQ(read->reported, message.reported);
  auto bare = Message();
  bare.id = message.id;
  EXPECT_FALSE(decode_message(encode(bare))->tag.has_value());
  EXPECT_FALSE(decode_message(encode(bare))->timeout.has_value());
}

TEST(SmsMessage, BytesThatAreCutOrOfAnotherVersionAreNoMessage) {
  const auto bytes = encode(full());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_message(bytes.substr(0, size)).has_value()) << size;
  }
  auto other = bytes;
  other[0] = 9;
  EXPECT_FALSE(decode_message(other).has_value());
  other = bytes;
  other[1] = 77;
  EXPECT_FALSE(decode_message(other).has_value());
}

TEST(SmsMessage, AnIdHasTheTimeOfTheSampleAndReadsItBack) {
  const auto id = outgoing_id(kAt, base::system_random());
  EXPECT_THAT(id, MatchesRegex("Outgoing_20200918002213[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  EXPECT_EQ(time_of_id(id), kAt);
  EXPECT_EQ(time_of_id(incoming_id(kAt, base::system_random())), kAt);
}

TEST(SmsMessage, TheSamplesIdIsReadAsOneOfOurs) {
  EXPECT_TRUE(
      time_of_id("Outgoing_202009180022138813a09b-0cbf-4304-9b03-1546683bb910").has_value());
  for (const auto* text :
       {"", "Outgoing_", "Outgoing_202013180022138813a09b-0cbf-4304-9b03-1546683bb910",
        "Outgoing_20200918002213xxxxxxxx-0cbf-4304-9b03-1546683bb910",
        "Sideways_202009180022138813a09b-0cbf-4304-9b03-1546683bb910",
        "Outgoing_202009180022138813a09b-0cbf-4304-9b03-1546683bb910_noam"}) {
    EXPECT_FALSE(time_of_id(text).has_value()) << text;
  }
}

TEST(SmsMessage, ASubmissionNamesResourceAndMessage) {
  const auto name = parse_submission_id(submission_id(ResourceId{7}, "Outgoing_1"));
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->resource, ResourceId{7});
  EXPECT_EQ(name->id, "Outgoing_1");
  EXPECT_FALSE(parse_submission_id("x/y").has_value());
  EXPECT_FALSE(parse_submission_id("7").has_value());
}

// --- reports
// --------------------------------------------------------------------------------------

carrier::Report report(std::uint32_t succeeded, std::uint32_t failed,
                       std::optional<carrier::Verdict> verdict = std::nullopt) {
  return {"ref", kAt, succeeded, failed, std::move(verdict)};
}

const carrier::Verdict kDelivered{carrier::Fate::Delivered, 2000, "No error."};
const carrier::Verdict kLost{carrier::Fate::Expired, 4006, "gone"};

Message of_segments(std::uint32_t segments) {
  Message out;
  out.segments = segments;
  return out;
}

TEST(SmsOutcome, OneReportForAllSegmentsEndsTheMessage) {
  auto message = of_segments(3);
  apply_report(message, report(3, 0, kDelivered), kAt);
  EXPECT_EQ(message.state, State::Delivered);
  EXPECT_EQ(message.code, 2000);
  EXPECT_EQ(message.reported, kAt);
  EXPECT_THAT(message.attempts, SizeIs(1));
}

TEST(SmsOutcome, ReportsOnSingleSegmentsMakeOneAttempt) {
  auto message = of_segments(3);
  apply_report(message, report(1, 0, kDelivered), kAt);
  apply_report(message, report(1, 0, kDelivered), kAt);
  EXPECT_EQ(message.state, State::Submitted);
  apply_report(message, report(1, 0, kDelivered), kAt);
  EXPECT_EQ(message.state, State::Delivered);
  ASSERT_THAT(message.attempts, SizeIs(1));
  EXPECT_EQ(message.attempts[0].segments_succeeded, 3U);
}

TEST(SmsOutcome, OneLostSegmentFailsTheMessageWhereverItStands) {
  for (int lost = 0; lost < 3; ++lost) {
    auto message = of_segments(3);
    for (int i = 0; i < 3; ++i) {
      apply_report(message, i == lost ? report(0, 1, kLost) : report(1, 0, kDelivered), kAt);
    }
    EXPECT_EQ(message.state, State::Failed) << lost;
    EXPECT_EQ(message.code, 4006) << lost;
    EXPECT_EQ(message.detail, "gone") << lost;
    EXPECT_EQ(message.attempts[0].segments_failed, 1U);
  }
}

TEST(SmsOutcome, AttemptsWithoutAVerdictAreNotedUntilOneComes) {
  auto message = of_segments(2);
  apply_report(message, report(0, 2), kAt);
  apply_report(message, report(1, 1), kAt);
  EXPECT_EQ(message.state, State::Submitted);
  apply_report(message, report(2, 0, kDelivered), kAt);
  EXPECT_EQ(message.state, State::Delivered);
  EXPECT_THAT(message.attempts, SizeIs(3));
}

TEST(SmsOutcome, WhatHasEndedStaysAsItIs) {
  auto message = of_segments(1);
  fail(message, 4007, "blocked", kAt);
  EXPECT_THAT(message.attempts, SizeIs(1));
  apply_report(message, report(1, 0, kDelivered), kAt);
  fail(message, 5002, "late", kAt);
  EXPECT_EQ(message.state, State::Failed);
  EXPECT_EQ(message.code, 4007);
  EXPECT_THAT(message.attempts, SizeIs(1));
}

}  // namespace
}  // namespace fanfare::communication::sms
