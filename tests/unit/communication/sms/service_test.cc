#include "communication/sms/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/http_date.h"
#include "base/task_group.h"
#include "unit/communication/sms/sms_fixture.h"

namespace fanfare::communication::sms::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr const char* kReport = "Microsoft.Communication.SMSDeliveryReportReceived";
constexpr const char* kReceived = "Microsoft.Communication.SMSReceived";

carrier::loopback::Script script(std::string prefix,
                                 std::vector<carrier::loopback::Attempt> attempts) {
  carrier::loopback::Script out;
  out.prefix = std::move(prefix);
  out.attempts = std::move(attempts);
  return out;
}

World with_script(carrier::loopback::Script each) {
  World world;
  world.carrier.loopback.scripts.push_back(std::move(each));
  return world;
}

const carrier::loopback::Attempt kFails{.after = 1min, .fate = carrier::Fate::Failed, .code = 4004};

TEST(Sms, ASentMessageIsDeliveredAndReported) {
  Fixture fixture;
  const auto result = fixture.send_one(kOwn, kStranger);
  EXPECT_EQ(result.status, 202);
  EXPECT_EQ(result.to, kStranger);
  EXPECT_FALSE(result.repeatability.has_value());
  ASSERT_TRUE(result.message_id.has_value());
  EXPECT_THAT(*result.message_id,
              MatchesRegex("Outgoing_[0-9]{14}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  EXPECT_THAT(*result.message_id, StartsWith("Outgoing_20260131120000"));
  EXPECT_EQ(fixture.stored(*result.message_id).state, State::Delivered);
  const auto events = fixture.events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].type, kReport);
  EXPECT_EQ(events[0].id, *result.message_id);
  EXPECT_EQ(events[0].subject, "/phonenumber/15555550100");
}

TEST(Sms, AMessageToANumberOfTheServerIsReceivedThere) {
  Fixture fixture;
  const auto result = fixture.send_one(kOwn, kSecond, "over here");
  const auto events = fixture.events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].type, kReceived);
  EXPECT_EQ(events[0].subject, "/phonenumber/14255550100");
  EXPECT_EQ(text_at(events[0].data, "message"), "over here");
  EXPECT_THAT(events[0].id, StartsWith("Incoming_20260131120000"));
  EXPECT_EQ(events[1].type, kReport);
  EXPECT_EQ(events[1].id, *result.message_id);
}

TEST(Sms, NoReportIsRaisedWhenNoneIsWanted) {
  Fixture fixture;
  SendRequest request;
  request.from = kOwn;
  request.recipients = {{kStranger, {}}};
  const auto results = fixture.send(std::move(request));
  EXPECT_EQ(fixture.stored(*results[0].message_id).state, State::Delivered);
  EXPECT_THAT(fixture.events(), IsEmpty());
}

TEST(Sms, AFailureIsReportedWithItsCodeAndEveryAttempt) {
  auto second = kFails;
  second.detail = "No such phone.";
  Fixture fixture(with_script(script("+49", {kFails, second})));
  const auto result = fixture.send_one(kOwn, kStranger);
  EXPECT_EQ(fixture.stored(*result.message_id).state, State::Submitted);
  EXPECT_THAT(fixture.events(), IsEmpty());
  fixture.pass(1min);
  EXPECT_THAT(fixture.events(), IsEmpty());
  fixture.pass(1min);
  const auto events = fixture.events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(text_at(events[0].data, "deliveryStatus"), "Failed");
  EXPECT_EQ(text_at(events[0].data, "deliveryStatusDetails"), "4004: No such phone.");
  const auto& attempts = *events[0].data.find("deliveryAttempts")->if_array();
  ASSERT_THAT(attempts, SizeIs(2));
  EXPECT_EQ(text_at(attempts[0], "timestamp"), "2026-01-31T12:01:00.5Z");
  EXPECT_EQ(attempts[0].find("segmentsFailed")->as_int(), 1);
  EXPECT_EQ(text_at(attempts[1], "timestamp"), "2026-01-31T12:02:00.5Z");
}

TEST(Sms, WithoutAReportInTimeAMessageFails) {
  auto never = kFails;
  never.after = 1000h;
  Fixture fixture(with_script(script("+49", {never})));
  SendRequest request;
  request.from = kOwn;
  request.recipients = {{kStranger, {}}};
  request.report_wanted = true;
  request.timeout = 60s;
  const auto id = *fixture.send(std::move(request))[0].message_id;
  fixture.pass(59s);
  EXPECT_EQ(fixture.stored(id).state, State::Submitted);
  fixture.pass(1s);
  EXPECT_EQ(fixture.stored(id).state, State::Failed);
  EXPECT_EQ(fixture.stored(id).code, 5002);
  EXPECT_THAT(fixture.events(), SizeIs(1));
  fixture.pass(1000h);
  EXPECT_THAT(fixture.events(), SizeIs(1)) << "a report that comes too late changes nothing";
}

