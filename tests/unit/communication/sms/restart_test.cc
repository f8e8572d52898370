/// What a restart keeps: on a log and a view in a folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/http_date.h"
#include "unit/communication/sms/sms_fixture.h"

namespace fanfare::communication::sms::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;

class SmsRestart : public ::testing::Test {
 protected:
  SmsRestart()
      : folder_(std::filesystem::temp_directory_path() /
                ("fanfare-sms-" + base::uuid4(base::system_random()))) {
    std::filesystem::create_directories(folder_);
  }
  ~SmsRestart() override { std::filesystem::remove_all(folder_); }

  World world(base::Duration later = {}) const {
    World out;
    out.folder = folder_;
    out.start = kNow + later;
    carrier::loopback::Script slow{.prefix = "+49"};
    slow.attempts = {{.after = 10min}};
    out.carrier.loopback.scripts.push_back(slow);
    return out;
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(SmsRestart, AMessageOnItsWayIsHandedOverAgainAndReportedOnce) {
  std::string id;
  {
    Fixture before(world());
    id = *before.send_one(kOwn, kStranger).message_id;
    EXPECT_EQ(before.stored(id).state, State::Submitted);
  }
  Fixture after(world(1min));
  EXPECT_EQ(after.stored(id).state, State::Submitted);
  after.pass(10min);
  EXPECT_EQ(after.stored(id).state, State::Delivered);
  const auto events = after.events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].id, id);
}

TEST_F(SmsRestart, ADeadlineThatPassedMeanwhileIsKeptAtTheStart) {
  std::string id;
  {
    Fixture before(world());
    SendRequest request;
    request.from = kOwn;
    request.recipients = {{kStranger, {}}};
    request.report_wanted = true;
    request.timeout = 60s;
    id = *before.send(std::move(request))[0].message_id;
  }
  Fixture after(world(5min));
  EXPECT_EQ(after.stored(id).state, State::Failed);
  EXPECT_EQ(after.stored(id).code, 5002);
}

TEST_F(SmsRestart, ARepeatedRequestIsKnownAfterIt) {
  SendRequest request;
  request.from = kOwn;
  request.recipients = {
      {kSecond, {"fda6d242-46aa-4247-8bf6-619a1206f9c3", base::format_http_date(kNow)}}};
  std::optional<std::string> id;
  {
    Fixture before(world());
    id = before.send(request)[0].message_id;
  }
  Fixture after(world(1min));
  EXPECT_EQ(after.send(request)[0].message_id, id);
  request.text = "other";
  EXPECT_EQ(after.send(request)[0].status, 400);
}

TEST_F(SmsRestart, WhoOptedOutStaysOut) {
  {
    Fixture before(world());
    const auto received = before.run(before.sms().receive(kStranger, kOwn, "STOP"));
    ASSERT_TRUE(received.has_value());
  }
  Fixture after(world(1min));
  EXPECT_EQ(after.stored(*after.send_one(kOwn, kStranger).message_id).code, 4007);
}

TEST_F(SmsRestart, AMessageThatArrivedBeforeDoesNotArriveTwice) {
  {
    Fixture before(world());
    carrier::Inbound inbound;
    inbound.from = kStranger;
    inbound.to = kOwn;
    inbound.reference = "carrier-17";
    // As a carrier tells it twice, when it did not hear that it was kept.
    for (int i = 0; i < 2; ++i) {
      const auto heard = before.run(before.listener().on_inbound(inbound));
      ASSERT_TRUE(heard.has_value());
    }
    EXPECT_THAT(before.events(), SizeIs(1));
  }
  Fixture after(world(1min));
  carrier::Inbound again;
  again.from = kStranger;
  again.to = kOwn;
  again.reference = "carrier-17";
  ASSERT_TRUE(after.run(after.listener().on_inbound(again)).has_value());
  EXPECT_THAT(after.events(), SizeIs(1));
}

TEST_F(SmsRestart, MoreThanFitsIntoMemoryIsReadFromTheStore) {
  World throttled;
  throttled.carrier.loopback.messages_per_second = 50;
  throttled.outbox.waiting_max = 10;
  Fixture fixture(std::move(throttled));
  SendRequest request;
  request.from = kOwn;
  for (int i = 0; i < 100; ++i) request.recipients.push_back({kSecond, {}});
  for (int i = 0; i < 3; ++i) fixture.send(request);
  for (int second = 0; second < 10; ++second) fixture.pass(1s);
  std::size_t delivered = 0;
  const auto messages = *fixture.run(fixture.sms().messages(fixture.resource, "", 1000));
  for (const auto& message : messages) delivered += message.state == State::Delivered ? 1 : 0;
  EXPECT_EQ(delivered, 300U);
  EXPECT_EQ(messages.size(), 600U) << "each arrived once";
}

}  // namespace
}  // namespace fanfare::communication::sms::testing
