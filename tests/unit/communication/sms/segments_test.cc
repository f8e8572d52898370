#include "communication/sms/segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "carrier/gsm_alphabet.h"
#include "carrier/unicode.h"
#include "json/value.h"

namespace fanfare::communication::sms {
namespace {

using carrier::Alphabet;
using testing::ElementsAreArray;
using testing::SizeIs;

struct Vector {
  std::string name;
  std::string text;
  Alphabet alphabet = Alphabet::Gsm7;
  std::size_t units = 0;
  std::vector<std::size_t> segments;
  json::Value all;

  std::string hex(const char* member) const {
    const auto* found = all.find(member);
    return found == nullptr ? std::string() : *found->if_string();
  }
};

std::vector<Vector> vectors() {
  std::ifstream file(std::string(FANFARE_TEST_DATA) + "/sms/gsm7.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto parsed = json::parse(text.str());
  std::vector<Vector> out;
  for (const auto& each : *parsed->find("vectors")->if_array()) {
    Vector vector;
    vector.name = *each.find("name")->if_string();
    vector.text = *each.find("text")->if_string();
    if (*each.find("alphabet")->if_string() == "ucs2") vector.alphabet = Alphabet::Ucs2;
    vector.units = static_cast<std::size_t>(*each.find("units")->as_int());
    for (const auto& count : *each.find("segments")->if_array()) {
      vector.segments.push_back(static_cast<std::size_t>(*count.as_int()));
    }
    vector.all = each;
    out.push_back(std::move(vector));
  }
  return out;
}

TEST(Segments, EveryTextOfTheCorpusIsCountedAndCut) {
  const auto all = vectors();
  ASSERT_THAT(all, SizeIs(47));
  for (const auto& vector : all) {
    SCOPED_TRACE(vector.name);
    const auto split = split_text(vector.text);
    EXPECT_EQ(split.alphabet, vector.alphabet);
    EXPECT_EQ(split.units, vector.units);
    std::vector<std::size_t> counts;
    std::string whole;
    for (const auto& segment : split.segments) {
      counts.push_back(segment.units);
      whole += segment.text;
    }
    EXPECT_THAT(counts, ElementsAreArray(vector.segments));
    EXPECT_EQ(whole, vector.text);
    EXPECT_EQ(count_segments(vector.text), vector.segments.size());
  }
}

TEST(Segments, EachSegmentIsCodedByItselfAndReadsBack) {
  for (const auto& vector : vectors()) {
    SCOPED_TRACE(vector.name);
    const auto split = split_text(vector.text);
    std::string back;
    for (const auto& segment : split.segments) {
      if (split.alphabet == Alphabet::Gsm7) {
        const auto septets = carrier::gsm_encode(segment.text);
        ASSERT_TRUE(septets.has_value());
        EXPECT_EQ(septets->size(), segment.units);
        const auto packed = carrier::pack_septets(*septets);
        back += carrier::gsm_decode(carrier::unpack_septets(packed, septets->size()));
      } else {
        const auto octets = carrier::utf16be_of(segment.text);
        EXPECT_EQ(octets.size(), segment.units * 2);
        back += carrier::text_of_utf16be(octets);
      }
    }
    EXPECT_EQ(back, vector.text);
  }
}

TEST(Segments, TheOctetsOfTheCorpusComeOut) {
  for (const auto& vector : vectors()) {
    SCOPED_TRACE(vector.name);
    const bool in_one = vector.segments.size() == 1;  // the corpus has no octets of longer ones
    if (vector.alphabet == Alphabet::Gsm7) {
      const auto septets = carrier::gsm_encode(vector.text);
      ASSERT_TRUE(septets.has_value());
      if (!in_one) continue;
      EXPECT_EQ(base::hex_encode(*septets), vector.hex("unpacked_hex"));
      EXPECT_EQ(base::hex_encode(carrier::pack_septets(*septets)), vector.hex("packed_hex"));
    } else {
      EXPECT_FALSE(carrier::gsm_encode(vector.text).has_value());
      if (!in_one) continue;
      EXPECT_EQ(base::hex_encode(carrier::utf16be_of(vector.text)), vector.hex("ucs2_hex"));
    }
  }
}

TEST(Segments, NoCutFallsIntoAPairWhereverThePairStands) {
  const std::string euro = "\xE2\x82\xAC";
  const std::string emoji = "\xF0\x9F\x98\x80";
  for (std::size_t before = 140; before < 170; ++before) {
    const auto text = std::string(before, 'a') + euro + std::string(200, 'b');
    for (const auto& segment : split_text(text).segments) {
      const auto septets = carrier::gsm_encode(segment.text);
      ASSERT_TRUE(septets.has_value());
      EXPECT_NE(septets->back(), static_cast<char>(carrier::kGsmEscape)) << before;
      EXPECT_LE(septets->size(), 153U);
    }
  }
  for (std::size_t before = 55; before < 75; ++before) {
    const auto text = std::string(before, 'a') + emoji + std::string(100, 'b');
    for (const auto& segment : split_text(text).segments) {
      const auto octets = carrier::utf16be_of(segment.text);
      const auto last = static_cast<unsigned char>(octets[octets.size() - 2]);
      EXPECT_FALSE(last >= 0xD8 && last <= 0xDB) << before;
      EXPECT_LE(octets.size(), 134U);
    }
  }
}

}  // namespace
}  // namespace fanfare::communication::sms