TEST(Sms, ADeadlineWithoutItsMessageIsLookedAtOnce) {
  Fixture fixture;
  view::Batch state;
  Message gone;
  gone.id = outgoing_id(kNow, base::system_random());
  gone.report_due = kNow + 1min;
  fixture.store().add_outgoing(state, gone);
  fixture.store().erase_message(state, gone);
  std::vector<RaisedEvent> no_events;
  const auto kept = fixture.run(
      fixture.committer().commit(fixture.resource, std::move(state), std::move(no_events)));
  ASSERT_TRUE(kept.has_value());
  fixture.send_one(kOwn, kStranger);  // so that the deadlines are looked at
  fixture.pass(12h);
  EXPECT_THAT(*fixture.store().deadlines(10), IsEmpty());
}

TEST(Sms, WhatTheCarrierRefusesFails) {
  carrier::loopback::Script refused = script("+49", {});
  refused.refused = carrier::Refused{4003, "Not there."};
  Fixture fixture(with_script(refused));
  const auto result = fixture.send_one(kOwn, kStranger);
  EXPECT_EQ(result.status, 202);
  EXPECT_EQ(fixture.stored(*result.message_id).state, State::Failed);
  ASSERT_THAT(fixture.events(), SizeIs(1));
  EXPECT_EQ(text_at(fixture.events()[0].data, "deliveryStatusDetails"), "4003: Not there.");
}

TEST(Sms, AThrottledCarrierGetsTheMessagesLater) {
  World world;
  world.carrier.loopback.messages_per_second = 2;
  Fixture fixture(std::move(world));
  for (int i = 0; i < 5; ++i) fixture.send_one(kOwn, kStranger);
  EXPECT_THAT(fixture.events(), SizeIs(2));
  fixture.pass(1s);
  EXPECT_THAT(fixture.events(), SizeIs(4));
  fixture.pass(1s);
  EXPECT_THAT(fixture.events(), SizeIs(5));
}

struct WrongSender {
  const char* name;
  std::string from;
  base::Errc code;
};

TEST(Sms, AWrongSenderRefusesTheWholeRequest) {
  Fixture fixture;
  const WrongSender cases[] = {{"no number", "no sender!", base::Errc::InvalidArgument},
                               {"empty", "", base::Errc::InvalidArgument},
                               {"not owned", "+14255550111", base::Errc::Unauthorized},
                               {"short code not owned", "54321", base::Errc::Unauthorized}};
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    SendRequest request;
    request.from = each.from;
    request.recipients = {{kStranger, {}}};
    const auto answer = fixture.run(fixture.sms().send(fixture.resource, std::move(request)));
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, each.code);
    EXPECT_EQ(answer.error().target, "from");
  }
}

TEST(Sms, SendersOfLettersAndShortCodesWork) {
  Fixture fixture;
  EXPECT_EQ(fixture.send_one("CONTOSO", kStranger).status, 202);
  EXPECT_EQ(fixture.send_one(kShortCode, kStranger).status, 202);
  ASSERT_THAT(fixture.events(), SizeIs(2));
  EXPECT_EQ(fixture.events()[0].subject, "/phonenumber/CONTOSO");
  EXPECT_EQ(text_at(fixture.events()[0].data, "from"), "CONTOSO");
  EXPECT_EQ(fixture.events()[1].subject, "/phonenumber/12345");
}

TEST(Sms, ABadRecipientIsAnsweredAloneAndTheOthersGo) {
  Fixture fixture;
  SendRequest request;
  request.from = kOwn;
  request.recipients = {{"+112345678901", {}}, {kStranger, {}}, {"hello", {}}};
  const auto results = fixture.send(std::move(request));
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_EQ(results[0].status, 400);
  EXPECT_EQ(results[0].error_message, "Invalid To phone number format.");
  EXPECT_FALSE(results[0].message_id.has_value());
  EXPECT_EQ(results[1].status, 202);
  EXPECT_EQ(results[2].status, 400);
}

// --- rates
// ----------------------------------------------------------------------------------------

