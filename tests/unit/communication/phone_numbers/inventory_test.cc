#include "communication/phone_numbers/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "communication/phone_numbers/catalogue.h"
#include "communication/phone_numbers/e164.h"
#include "communication/phone_numbers/number_json.h"
#include "communication/phone_numbers/paging.h"

namespace fanfare::communication::phone_numbers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

InventoryNumber number(std::string text) {
  InventoryNumber out;
  out.number = std::move(text);
  return out;
}

TEST(Inventory, TheDemoIsValidAndOwnsANumberThatTheQuickstartsFilterFits) {
  const auto demo = checked(demo_inventory());
  ASSERT_TRUE(demo.has_value());
  std::vector<std::string> owned;
  std::set<std::string> countries_seen;
  for (const auto& item : *demo) {
    countries_seen.insert(item.country);
    if (item.stock == Stock::Owned) owned.push_back(item.number);
  }
  EXPECT_THAT(owned, ElementsAre("+15555550100", "+14255550100"));
  EXPECT_THAT(countries_seen, ElementsAre("CA", "GB", "US"));
}

TEST(Inventory, ACountryIsFilledInAndMistakesAreNamed) {
  const auto fine = checked({number("+16045550100")});
  ASSERT_TRUE(fine.has_value());
  EXPECT_EQ((*fine)[0].country, "CA");
  EXPECT_EQ(checked({number("604 555")}).error().target, "604 555");
  EXPECT_EQ(checked({number("+16045550100"), number("+16045550100")}).error().target,
            "+16045550100");
  auto code = number("12345");
  code.type = NumberType::ShortCode;
  EXPECT_TRUE(checked({code}).has_value());
  code.number = "+12345";
  EXPECT_FALSE(checked({code}).has_value());
}

TEST(Inventory, WordsReadBack) {
  for (const auto* word : {"geographic", "tollFree", "mobile", "shortCode"}) {
    EXPECT_EQ(to_string(*parse_number_type(word)), word);
  }
  for (const auto* word : {"person", "application"}) {
    EXPECT_EQ(to_string(*parse_assignment(word)), word);
  }
  for (const auto* word : {"none", "inbound", "outbound", "inbound+outbound"}) {
    EXPECT_EQ(to_string(*parse_direction(word)), word);
  }
  EXPECT_FALSE(parse_direction("Inbound").has_value());
  EXPECT_FALSE(parse_number_type("").has_value());
}

TEST(Inventory, CapabilitiesCoverLesserOnes) {
  EXPECT_TRUE(covers(Direction::Both, Direction::Inbound));
  EXPECT_TRUE(covers(Direction::Inbound, Direction::None));
  EXPECT_FALSE(covers(Direction::Inbound, Direction::Both));
  EXPECT_FALSE(covers(Direction::Outbound, Direction::Inbound));
}

TEST(Inventory, AStoredNumberReadsBackWhole) {
  auto item = number("+16045550100");
  item.type = NumberType::Mobile;
  item.assignment = Assignment::Person;
  item.capabilities = {Direction::Inbound, Direction::Outbound};
  item.cost = {2.5, "CAD"};
  item.reselling = Reselling::Forbidden;
  item.country = "CA";
  item.locality = "Vancouver";
  item.administrative_division = "British Columbia";
  item.administrative_abbreviation = "BC";
  const auto read = parse_inventory(inventory_json(item));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(json::write(inventory_json(*read)), json::write(inventory_json(item)));
  EXPECT_EQ(read->cost, item.cost);
  EXPECT_FALSE(parse_inventory(json::Value::object({{"number", "+1"}})).has_value());
}

// --- what is offered
// ------------------------------------------------------------------------------

std::vector<std::string> written(const std::vector<json::Value>& values) {
  std::vector<std::string> out;
  for (const auto& value : values) out.push_back(json::write(value));
  return out;
}

TEST(Catalogue, CountriesHaveTheirNames) {
  EXPECT_THAT(written(countries(demo_inventory())),
              ElementsAre(R"({"localizedName":"Canada","countryCode":"CA"})",
                          R"({"localizedName":"United Kingdom","countryCode":"GB"})",
                          R"({"localizedName":"United States","countryCode":"US"})"));
}

TEST(Catalogue, AreaCodesAreThoseOfTheKindAndPlace) {
  const auto all = demo_inventory();
  Wanted wanted;
  wanted.country = "US";
  wanted.type = NumberType::TollFree;
  EXPECT_THAT(written(area_codes(all, wanted)),
              ElementsAre(R"({"areaCode":"800"})", R"({"areaCode":"833"})"));
  wanted.type = NumberType::Geographic;
  wanted.locality = "new york";
  wanted.division = "ny";
  EXPECT_THAT(written(area_codes(all, wanted)), ElementsAre(R"({"areaCode":"212"})"));
  wanted.division = "WA";
  EXPECT_THAT(area_codes(all, wanted), IsEmpty());
}

TEST(Catalogue, LocalitiesHaveTheirDivision) {
  Wanted wanted;
  wanted.country = "CA";
  EXPECT_THAT(written(localities(demo_inventory(), wanted)),
              ElementsAre(R"({"localizedName":"Toronto","administrativeDivision":)"
                          R"({"localizedName":"Ontario","abbreviatedName":"ON"}})",
                          R"({"localizedName":"Vancouver","administrativeDivision":)"
                          R"({"localizedName":"British Columbia","abbreviatedName":"BC"}})"));
}

TEST(Catalogue, OfferingsAreOneAKindAndPrice) {
  Wanted wanted;
  wanted.country = "US";
  wanted.type = NumberType::TollFree;
  EXPECT_THAT(offerings(demo_inventory(), wanted), SizeIs(2));
  wanted.assignment = Assignment::Person;
  EXPECT_THAT(offerings(demo_inventory(), wanted), IsEmpty());
}

TEST(Paging, LinksAreRelativeAndEndWithTheList) {
  const auto items = [] {
    std::vector<json::Value> out;
    for (int i = 0; i < 5; ++i) out.emplace_back(i);
    return out;
  };
  const auto page = [&](std::size_t skip, std::size_t size) {
    return json::write(page_json("n", items(), {skip, size}, "/x?api-version=1", "top"));
  };
  EXPECT_EQ(page(0, 2), R"({"n":[0,1],"nextLink":"/x?api-version=1&skip=2&top=2"})");
  EXPECT_EQ(page(4, 2), R"({"n":[4]})");
  EXPECT_EQ(page(3, 2), R"({"n":[3,4]})");
  EXPECT_EQ(page(9, 2), R"({"n":[]})");
}

TEST(Paging, WhatIsNoNumberIsRefused) {
  const auto with = [](std::string name, std::string value) {
    return QueryLookup([=](std::string_view asked) -> std::optional<std::string> {
      return asked == name ? std::optional(value) : std::nullopt;
    });
  };
  EXPECT_EQ(parse_page(with("skip", "x"), "top").error().target, "skip");
  EXPECT_EQ(parse_page(with("skip", "-1"), "top").error().target, "skip");
  EXPECT_EQ(parse_page(with("top", "0"), "top").error().target, "top");
  EXPECT_EQ(parse_page(with("top", "1001"), "top").error().target, "top");
  EXPECT_EQ(parse_page(with("none", ""), "top")->size, 100U);
}

}  // namespace
}  // namespace fanfare::communication::phone_numbers
