#include "grid/subscription.h"

#include <algorithm>

namespace fanfare::grid {

std::string WebHookDestination::endpoint_base_url() const {
  return endpoint_url.substr(0, endpoint_url.find_first_of("?#"));
}

std::string EventSubscription::arm_id() const {
  return topic_arm_id + "/providers/Microsoft.EventGrid/eventSubscriptions/" + name;
}

bool valid_subscription_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-';
         });
}

DeliverySchema default_delivery_schema(event::Schema input) {
  return input == event::Schema::CloudEvents ? DeliverySchema::CloudEventSchemaV1_0
                                             : DeliverySchema::EventGridSchema;
}

bool translation_allowed(event::Schema input, DeliverySchema delivery) {
  switch (input) {
    case event::Schema::EventGrid:
      return delivery != DeliverySchema::CustomInputSchema;
    case event::Schema::CloudEvents:
      return delivery == DeliverySchema::CloudEventSchemaV1_0;
    case event::Schema::Custom:
      return true;
  }
  return false;
}

}  // namespace fanfare::grid
