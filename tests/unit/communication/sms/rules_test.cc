/// The small rules: senders, words, rates, repeatable requests, timestamps.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/http_date.h"
#include "communication/sms/keyword.h"
#include "communication/sms/numbers.h"
#include "communication/sms/rate.h"
#include "communication/sms/repeatability.h"
#include "communication/sms/timestamps.h"

namespace fanfare::communication::sms {
namespace {

using namespace std::chrono_literals;

const auto kAt = *base::parse_rfc3339("2026-01-31T12:00:00Z");

struct SenderCase {
  const char* text;
  std::optional<SenderKind> kind;
};

TEST(SmsSender, IsANumberAShortCodeOrLetters) {
  const SenderCase cases[] = {
      {"+15555550100", SenderKind::Number},
      {"15555550100", std::nullopt},
      {"12345", SenderKind::ShortCode},
      {"123456", SenderKind::ShortCode},
      {"12", std::nullopt},
      {"123456789", std::nullopt},
      {"CONTOSO", SenderKind::Alphanumeric},
      {"My Shop-1_&+", std::nullopt},
      {"My Shop-1&+", SenderKind::Alphanumeric},
      {"Elevenchars", SenderKind::Alphanumeric},
      {"Twelve chars", std::nullopt},
      {"A/B", std::nullopt},
      {"M\xC3\xBCller", std::nullopt},
      {"-- &", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& each : cases) EXPECT_EQ(sender_kind(each.text), each.kind) << each.text;
}

struct WordCase {
  const char* text;
  std::optional<Keyword> keyword;
};

TEST(SmsKeyword, IsTheWholeTextInAnyCase) {
  const WordCase cases[] = {
      {"STOP", Keyword::Stop},   {" stop \r\n", Keyword::Stop},
      {"Start", Keyword::Start}, {"UNSTOP", Keyword::Start},
      {"help", Keyword::Help},   {"STOP it", std::nullopt},
      {"STOPALL", std::nullopt}, {"", std::nullopt},
      {"   ", std::nullopt},     {"S TOP", std::nullopt},
  };
  for (const auto& each : cases) EXPECT_EQ(keyword_in(each.text), each.keyword) << each.text;
}

TEST(SmsRates, NoMoreThanTheLimitPassInAnyWindow) {
  Rates rates(60s);
  auto now = kAt;
  std::vector<base::TimePoint> passed;
  for (int step = 0; step < 3000; ++step, now += 100ms) {
    if (!rates.take("a", 1, 50, now)) passed.push_back(now);
  }
  for (const auto& from : passed) {
    const auto in_window = std::ranges::count_if(
        passed, [&](base::TimePoint at) { return at >= from && at < from + 60s; });
    // The estimate of a sliding window may be off by what came unevenly within one.
    EXPECT_LE(in_window, 60) << base::format_rfc3339(from);
  }
  EXPECT_GE(passed.size(), 200U) << "five minutes of 50 each";
}

TEST(SmsRates, SendersAreCountedApartAndALimitOfNoneIsNone) {
  Rates rates(60s);
  EXPECT_FALSE(rates.take("a", 2, 2, kAt).has_value());
  EXPECT_EQ(rates.take("a", 1, 2, kAt + 10s), 50s);
  EXPECT_FALSE(rates.take("b", 1, 2, kAt).has_value());
  EXPECT_FALSE(rates.take("a", 1000, 0, kAt).has_value());
  EXPECT_FALSE(rates.take("a", 2, 2, kAt + 120s).has_value());
}

TEST(SmsRates, OneLargeRequestPassesWhenNothingElseWasSent) {
  Rates rates(60s);
  EXPECT_FALSE(rates.take("a", 100, 10, kAt).has_value());
  EXPECT_TRUE(rates.take("a", 1, 10, kAt).has_value());
}

struct RepeatCase {
  const char* name;
  std::optional<std::string> id;
  std::optional<std::string> sent;
  int status;  ///< 0: go on
};

TEST(SmsRepeatability, IsRejectedByItsFormBeforeAnythingIsLookedUp) {
  const std::string guid = "FDA6D242-46aa-4247-8bf6-619a1206f9c3";
  const auto at = [](base::Duration off) { return base::format_http_date(kAt + off); };
  const RepeatCase cases[] = {
      {"none", std::nullopt, std::nullopt, 0},
      {"a date alone", std::nullopt, at(0s), 0},
      {"both", guid, at(0s), 0},
      {"at the edge", guid, at(-5min), 0},
      {"no guid", "abc", at(0s), 400},
      {"guid without hyphens", "fda6d24246aa42478bf6619a1206f9c30000", at(0s), 400},
      {"no date", guid, std::nullopt, 400},
      {"another date form", guid, "2026-01-31T12:00:00Z", 400},
      {"too old", guid, at(-5min - 1s), 412},
      {"from the future", guid, at(5min + 1s), 412},
  };
  for (const auto& each : cases) {
    const auto rejected = reject({each.id, each.sent}, kAt, 5min);
    EXPECT_EQ(rejected ? rejected->status : 0, each.status) << each.name;
  }
  EXPECT_EQ(reject({guid, std::nullopt}, kAt, 5min)->message,
            "Request sent with Invalid DateTime value for repeatability-first-sent. Expected is "
            "DateTime ,RFC1123 pattern.");
}

TEST(SmsTimestamps, HaveNoTrailingZeros) {
  const auto of = [](const char* text) { return short_timestamp(*base::parse_rfc3339(text)); };
  EXPECT_EQ(of("2020-09-18T00:27:45.32Z"), "2020-09-18T00:27:45.32Z");
  EXPECT_EQ(of("2020-09-18T00:22:20.2855749Z"), "2020-09-18T00:22:20.2855749Z");
  EXPECT_EQ(of("2020-09-18T00:22:20Z"), "2020-09-18T00:22:20Z");
  EXPECT_EQ(of("2020-09-18T00:22:20.1000Z"), "2020-09-18T00:22:20.1Z");
}

}  // namespace
}  // namespace fanfare::communication::sms
