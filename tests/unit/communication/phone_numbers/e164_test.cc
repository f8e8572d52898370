#include "communication/phone_numbers/e164.h"

#include <gtest/gtest.h>

namespace fanfare::communication::phone_numbers {
namespace {

struct Case {
  const char* text;
  bool valid;
};

TEST(E164, IsAPlusAndDigitsOfAPossibleLength) {
  const Case cases[] = {
      {"+14255550100", true},
      {"+15555550100", true},
      {"+11234567890", true},
      {"+447700900001", true},
      {"+4915112345678", true},
      {"+33612345678", true},
      {"+112345678901", false},  // the published sample of a bad one
      {"14255550100", false},
      {"+1 425 555 0100", false},
      {"+1425555010", false},
      {"+142555501000", false},
      {"+0987654321", false},
      {"+999123456789", false},
      {"+", false},
      {"", false},
      {"tel:+14255550100", false},
      {"+1425555010a", false},
      {"++14255550100", false},
      {"+14255550100;ext=1", false},
      {"+123456789012345678", false},
      {"+390612345678", true},    // a zero that belongs to the number
      {"+4901511234567", false},  // a zero that the plan drops
      {"+7", false},
      {"+35312345678", true},
      {"+80012345678", true},
  };
  for (const auto& each : cases) EXPECT_EQ(is_e164(each.text), each.valid) << each.text;
}

TEST(E164, FactsComeFromThePlan) {
  const auto seattle = facts_of("+14255550100");
  ASSERT_TRUE(seattle.has_value());
  EXPECT_EQ(seattle->country, "US");
  EXPECT_EQ(seattle->national, "4255550100");
  EXPECT_EQ(seattle->national_format, "(425) 555-0100");
  EXPECT_EQ(seattle->international_format, "+1 425-555-0100");
  EXPECT_EQ(seattle->kind, RangeKind::Geographic);
  EXPECT_EQ(facts_of("+16045550100")->country, "CA");
  EXPECT_EQ(facts_of("+18005550100")->kind, RangeKind::Other);
  EXPECT_EQ(facts_of("+4915112345678")->kind, RangeKind::Mobile);
  EXPECT_EQ(facts_of("+15555550100")->kind, RangeKind::Unknown);
  EXPECT_EQ(facts_of("+15555550100")->country, "US") << "from the calling code";
  EXPECT_FALSE(facts_of("nonsense").has_value());
}

TEST(E164, TheDigitsAreTheNumberWithoutItsPlus) {
  EXPECT_EQ(digits_of("+14255550100"), "14255550100");
  EXPECT_EQ(digits_of("12345"), "12345");
  EXPECT_EQ(digits_of("CONTOSO"), "CONTOSO");
}

}  // namespace
}  // namespace fanfare::communication::phone_numbers
