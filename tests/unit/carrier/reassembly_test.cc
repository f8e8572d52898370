#include "carrier/reassembly.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fanfare::carrier {
namespace {

using namespace std::chrono_literals;

const auto kAt = *base::parse_rfc3339("2026-01-31T12:00:00Z");

Part part(std::uint8_t number, std::uint8_t total, std::string text, std::uint16_t reference = 7,
          std::string from = "+14255550100") {
  return {std::move(from), "+15555550100", reference, total, number, std::move(text)};
}

TEST(Reassembly, PartsInEveryOrderMakeTheSameMessage) {
  std::vector<std::uint8_t> order{1, 2, 3, 4};
  do {
    Reassembly reassembly;
    std::optional<Reassembly::Whole> whole;
    for (std::size_t i = 0; i < order.size(); ++i) {
      whole =
          reassembly.add(part(order[i], 4, std::string(1, static_cast<char>('a' + order[i]))), kAt);
      EXPECT_EQ(whole.has_value(), i + 1 == order.size());
    }
    EXPECT_EQ(whole->text, "bcde");
    EXPECT_EQ(whole->segments, 4U);
    EXPECT_EQ(reassembly.waiting(), 0U);
    EXPECT_EQ(reassembly.bytes(), 0U);
  } while (std::ranges::next_permutation(order).found);
}

TEST(Reassembly, ARepeatedPartChangesNothing) {
  Reassembly reassembly;
  EXPECT_FALSE(reassembly.add(part(1, 2, "one"), kAt).has_value());
  const auto bytes = reassembly.bytes();
  EXPECT_FALSE(reassembly.add(part(1, 2, "one"), kAt).has_value());
  EXPECT_EQ(reassembly.bytes(), bytes);
  EXPECT_EQ(reassembly.add(part(2, 2, "two"), kAt)->text, "onetwo");
}

TEST(Reassembly, MessagesOfOneReferenceAreKeptApartByTheirNumbersAndLength) {
  Reassembly reassembly;
  EXPECT_FALSE(reassembly.add(part(1, 2, "a"), kAt).has_value());
  EXPECT_FALSE(reassembly.add(part(1, 2, "x", 7, "+14255550199"), kAt).has_value());
  EXPECT_FALSE(reassembly.add(part(1, 3, "l"), kAt).has_value());
  EXPECT_FALSE(reassembly.add(part(1, 2, "r", 8), kAt).has_value());
  EXPECT_EQ(reassembly.waiting(), 4U);
  EXPECT_EQ(reassembly.add(part(2, 2, "b"), kAt)->text, "ab");
  EXPECT_EQ(reassembly.add(part(2, 2, "y", 7, "+14255550199"), kAt)->text, "xy");
}

TEST(Reassembly, ANumberThatMakesNoSenseIsAMessageOfItsOwn) {
  Reassembly reassembly;
  for (const auto& odd : {part(0, 2, "a"), part(3, 2, "a"), part(1, 1, "a"), part(1, 0, "a")}) {
    const auto whole = reassembly.add(odd, kAt);
    ASSERT_TRUE(whole.has_value());
    EXPECT_EQ(whole->text, "a");
  }
  EXPECT_EQ(reassembly.waiting(), 0U);
}

TEST(Reassembly, AfterADayTheFirstPartIsForgotten) {
  Reassembly reassembly;
  EXPECT_FALSE(reassembly.add(part(1, 2, "old"), kAt).has_value());
  EXPECT_FALSE(reassembly.add(part(2, 2, "new"), kAt + 24h).has_value());
  EXPECT_EQ(reassembly.add(part(1, 2, "first"), kAt + 24h)->text, "firstnew");
  EXPECT_FALSE(reassembly.add(part(1, 2, "a", 9), kAt).has_value());
  reassembly.expire(kAt + 24h);
  EXPECT_EQ(reassembly.waiting(), 0U);
  EXPECT_EQ(reassembly.bytes(), 0U);
}

TEST(Reassembly, AHundredThousandHalfMessagesStayWithinTheirBound) {
  ReassemblyLimits limits;
  Reassembly reassembly(limits);
  for (int i = 0; i < 100'000; ++i) {
    const auto from = "+1425" + std::to_string(5'000'000 + i);
    reassembly.add(part(1, 255, std::string(153, 'a'), 7, from), kAt);
    ASSERT_LE(reassembly.bytes(), limits.bytes_max);
  }
  EXPECT_GT(reassembly.waiting(), 90'000U);
  for (int i = 0; i < 100'000; ++i) {
    reassembly.add(part(2, 255, std::string(2000, 'a'), 7, "+1" + std::to_string(i)), kAt);
  }
  EXPECT_LE(reassembly.bytes(), limits.bytes_max);
  EXPECT_TRUE(reassembly.add(part(1, 2, "a", 9), kAt) == std::nullopt);
  EXPECT_EQ(reassembly.add(part(2, 2, "b", 9), kAt)->text, "ab") << "the newest are kept";
}

}  // namespace
}  // namespace fanfare::carrier