TEST(Sms, BeyondItsRateASenderWaits) {
  World world;
  world.options.rates.toll_free = 3;
  Fixture fixture(std::move(world));
  SendRequest request;
  request.from = kTollFree;
  request.recipients = {{kStranger, {}}, {kStranger, {}}};
  const auto send = [&] { return *fixture.run(fixture.sms().send(fixture.resource, request)); };
  EXPECT_TRUE(std::holds_alternative<std::vector<SendResult>>(send()));
  const auto second = send();
  ASSERT_TRUE(std::holds_alternative<Throttled>(second));
  EXPECT_EQ(std::get<Throttled>(second).wait, 60s);
  EXPECT_EQ(fixture.send_one(kOwn, kStranger).status, 202) << "other senders are not concerned";
  fixture.pass(120s);
  EXPECT_TRUE(std::holds_alternative<std::vector<SendResult>>(send()));
}

// --- repeatable requests
// --------------------------------------------------------------------------

const char* const kGuid = "FDA6D242-46aa-4247-8bf6-619a1206f9c3";

SendRequest repeatable(std::string to, std::string text, base::TimePoint first_sent) {
  SendRequest request;
  request.from = kOwn;
  request.recipients = {{std::move(to), {kGuid, base::format_http_date(first_sent)}}};
  request.text = std::move(text);
  request.report_wanted = true;
  return request;
}

TEST(Sms, ARepeatedRequestGetsTheFirstResultAndSendsNothing) {
  Fixture fixture;
  const auto first = fixture.send(repeatable(kStranger, "hi", kNow)).at(0);
  EXPECT_EQ(first.repeatability, RepeatabilityResult::Accepted);
  const auto second = fixture.send(repeatable(kStranger, "hi", kNow)).at(0);
  EXPECT_EQ(second.status, 202);
  EXPECT_EQ(second.message_id, first.message_id);
  EXPECT_EQ(second.repeatability, RepeatabilityResult::Accepted);
  EXPECT_THAT(fixture.events(), SizeIs(1));
}

TEST(Sms, ARepeatedRequestWithAnotherPayloadIsRejected) {
  Fixture fixture;
  fixture.send(repeatable(kStranger, "hi", kNow));
  for (const auto& other :
       {repeatable(kStranger, "other text", kNow), repeatable(kSecond, "hi", kNow)}) {
    const auto result = fixture.send(other).at(0);
    EXPECT_EQ(result.status, 400);
    EXPECT_EQ(result.repeatability, RepeatabilityResult::Rejected);
    EXPECT_FALSE(result.message_id.has_value());
  }
  EXPECT_THAT(fixture.events(), SizeIs(1));
}

TEST(Sms, OutsideOfTheWindowARequestIsRejectedAndAfterItTheIdIsFree) {
  Fixture fixture;
  const auto first = fixture.send(repeatable(kStranger, "hi", kNow)).at(0);
  fixture.pass(5min + 1s);
  const auto late = fixture.send(repeatable(kStranger, "hi", kNow)).at(0);
  EXPECT_EQ(late.status, 412);
  EXPECT_EQ(late.repeatability, RepeatabilityResult::Rejected);
  const auto again = fixture.send(repeatable(kStranger, "hi", fixture.clock.wall())).at(0);
  EXPECT_EQ(again.status, 202);
  EXPECT_NE(again.message_id, first.message_id);
}

TEST(Sms, OneIdForTwoRecipientsOfARequestIsAnotherPayload) {
  Fixture fixture;
  auto request = repeatable(kStranger, "hi", kNow);
  request.recipients.push_back(request.recipients[0]);
  request.recipients.push_back(request.recipients[0]);
  request.recipients[2].to = kSecond;
  const auto results = fixture.send(std::move(request));
  EXPECT_EQ(results[0].status, 202);
  EXPECT_EQ(results[1].message_id, results[0].message_id);
  EXPECT_EQ(results[2].status, 400);
  EXPECT_EQ(results[2].repeatability, RepeatabilityResult::Rejected);
  EXPECT_THAT(fixture.events(), SizeIs(1));
}

TEST(Sms, RequestsThatRunAtTheSameTimeMakeOneMessage) {
  Fixture fixture;
  std::vector<SendResult> results;
  base::block_on(fixture.threads.executor(1), [&]() -> base::Async<void> {
    base::TaskGroup tasks(fixture.threads.executor(1));
    struct Shell {
      static base::Async<void> run(Fixture& in, std::vector<SendResult>& out) {
        auto request = repeatable(kStranger, "hi", kNow);
        auto answer = co_await in.sms().send(in.resource, std::move(request));
        out.push_back(std::get<std::vector<SendResult>>(*answer).at(0));
      }
    };
    for (int i = 0; i < 10; ++i) tasks.spawn("send", Shell::run(fixture, results));
    co_await tasks.join();
  });
  fixture.settle();
  ASSERT_THAT(results, SizeIs(10));
  int made = 0;
  for (const auto& result : results) {
    EXPECT_TRUE(result.status == 202 || result.status == 409);
    made += result.status == 202 ? 1 : 0;
  }
  EXPECT_GE(made, 1);
  EXPECT_THAT(fixture.events(), SizeIs(1));
}

