#include "communication/phone_numbers/number_json.h"

#include <string>

#include "communication/phone_numbers/e164.h"

namespace fanfare::communication::phone_numbers {

namespace {

std::string text_of(const json::Value& object, std::string_view name) {
  const auto* member = object.find(name);
  const auto* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string() : *text;
}

std::optional<Direction> direction_in(const json::Value& object, std::string_view name,
                                      Direction otherwise) {
  const auto* member = object.find(name);
  if (member == nullptr || member->is_null()) return otherwise;
  const auto* text = member->if_string();
  return text == nullptr ? std::nullopt : parse_direction(*text);
}

}  // namespace

json::Value capabilities_json(const Capabilities& capabilities) {
  return json::Value::object(
      {{"calling", to_string(capabilities.calling)}, {"sms", to_string(capabilities.sms)}});
}

std::optional<Capabilities> parse_capabilities(const json::Value& value, const Capabilities& base) {
  if (!value.is_object()) return std::nullopt;
  const auto calling = direction_in(value, "calling", base.calling);
  const auto sms = direction_in(value, "sms", base.sms);
  if (!calling || !sms) return std::nullopt;
  return Capabilities{*calling, *sms};
}

json::Value cost_json(const Cost& cost) {
  return json::Value::object(
      {{"amount", cost.amount}, {"currencyCode", cost.currency}, {"billingFrequency", "monthly"}});
}

json::Value purchased_json(const OwnedNumber& number) {
  const auto& item = number.item;
  return json::Value::object({{"id", digits_of(item.number)},
                              {"phoneNumber", item.number},
                              {"countryCode", item.country},
                              {"phoneNumberType", to_string(item.type)},
                              {"capabilities", capabilities_json(item.capabilities)},
                              {"assignmentType", to_string(item.assignment)},
                              {"purchaseDate", base::format_rfc3339(number.purchased)},
                              {"cost", cost_json(item.cost)}});
}

json::Value inventory_json(const InventoryNumber& item) {
  return json::Value::object({{"number", item.number},
                              {"type", to_string(item.type)},
                              {"assignment", to_string(item.assignment)},
                              {"capabilities", capabilities_json(item.capabilities)},
                              {"cost", cost_json(item.cost)},
                              {"resell", item.reselling == Reselling::Allowed},
                              {"country", item.country},
                              {"locality", item.locality},
                              {"division", item.administrative_division},
                              {"divisionShort", item.administrative_abbreviation}});
}

std::optional<InventoryNumber> parse_inventory(const json::Value& value) {
  const auto type = parse_number_type(text_of(value, "type"));
  const auto assignment = parse_assignment(text_of(value, "assignment"));
  const auto* capabilities = value.find("capabilities");
  const auto* cost = value.find("cost");
  const auto* resell = value.find("resell");
  if (!type || !assignment || capabilities == nullptr || cost == nullptr) return std::nullopt;
  const auto can = parse_capabilities(*capabilities);
  const auto* amount = cost->find("amount");
  if (!can || amount == nullptr || !amount->as_double()) return std::nullopt;
  InventoryNumber item;
  item.number = text_of(value, "number");
  item.type = *type;
  item.assignment = *assignment;
  item.capabilities = *can;
  item.cost = {*amount->as_double(), text_of(*cost, "currencyCode")};
  if (resell != nullptr && resell->is_bool() && !*resell->if_bool()) {
    item.reselling = Reselling::Forbidden;
  }
  item.country = text_of(value, "country");
  item.locality = text_of(value, "locality");
  item.administrative_division = text_of(value, "division");
  item.administrative_abbreviation = text_of(value, "divisionShort");
  return item;
}

}  // namespace fanfare::communication::phone_numbers
