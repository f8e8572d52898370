#include <gtest/gtest.h>

#include "grid/case_fold.h"

namespace fanfare::grid {
namespace {

struct Pair {
  const char* text;
  const char* folded;
};

TEST(FoldCase, MapsEveryCharacterByItself) {
  for (const auto& [text, folded] : {Pair{"", ""},
                                     Pair{"aZ09_{~", "AZ09_{~"},
                                     Pair{"é", "É"},
                                     Pair{"straße", "STRAßE"},
                                     Pair{"ÿ", "Ÿ"},
                                     Pair{"σς", "ΣΣ"},
                                     Pair{"ά", "Ά"},
                                     Pair{"жёя", "ЖЁЯ"},
                                     Pair{"ա", "Ա"},
                                     Pair{"ა", "Ა"},
                                     Pair{"ǆǅ", "ǄǄ"},
                                     Pair{"ᾳ", "ᾼ"},
                                     Pair{"ɐ", "Ɐ"},
                                     Pair{"ⓐ", "Ⓐ"},
                                     Pair{"ａ", "Ａ"},
                                     Pair{"𐐨", "𐐀"},
                                     Pair{"日本語", "日本語"},
                                     Pair{"😀a", "😀A"},
                                     Pair{"µ", "Μ"},
                                     Pair{"a\xCC\x81", "A\xCC\x81"}}) {
    EXPECT_EQ(folded_case(text), folded) << text;
    EXPECT_EQ(folded_case(folded), folded) << "folding twice changes nothing";
  }
}

TEST(FoldCase, NeverLeadsFromBeyondAsciiIntoAscii) {
  EXPECT_EQ(folded_case("ı"), "ı");
  EXPECT_EQ(folded_case("ſ"), "ſ");
  EXPECT_EQ(folded_case("\u212A"), "\u212A") << "the Kelvin sign";
}

TEST(FoldCase, LeavesBytesThatAreNoUtf8) {
  EXPECT_EQ(folded_case("a\xFFz"), "A\xFFZ");
  EXPECT_EQ(folded_case("a\xC3"), "A\xC3");
  EXPECT_EQ(folded_case("\xF0\x9F"), "\xF0\x9F");
}

}  // namespace
}  // namespace fanfare::grid
