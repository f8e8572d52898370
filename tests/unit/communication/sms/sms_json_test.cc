#include "communication/sms/sms_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::communication::sms {
namespace {

using testing::SizeIs;

std::string body(const std::string& recipients, const std::string& more = "",
                 const std::string& message = "hi") {
  return R"({"from":"+15555550100","message":")" + message + R"(","smsRecipients":)" + recipients +
         more + "}";
}

const std::string kOne = R"([{"to":"+14255550100"}])";

TEST(SmsJson, ASendIsReadWithEverythingInIt) {
  const auto text = body(
      R"([{"to":"+14255550100","repeatabilityRequestId":"x","repeatabilityFirstSent":"y"},{"to":"z"}])",
      R"(,"smsSendOptions":{"enableDeliveryReport":true,"tag":"t",)"
      R"("deliveryReportTimeoutInSeconds":60,"messagingConnect":null,"later":1},"unknown":[])");
  const auto request = parse_send(text, SendForm::Later);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->from, "+15555550100");
  EXPECT_EQ(request->text, "hi");
  ASSERT_THAT(request->recipients, SizeIs(2));
  EXPECT_EQ(request->recipients[0].repeatability.request_id, "x");
  EXPECT_FALSE(request->recipients[1].repeatability.request_id.has_value());
  EXPECT_TRUE(request->report_wanted);
  EXPECT_EQ(request->tag, "t");
  EXPECT_EQ(request->timeout, base::seconds(60));
}

TEST(SmsJson, TheFirstVersionKnowsNoTimeoutAndNoPartner) {
  const auto text = body(kOne, R"(,"smsSendOptions":{"enableDeliveryReport":false,)"
                               R"("deliveryReportTimeoutInSeconds":1,"messagingConnect":7})");
  const auto request = parse_send(text, SendForm::First);
  ASSERT_TRUE(request.has_value());
  EXPECT_FALSE(request->timeout.has_value());
  EXPECT_FALSE(parse_send(text, SendForm::Later).has_value());
}

TEST(SmsJson, BothPublishedShapesOfMessagingConnectAreTaken) {
  for (const auto* connect : {R"({"partner":"p","apiKey":"k"})",
                              R"({"partner":"p","partnerParams":{"servicePlanId":"1"}})"}) {
    const auto text = body(kOne, std::string(R"(,"smsSendOptions":{"enableDeliveryReport":true,)") +
                                     R"("messagingConnect":)" + connect + "}");
    EXPECT_TRUE(parse_send(text, SendForm::Later).has_value()) << connect;
  }
}

struct Wrong {
  const char* name;
  std::string text;
  const char* target;
};

