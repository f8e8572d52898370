#include "http/date.h"

#include <gtest/gtest.h>

#include "http/client.h"

namespace fanfare::http {
namespace {

const base::TimePoint kExample = *base::parse_rfc3339("1994-11-06T08:49:37Z");

TEST(HttpDate, is_written_as_the_standard_has_it) {
  EXPECT_EQ(format_http_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(*base::parse_rfc3339("2106-02-07T06:28:16.9Z")),
            "Sun, 07 Feb 2106 06:28:16 GMT");
}

TEST(HttpDate, is_read_in_the_three_forms) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), kExample);
}

class NoDateTest : public testing::TestWithParam<const char*> {};

TEST_P(NoDateTest, is_refused) { EXPECT_EQ(parse_http_date(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(HttpDate, NoDateTest,
                         testing::Values("", "x", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994",
                                         "Sun, 32 Nov 1994 08:49:37 GMT",
                                         "Sun, 06 Nov 1994 24:49:37 GMT",
                                         "Sun, 06 Nov 1994 08:49:37 GMTx",
                                         "Sun, 06 Nov 9999 08:49:37 GMT", "Sun Nov", ",", "Sun,"));

struct Case {
  const char* name;
  const char* value;
  std::optional<base::Duration> wait;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class RetryAfterTest : public testing::TestWithParam<Case> {};

TEST_P(RetryAfterTest, is_seconds_or_a_date) {
  Headers headers;
  headers.add("Retry-After", GetParam().value);
  EXPECT_EQ(retry_after(headers, kExample), GetParam().wait);
}

INSTANTIATE_TEST_SUITE_P(
    RetryAfter, RetryAfterTest,
    testing::Values(Case{"seconds", "120", base::seconds(120)}, Case{"zero", "0", base::seconds(0)},
                    Case{"date", "Sun, 06 Nov 1994 08:50:37 GMT", base::seconds(60)},
                    Case{"past_date", "Sun, 06 Nov 1993 08:49:37 GMT", base::seconds(0)},
                    Case{"endless", "99999999999999999999999", base::days(366)},
                    Case{"far_date", "Sun, 06 Nov 2250 08:49:37 GMT", base::days(366)},
                    Case{"negative", "-1", std::nullopt}, Case{"fraction", "1.5", std::nullopt},
                    Case{"empty", "", std::nullopt}, Case{"text", "soon", std::nullopt}),
    [](const auto& case_) { return case_.param.name; });

TEST(RetryAfter, may_be_absent) { EXPECT_EQ(retry_after({}, kExample), std::nullopt); }

}  // namespace
}  // namespace fanfare::http
