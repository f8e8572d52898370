#include "carrier/gsm_alphabet.h"

#include <gtest/gtest.h>

#include "carrier/unicode.h"

namespace fanfare::carrier {
namespace {

TEST(GsmAlphabet, EverySeptetButTheEscapeReadsBackToItself) {
  for (int septet = 0; septet < 128; ++septet) {
    if (septet == kGsmEscape) continue;
    const std::string one(1, static_cast<char>(septet));
    EXPECT_EQ(gsm_encode(gsm_decode(one)), one) << septet;
  }
}

TEST(GsmAlphabet, TenCharactersTakeTwoSeptets) {
  int twice = 0;
  for (char32_t c = 1; c < 0x3000; ++c) twice += gsm_septets(c) == std::size_t{2} ? 1 : 0;
  EXPECT_EQ(twice, 10);
  EXPECT_EQ(gsm_septets(U'\u20AC'), 2U);
  EXPECT_EQ(gsm_septets(U'`'), std::nullopt);
}

TEST(GsmAlphabet, AnEscapeBeforeASeptetWithoutExtensionShowsThePlainCharacter) {
  EXPECT_EQ(gsm_decode("\x1B"
                       "A"),
            "A");
  EXPECT_EQ(gsm_decode("A\x1B"), "A ");
}

TEST(GsmAlphabet, PackedSeptetsUnpackForEveryLength) {
  std::string septets;
  for (int length = 0; length < 40; ++length) {
    EXPECT_EQ(unpack_septets(pack_septets(septets), septets.size()), septets);
    septets.push_back(static_cast<char>((length * 37) % 128));
  }
}

}  // namespace
}  // namespace fanfare::carrier
