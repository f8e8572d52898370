#include "communication/phone_numbers/catalogue.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/bytes.h"
#include "communication/phone_numbers/number_json.h"

namespace fanfare::communication::phone_numbers {

namespace {

bool fits(const InventoryNumber& item, const Wanted& wanted) {
  return item.type != NumberType::ShortCode && item.country == wanted.country &&
         item.type == wanted.type.value_or(item.type) &&
         item.assignment == wanted.assignment.value_or(item.assignment) &&
         base::ascii_iequals(item.locality, wanted.locality.value_or(item.locality)) &&
         base::ascii_iequals(item.administrative_abbreviation,
                             wanted.division.value_or(item.administrative_abbreviation));
}

json::Value locality_json(const InventoryNumber& item) {
  auto out = json::Value::object({{"localizedName", item.locality}});
  if (!item.administrative_abbreviation.empty()) {
    out.set("administrativeDivision",
            json::Value::object({{"localizedName", item.administrative_division},
                                 {"abbreviatedName", item.administrative_abbreviation}}));
  }
  return out;
}

json::Value offering_json(const InventoryNumber& item) {
  return json::Value::object({{"phoneNumberType", to_string(item.type)},
                              {"assignmentType", to_string(item.assignment)},
                              {"availableCapabilities", capabilities_json(item.capabilities)},
                              {"cost", cost_json(item.cost)}});
}

}  // namespace

std::vector<json::Value> countries(const Inventory& inventory) {
  std::set<std::string> codes;
  for (const auto& item : inventory) {
    if (item.type != NumberType::ShortCode) codes.insert(item.country);
  }
  std::vector<json::Value> out;
  for (const auto& code : codes) {
    out.push_back(
        json::Value::object({{"localizedName", country_name(code)}, {"countryCode", code}}));
  }
  return out;
}

std::vector<json::Value> localities(const Inventory& inventory, const Wanted& wanted) {
  std::map<std::pair<std::string, std::string>, json::Value> places;
  for (const auto& item : inventory) {
    if (item.locality.empty() || !fits(item, wanted)) continue;
    places.try_emplace({item.locality, item.administrative_abbreviation}, locality_json(item));
  }
  std::vector<json::Value> out;
  for (auto& [name, place] : places) out.push_back(std::move(place));
  return out;
}

std::vector<json::Value> area_codes(const Inventory& inventory, const Wanted& wanted) {
  std::set<std::string> codes;
  for (const auto& item : inventory) {
    if (fits(item, wanted)) codes.insert(area_code_of(item.number));
  }
  std::vector<json::Value> out;
  for (const auto& code : codes) out.push_back(json::Value::object({{"areaCode", code}}));
  return out;
}

std::vector<json::Value> offerings(const Inventory& inventory, const Wanted& wanted) {
  using Key = std::tuple<NumberType, Assignment, Direction, Direction, double, std::string>;
  std::map<Key, json::Value> kinds;
  for (const auto& item : inventory) {
    if (!fits(item, wanted)) continue;
    const Key key{
        item.type,        item.assignment,   item.capabilities.calling, item.capabilities.sms,
        item.cost.amount, item.cost.currency};
    kinds.try_emplace(key, offering_json(item));
  }
  std::vector<json::Value> out;
  for (auto& [key, kind] : kinds) out.push_back(std::move(kind));
  return out;
}

bool is_sold_in(const Inventory& inventory, const std::string& country) {
  return std::ranges::any_of(inventory, [&](const InventoryNumber& item) {
    return item.type != NumberType::ShortCode && item.country == country;
  });
}

}  // namespace fanfare::communication::phone_numbers
