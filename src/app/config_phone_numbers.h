#pragma once
/// The numbers of a communication resource, as `communication[].phone_numbers` has them.
#include <vector>

#include "app/config_reader.h"
#include "communication/phone_numbers/inventory.h"

namespace fanfare::app {

/// The items of `list`, which stands under `key`. Complains by itself.
std::vector<communication::phone_numbers::InventoryNumber> read_phone_numbers(
    const YamlNode& list, const std::string& key, const ConfigSource& source,
    const Complain& complain);

}  // namespace fanfare::app