TEST(SmsJson, WhatIsWrongIsNamed) {
  std::string many = "[";
  for (int i = 0; i < 101; ++i) many += std::string(i ? "," : "") + R"({"to":"+1"})";
  many += "]";
  const auto options = [](const std::string& inside) {
    return body(kOne, R"(,"smsSendOptions":)" + inside);
  };
  const std::string on = R"({"enableDeliveryReport":true,)";
  const Wrong cases[] = {
      {"no JSON", "{", ""},
      {"no object", "[]", ""},
      {"no sender", R"({"message":"hi","smsRecipients":[{"to":"+1"}]})", "from"},
      {"sender is null", R"({"from":null,"message":"hi","smsRecipients":[{"to":"+1"}]})", "from"},
      {"sender is a number", R"({"from":1,"message":"hi","smsRecipients":[{"to":"+1"}]})", "from"},
      {"no message", R"({"from":"+1","smsRecipients":[{"to":"+1"}]})", "message"},
      {"no recipients", R"({"from":"+1","message":"hi"})", "smsRecipients"},
      {"an empty list", body("[]"), "smsRecipients"},
      {"101 recipients", body(many), "smsRecipients"},
      {"a recipient that is none", body("[7]"), "smsRecipients[0]"},
      {"a recipient without number", body(R"([{"to":"+1"},{}])"), "smsRecipients[1].to"},
      {"a request id that is no text", body(R"([{"to":"+1","repeatabilityRequestId":7}])"),
       "smsRecipients[0].repeatabilityRequestId"},
      {"too long a text", body(kOne, "", std::string(2049, 'a')), "message"},
      {"options without the flag", options("{}"), "smsSendOptions.enableDeliveryReport"},
      {"a flag that is none", options(R"({"enableDeliveryReport":"yes"})"),
       "smsSendOptions.enableDeliveryReport"},
      {"a tag that is no text", options(on + R"("tag":1})"), "smsSendOptions.tag"},
      {"too short a timeout", options(on + R"("deliveryReportTimeoutInSeconds":59})"),
       "smsSendOptions.deliveryReportTimeoutInSeconds"},
      {"too long a timeout", options(on + R"("deliveryReportTimeoutInSeconds":43201})"),
       "smsSendOptions.deliveryReportTimeoutInSeconds"},
      {"a partner without key", options(on + R"("messagingConnect":{"partner":"p"}})"),
       "smsSendOptions.messagingConnect"},
      {"a partner without parameters",
       options(on + R"("messagingConnect":{"partner":"p","partnerParams":{}}})"),
       "smsSendOptions.messagingConnect"},
      {"no partner", options(on + R"("messagingConnect":{"apiKey":"k"}})"),
       "smsSendOptions.messagingConnect.partner"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    const auto request = parse_send(each.text, SendForm::Later);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(request.error().code, base::Errc::InvalidArgument);
    EXPECT_EQ(request.error().target, each.target);
  }
}

TEST(SmsJson, TheLongestTextIsCountedInUtf16Units) {
  std::string emoji;
  for (int i = 0; i < 1024; ++i) emoji += "\xF0\x9F\x98\x80";
  EXPECT_TRUE(parse_send(body(kOne, "", emoji), SendForm::First).has_value());
  EXPECT_FALSE(parse_send(body(kOne, "", emoji + "a"), SendForm::First).has_value());
  EXPECT_TRUE(parse_send(body(kOne, "", ""), SendForm::First).has_value());
}

TEST(SmsJson, AResultHasOnlyTheMembersThatItNeeds) {
  std::vector<SendResult> results(3);
  results[0] = {"+1", "Outgoing_1", 202, std::nullopt, ""};
  results[1] = {"+2", std::nullopt, 400, RepeatabilityResult::Rejected, "no"};
  results[2] = {"+3", "Outgoing_3", 202, RepeatabilityResult::Accepted, ""};
  EXPECT_EQ(json::write(send_results_json(results)),
            R"({"value":[{"to":"+1","messageId":"Outgoing_1","httpStatusCode":202,)"
            R"("successful":true},{"to":"+2","httpStatusCode":400,)"
            R"("repeatabilityResult":"rejected","errorMessage":"no","successful":false},)"
            R"({"to":"+3","messageId":"Outgoing_3","httpStatusCode":202,)"
            R"("repeatabilityResult":"accepted","successful":true}]})");
}

TEST(SmsJson, OptOutsAreReadAndAnswered) {
  const auto request = parse_opt_out(R"({"from":"+1","recipients":[{"to":"+2"},{"to":"+3"}]})");
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(request->recipients, testing::ElementsAre("+2", "+3"));
  EXPECT_EQ(parse_opt_out(R"({"from":"+1","recipients":[]})").error().target, "recipients");
  EXPECT_EQ(parse_opt_out(R"({"from":"+1","recipients":[{}]})").error().target, "recipients[0].to");
  std::vector<OptOutResult> results(2);
  results[0] = {"+2", 200, true, ""};
  results[1] = {"+3", 400, std::nullopt, "no"};
  EXPECT_EQ(json::write(opt_out_results_json(results)),
            R"({"value":[{"to":"+2","httpStatusCode":200,"isOptedOut":true},)"
            R"({"to":"+3","httpStatusCode":400,"errorMessage":"no"}]})");
}

TEST(SmsJson, ADeliveryReportHasTheMembersOfTheSampleAndTheNewestAttemptFirst) {
  Message message;
  message.id = "abc123-message-id";
  message.state = State::Delivered;
  message.from = "+1234567890";
  message.to = "+0987654321";
  message.tag = "customer-tag";
  message.code = 2000;
  message.detail = "No error.";
  const auto at = *base::parse_rfc3339("2025-08-12T14:35:00Z");
  message.attempts = {{at, 1, 1}, {at + base::minutes(5), 2, 0}};
  message.reported = at + base::minutes(5);
  EXPECT_EQ(json::write(delivery_report_json(message)),
            R"({"deliveryStatus":"Delivered","deliveryStatusDetails":"2000: No error.",)"
            R"("deliveryAttempts":[{"timestamp":"2025-08-12T14:40:00Z","segmentsSucceeded":2,)"
            R"("segmentsFailed":0},{"timestamp":"2025-08-12T14:35:00Z","segmentsSucceeded":1,)"
            R"("segmentsFailed":1}],"receivedTimestamp":"2025-08-12T14:40:00Z",)"
            R"("tag":"customer-tag","messageId":"abc123-message-id","from":"+1234567890",)"
            R"("to":"+0987654321"})");
}

}  // namespace
}  // namespace fanfare::communication::sms
