#include "carrier/unicode.h"

#include <gtest/gtest.h>

namespace fanfare::carrier {
namespace {

TEST(Unicode, EveryCodePointReadsBackFromUtf8AndUtf16) {
  for (char32_t c = 1; c <= 0x10FFFF; c += (c < 0x3000 ? 1 : 97)) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, c);
    std::string_view rest = text;
    ASSERT_EQ(take_code_point(rest), c);
    ASSERT_TRUE(rest.empty());
    ASSERT_EQ(text_of_utf16be(utf16be_of(text)), text);
    ASSERT_EQ(utf16be_of(text).size(), utf16_units(text) * 2);
  }
}

struct Malformed {
  const char* name;
  std::string bytes;
};

TEST(Unicode, MalformedUtf8IsReplacedAndAlwaysEnds) {
  const Malformed cases[] = {{"stray continuation", "\x80"},         {"cut short", "\xE2\x82"},
                             {"too long a form", "\xC0\xAF"},        {"surrogate", "\xED\xA0\x80"},
                             {"beyond Unicode", "\xF7\xBF\xBF\xBF"}, {"no lead byte", "\xFF"}};
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    std::string_view rest = each.bytes;
    EXPECT_EQ(take_code_point(rest), kReplacement);
    int steps = 0;
    while (!rest.empty() && ++steps < 10) take_code_point(rest);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Unicode, LoneSurrogatesAndOddOctetsAreReplaced) {
  using namespace std::string_literals;
  EXPECT_EQ(text_of_utf16be("\xD8\x3D"s), "\xEF\xBF\xBD");
  EXPECT_EQ(text_of_utf16be("\xDE\x00"s), "\xEF\xBF\xBD");
  EXPECT_EQ(text_of_utf16be("\0A\0"s), "A\xEF\xBF\xBD");
}

}  // namespace
}  // namespace fanfare::carrier
