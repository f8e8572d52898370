#include "base/bytes.h"

#include <gtest/gtest.h>

namespace fanfare::base {
namespace {

struct Case {
  const char* name;
  const char* text;
  std::optional<std::string> bytes;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class Base64UrlTest : public testing::TestWithParam<Case> {};

TEST_P(Base64UrlTest, is_read_strictly_and_written_without_padding) {
  EXPECT_EQ(base64url_decode(GetParam().text), GetParam().bytes);
  if (GetParam().bytes) {
    EXPECT_EQ(base64url_encode(*GetParam().bytes), GetParam().text);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, Base64UrlTest,
    testing::Values(Case{"empty", "", ""}, Case{"one_byte", "Zg", "f"},
                    Case{"two_bytes", "Zm8", "fo"}, Case{"three_bytes", "Zm9v", "foo"},
                    Case{"both_special", "-_8", "\xfb\xff"}, Case{"padding", "Zg==", std::nullopt},
                    Case{"standard_plus", "+/8", std::nullopt},
                    Case{"one_character_left", "Zm9vZ", std::nullopt},
                    Case{"unused_bits", "Zh", std::nullopt}, Case{"space", "Zm9 ", std::nullopt},
                    Case{"newline", "Zm9v\n", std::nullopt}),
    [](const auto& case_) { return case_.param.name; });

}  // namespace
}  // namespace fanfare::base
