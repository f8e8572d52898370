#pragma once
/// Numbers as JSON: in the API's answers, and in the store.
#include <optional>

#include "communication/phone_numbers/directory.h"
#include "json/value.h"

namespace fanfare::communication::phone_numbers {

json::Value capabilities_json(const Capabilities& capabilities);
/// Members that are absent keep what `base` has. nullopt: a word that is none.
std::optional<Capabilities> parse_capabilities(const json::Value& value,
                                               const Capabilities& base = {});
json::Value cost_json(const Cost& cost);

/// PurchasedPhoneNumber of the API.
json::Value purchased_json(const OwnedNumber& number);

/// The stored form of a declared number; all of its members.
json::Value inventory_json(const InventoryNumber& item);
std::optional<InventoryNumber> parse_inventory(const json::Value& value);

}  // namespace fanfare::communication::phone_numbers