// --- opting out
// -----------------------------------------------------------------------------------

void says(Fixture& fixture, const std::string& text) {
  const auto received = fixture.run(fixture.sms().receive(kStranger, kOwn, text));
  ASSERT_TRUE(received.has_value());
  fixture.settle();
}

TEST(Sms, AfterStopNothingIsSentAndTheReportSaysSo) {
  Fixture fixture;
  says(fixture, " stop\n");
  const auto blocked = fixture.send_one(kOwn, kStranger);
  EXPECT_EQ(blocked.status, 202);
  const auto message = fixture.stored(*blocked.message_id);
  EXPECT_EQ(message.state, State::Failed);
  EXPECT_EQ(message.code, 4007);
  const auto events = fixture.events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].type, kReceived) << "the word is relayed";
  EXPECT_EQ(text_at(events[1].data, "deliveryStatus"), "Failed");
  EXPECT_EQ(text_at(events[1].data, "deliveryStatusDetails"),
            "4007: Sender blocked for given recipient.");
  EXPECT_EQ(fixture.stored(*fixture.send_one(kSecond, kStranger).message_id).state,
            State::Delivered)
      << "another sender may write";
}

TEST(Sms, StartAndUnstopOpenTheWayAgain) {
  for (const auto* word : {"START", "unstop"}) {
    Fixture fixture;
    says(fixture, "STOP");
    says(fixture, word);
    EXPECT_EQ(fixture.stored(*fixture.send_one(kOwn, kStranger).message_id).state, State::Delivered)
        << word;
  }
}

TEST(Sms, OtherTextsThatContainTheWordChangeNothing) {
  Fixture fixture;
  says(fixture, "please STOP it");
  EXPECT_EQ(fixture.stored(*fixture.send_one(kOwn, kStranger).message_id).state, State::Delivered);
}

std::vector<std::string> texts(Fixture& fixture) {
  std::vector<std::string> out;
  const auto messages = *fixture.run(fixture.sms().messages(fixture.resource, "", 10));
  for (const auto& message : messages) out.push_back(message.text);
  return out;
}

TEST(Sms, TheServerAnswersTheWordsForShortCodesAndWhereItIsToldTo) {
  Fixture fixture;
  const auto stopped = fixture.run(fixture.sms().receive(kStranger, kShortCode, "STOP"));
  ASSERT_TRUE(stopped.has_value());
  says(fixture, "STOP");
  EXPECT_THAT(texts(fixture), UnorderedElementsAre("STOP", "STOP", Options().replies.stop));

  World world;
  world.options.replies = {RepliesOf::AllNumbers, "", "", "Ask us."};
  Fixture everybody(std::move(world));
  says(everybody, "HELP");
  says(everybody, "STOP");
  EXPECT_THAT(texts(everybody), UnorderedElementsAre("HELP", "Ask us.", "STOP"));
}

std::vector<OptOutResult> opt(Fixture& fixture, OptOutAction action,
                              std::vector<std::string> recipients) {
  OptOutRequest request{kOwn, std::move(recipients)};
  return *fixture.run(fixture.sms().opt_outs(fixture.resource, action, std::move(request)));
}

TEST(Sms, OptOutsAreAddedCheckedAndRemoved) {
  Fixture fixture;
  EXPECT_EQ(opt(fixture, OptOutAction::Check, {kStranger})[0].opted_out, false);
  const auto added = opt(fixture, OptOutAction::Add, {kStranger, "nobody"});
  EXPECT_EQ(added[0].status, 200);
  EXPECT_FALSE(added[0].opted_out.has_value());
  EXPECT_EQ(added[1].status, 400);
  EXPECT_EQ(added[1].error_message, "Invalid recipient phone number format");
  EXPECT_EQ(opt(fixture, OptOutAction::Check, {kStranger})[0].opted_out, true);
  EXPECT_EQ(opt(fixture, OptOutAction::Add, {kStranger})[0].status, 200);
  EXPECT_EQ(opt(fixture, OptOutAction::Remove, {kStranger})[0].status, 200);
  EXPECT_EQ(opt(fixture, OptOutAction::Check, {kStranger})[0].opted_out, false);
}

