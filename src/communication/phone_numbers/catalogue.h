#pragma once
/// What the inventory offers, summed up: countries, places, area codes, prices. Pure. Numbers that
/// are sold count too: what a country offers does not change with its stock.
#include <optional>
#include <string>
#include <vector>

#include "communication/phone_numbers/inventory.h"
#include "json/value.h"

namespace fanfare::communication::phone_numbers {

struct Wanted {
  std::string country;  ///< upper case
  std::optional<NumberType> type;
  std::optional<Assignment> assignment;
  std::optional<std::string> locality;  ///< ignoring case
  std::optional<std::string> division;  ///< its short name, ignoring case
};

using Inventory = std::vector<InventoryNumber>;

std::vector<json::Value> countries(const Inventory& inventory);  ///< by code
std::vector<json::Value> localities(const Inventory& inventory, const Wanted& wanted);
std::vector<json::Value> area_codes(const Inventory& inventory, const Wanted& wanted);
std::vector<json::Value> offerings(const Inventory& inventory, const Wanted& wanted);

/// Whether anything is on sale in that country at all.
bool is_sold_in(const Inventory& inventory, const std::string& country);

}  // namespace fanfare::communication::phone_numbers
