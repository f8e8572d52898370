#include "auth/sas_expiry.h"

#include <gtest/gtest.h>

#include "base/time.h"

namespace fanfare::auth {
namespace {

struct Case {
  const char* text;
  const char* utc;  ///< nullptr: refused
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.text; }
class SasExpiryTest : public testing::TestWithParam<Case> {};

TEST_P(SasExpiryTest, IsReadAsUtcOrRefused) {
  const auto expiry = parse_sas_expiry(GetParam().text);
  if (GetParam().utc == nullptr) {
    EXPECT_FALSE(expiry) << GetParam().text;
    return;
  }
  ASSERT_TRUE(expiry) << GetParam().text;
  EXPECT_EQ(*expiry, base::read_rfc3339(GetParam().utc).value().second) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Forms, SasExpiryTest,
    testing::Values(Case{"1/2/2030 3:04:05 PM", "2030-01-02T15:04:05Z"},
                    Case{"12/31/2030 12:00:00 AM", "2030-12-31T00:00:00Z"},
                    Case{"12/31/2030 12:30:00 PM", "2030-12-31T12:30:00Z"},
                    Case{"1/2/2030 3:04:05 am", "2030-01-02T03:04:05Z"},
                    Case{"01/02/2030 03:04:05 PM", "2030-01-02T15:04:05Z"},
                    Case{"1/2/2030 3:04:05 PM +00:00", "2030-01-02T15:04:05Z"},
                    Case{"1/2/2030 3:04:05 PM -05:30", "2030-01-02T20:34:05Z"},
                    Case{"1/2/2030 3:04:05\u202FPM", "2030-01-02T15:04:05Z"},
                    Case{"1/2/2030 3:04:05\u202FPM +02:00", "2030-01-02T13:04:05Z"},
                    Case{"1/2/2030 3:04:05\u00A0PM", "2030-01-02T15:04:05Z"},
                    Case{"12/31/9999 11:59:59 PM", "9999-12-31T23:59:59Z"},
                    Case{"2030-01-02T15:04:05", "2030-01-02T15:04:05Z"},
                    Case{"2030-01-02 15:04:05", "2030-01-02T15:04:05Z"},
                    Case{"2030-01-02T15:04:05Z", "2030-01-02T15:04:05Z"},
                    Case{"2030-01-02T15:04:05.123456", "2030-01-02T15:04:05Z"},
                    Case{"2030-01-02 15:04:05.123456+00:00", "2030-01-02T15:04:05Z"},
                    Case{"2030-01-02T15:04:05-08:00", "2030-01-02T23:04:05Z"},
                    Case{"2030-01-02T15:04:05.1234567Z", "2030-01-02T15:04:05Z"}));

INSTANTIATE_TEST_SUITE_P(
    Faults, SasExpiryTest,
    testing::Values(Case{"", nullptr}, Case{"tomorrow", nullptr}, Case{"1893596645", nullptr},
                    Case{"2030-01-02", nullptr}, Case{"1/2/2030", nullptr},
                    Case{"1/2/2030 15:04:05", nullptr}, Case{"1/2/2030 13:04:05 PM", nullptr},
                    Case{"1/2/2030 0:04:05 AM", nullptr}, Case{"13/2/2030 3:04:05 PM", nullptr},
                    Case{"2/30/2030 3:04:05 PM", nullptr}, Case{"1/2/30 3:04:05 PM", nullptr},
                    Case{"1/2/2030 3:04:05 PMx", nullptr}, Case{"1/2/2030 3:04:05 P", nullptr},
                    Case{"2030-01-02T15:04", nullptr}, Case{"2030-01-02T15:04:60", nullptr},
                    Case{"2030-01-02T24:00:00", nullptr}, Case{"2030-13-02T15:04:05", nullptr},
                    Case{"2030-01-02T15:04:05.", nullptr},
                    Case{"2030-01-02T15:04:05+0000", nullptr},
                    Case{"2030-01-02T15:04:05 +00:00", nullptr},
                    Case{"2030-01-02T15:04:05Zx", nullptr}));

}  // namespace
}  // namespace fanfare::auth