TEST(Sms, NoSendIsCommittedBehindTheOptOutOfItsPair) {
  Fixture fixture;
  std::vector<std::string> ids;
  base::block_on(fixture.threads.executor(1), [&]() -> base::Async<void> {
    base::TaskGroup tasks(fixture.threads.executor(1));
    struct Shell {
      static base::Async<void> send(Fixture& in, std::vector<std::string>& out) {
        SendRequest request;
        request.from = kOwn;
        request.recipients = {{kStranger, {}}};
        auto answer = co_await in.sms().send(in.resource, std::move(request));
        out.push_back(*std::get<std::vector<SendResult>>(*answer)[0].message_id);
      }
      static base::Async<void> stop(Fixture& in) {
        const auto received = co_await in.sms().receive(kStranger, kOwn, "STOP");
        EXPECT_TRUE(received.has_value());
      }
    };
    for (int i = 0; i < 40; ++i) {
      tasks.spawn("send", Shell::send(fixture, ids));
      if (i == 20) tasks.spawn("stop", Shell::stop(fixture));
    }
    co_await tasks.join();
  });
  fixture.settle();
  // In the order of their commits: delivered ones, then blocked ones only.
  bool blocked = false;
  for (const auto& id : ids) {
    const bool failed = fixture.stored(id).state == State::Failed;
    EXPECT_FALSE(blocked && !failed);
    blocked |= failed;
  }
  EXPECT_TRUE(blocked);
}

// --- receiving
// ------------------------------------------------------------------------------------

TEST(Sms, AMessageForNobodyHereIsNotFound) {
  Fixture fixture;
  const auto received = fixture.run(fixture.sms().receive(kStranger, "+14255550177", "hi"));
  ASSERT_FALSE(received.has_value());
  EXPECT_EQ(received.error().code, base::Errc::NotFound);
  const auto wrong = fixture.run(fixture.sms().receive("?", kOwn, "hi"));
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, base::Errc::InvalidArgument);
  EXPECT_THAT(fixture.events(), IsEmpty());
}

// --- keeping
// --------------------------------------------------------------------------------------

TEST(Sms, MessagesAreListedNewestFirstInPages) {
  Fixture fixture;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.insert(ids.begin(), *fixture.send_one(kOwn, kStranger, std::to_string(i)).message_id);
    fixture.pass(10ms);
  }
  const auto page = [&](const std::string& after) {
    std::vector<std::string> out;
    for (const auto& message : *fixture.run(fixture.sms().messages(fixture.resource, after, 2))) {
      out.push_back(message.id);
    }
    return out;
  };
  EXPECT_THAT(page(""), ElementsAre(ids[0], ids[1]));
  EXPECT_THAT(page(ids[1]), ElementsAre(ids[2], ids[3]));
  EXPECT_THAT(page(ids[3]), ElementsAre(ids[4]));
  EXPECT_THAT(page(ids[4]), IsEmpty());
}

TEST(Sms, OldMessagesGoWithEverythingThatPointsToThem) {
  World world;
  world.options.keep = 48h;
  Fixture fixture(std::move(world));
  const auto first = fixture.send(repeatable(kStranger, "hi", kNow)).at(0);
  fixture.send_one(kOwn, kSecond);
  fixture.pass(47h);
  const auto young = fixture.send_one(kOwn, kStranger);
  for (int hour = 0; hour < 3; ++hour) fixture.pass(1h);
  EXPECT_FALSE(fixture.store().message(*first.message_id)->has_value());
  std::vector<std::string> keys;
  const auto scanned = fixture.records().scan(area_prefix(fixture.resource->id, "sms"), {},
                                              [&](std::string_view key, std::string_view) {
                                                keys.emplace_back(key);
                                                return true;
                                              });
  ASSERT_TRUE(scanned.has_value());
  ASSERT_THAT(keys, SizeIs(1));
  EXPECT_THAT(keys[0], ::testing::HasSubstr(*young.message_id));
}

TEST(Sms, TheNumberOfKeptMessagesIsBounded) {
  World world;
  world.options.messages_max = 20;
  Fixture fixture(std::move(world));
  for (int i = 0; i < 60; ++i) {
    fixture.send_one(kOwn, kStranger);
    fixture.pass(1ms);
  }
  EXPECT_LE(*fixture.store().count_messages(), 22U);
  EXPECT_GE(*fixture.store().count_messages(), 19U);
}

}  // namespace
}  // namespace fanfare::communication::sms::testing
