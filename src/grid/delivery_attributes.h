#pragma once
/// deliveryAttributeMappings: the headers that a subscription's deliveries carry, their JSON and
/// rules. Source: custom delivery properties page: at most 10, values up to 4,096 bytes, no name
/// with `aeg-`.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grid/subscription.h"
#include "json/value.h"

namespace fanfare::grid {

enum class Secrets { Shown, Hidden };

/// What stands in the place of a secret value.
inline constexpr std::string_view kHiddenValue = "Hidden";

base::Result<std::vector<DeliveryAttribute>> parse_delivery_attributes(const json::Array& items,
                                                                       const std::string& path);
json::Value to_json(const std::vector<DeliveryAttribute>& attributes, Secrets secrets);

/// The rules that hold when attributes are given; what is stored already is not asked again.
/// Beyond Azure's: names are header names, each once, and none that frames or routes the request.
base::Result<void> check_delivery_attributes(const std::vector<DeliveryAttribute>& attributes,
                                             const std::string& path);

/// A secret that was sent back as `Hidden` keeps the value that `before` has under that name.
void keep_hidden_values(std::vector<DeliveryAttribute>& attributes,
                        const std::vector<DeliveryAttribute>& before);

}  // namespace fanfare::grid
