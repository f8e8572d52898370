#include "communication/phone_numbers/phone_numbers_json.h"

#include <algorithm>
#include <utility>

#include "communication/phone_numbers/e164.h"
#include "communication/phone_numbers/number_json.h"

namespace fanfare::communication::phone_numbers {

namespace {

constexpr std::int64_t kQuantityMax = 2'147'483'647;
constexpr std::size_t kOperatorNumbersMax = 100;
constexpr int kOutOfStock = 1000;  // the sample's

base::Result<json::Value> parse_object(std::string_view body) {
  auto tree = json::parse(body);
  if (!tree) return base::invalid("The body is no JSON: " + tree.error().message);
  if (!tree->is_object()) return base::invalid("The body must be a JSON object.");
  return tree;
}

const json::Value* member(const json::Value& object, std::string_view name) {
  const auto* found = object.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

base::Result<std::optional<std::string>> text_or_none(const json::Value& object,
                                                      std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr) return std::optional<std::string>();
  const auto* text = value->if_string();
  if (text == nullptr) return base::invalid("must be a string", std::string(name));
  return std::optional<std::string>(*text);
}

/// A word of a list that `parse` knows; nullopt when absent.
template <class T>
base::Result<std::optional<T>> word_or_none(const json::Value& object, std::string_view name,
                                            std::optional<T> (*parse)(std::string_view)) {
  const auto text = text_or_none(object, name);
  if (!text) return text.error();
  if (!*text) return std::optional<T>();
  auto value = parse(**text);
  if (!value) return base::invalid("'" + **text + "' is unknown", std::string(name));
  return value;
}

template <class T>
base::Result<T> word(const json::Value& object, std::string_view name,
                     std::optional<T> (*parse)(std::string_view)) {
  const auto value = word_or_none(object, name, parse);
  if (!value) return value.error();
  if (!*value) return base::invalid("is required", std::string(name));
  return **value;
}

/// The types that the API knows.
std::optional<NumberType> parse_public_type(std::string_view text) {
  const auto type = parse_number_type(text);
  return type == NumberType::ShortCode ? std::nullopt : type;
}

base::Result<Capabilities> required_capabilities(const json::Value& body) {
  const auto* value = member(body, "capabilities");
  if (value == nullptr) return base::invalid("is required", "capabilities");
  if (!value->is_object()) return base::invalid("must be an object", "capabilities");
  const auto calling = word(*value, "calling", parse_direction);
  if (!calling) return calling.error();
  const auto sms = word(*value, "sms", parse_direction);
  if (!sms) return sms.error();
  return Capabilities{*calling, *sms};
}

base::Result<bool> flag(const json::Value& object, std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr) return false;
  if (!value->is_bool()) return base::invalid("must be true or false", std::string(name));
  return *value->if_bool();
}

base::Result<std::vector<std::string>> texts(const json::Value& object, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = member(object, name);
  if (value == nullptr) return out;
  const auto* list = value->if_array();
  if (list == nullptr) return base::invalid("must be an array", std::string(name));
  for (const auto& each : *list) {
    if (!each.is_string()) return base::invalid("must be strings", std::string(name));
    out.push_back(*each.if_string());
  }
  return out;
}

base::Result<ResellAgreement> agreement_in(const json::Value& body) {
  const auto agreed = flag(body, "agreeToNotResell");
  if (!agreed) return agreed.error();
  return *agreed ? ResellAgreement::Given : ResellAgreement::None;
}

json::Value error_json(std::string_view code, std::string_view message) {
  return json::Value::object({{"code", code}, {"message", message}});
}

std::string_view number_kind(RangeKind kind) {
  switch (kind) {
    case RangeKind::Unknown:
      return "unknown";
    case RangeKind::Geographic:
      return "geographic";
    case RangeKind::Mobile:
      return "mobile";
    case RangeKind::Other:
      return "other";
  }
  return "unknown";
}

}  // namespace

base::Result<SearchRequest> parse_search_request(std::string_view body, std::string country) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  SearchRequest out;
  out.country = std::move(country);
  const auto type = word(*tree, "phoneNumberType", parse_public_type);
  if (!type) return type.error();
  out.type = *type;
  const auto assignment = word(*tree, "assignmentType", parse_assignment);
  if (!assignment) return assignment.error();
  out.assignment = *assignment;
  const auto capabilities = required_capabilities(*tree);
  if (!capabilities) return capabilities.error();
  out.capabilities = *capabilities;
  auto area = text_or_none(*tree, "areaCode");
  if (!area) return area.error();
  out.area_code = (*std::move(area)).value_or("");
  if (const auto* quantity = member(*tree, "quantity")) {
    const auto count = quantity->as_int();
    if (!count || *count < 1 || *count > kQuantityMax) {
      return base::invalid("must be an integer of at least 1", "quantity");
    }
    out.quantity = static_cast<int>(*count);
  }
  return out;
}

base::Result<BrowseRequest> parse_browse_request(std::string_view body, std::string country) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  BrowseRequest out;
  out.country = std::move(country);
  const auto type = word(*tree, "phoneNumberType", parse_public_type);
  if (!type) return type.error();
  out.type = *type;
  const auto assignment = word_or_none(*tree, "assignmentType", parse_assignment);
  if (!assignment) return assignment.error();
  out.assignment = *assignment;
  if (const auto* capabilities = member(*tree, "capabilities")) {
    const auto wanted = parse_capabilities(*capabilities, out.capabilities);
    if (!wanted) return base::invalid("has an unknown value", "capabilities");
    out.capabilities = *wanted;
  }
  auto prefixes = texts(*tree, "phoneNumberPrefixes");
  if (!prefixes) return prefixes.error();
  out.prefixes = *std::move(prefixes);
  return out;
}

base::Result<PurchaseRequest> parse_purchase_request(std::string_view body) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  auto id = text_or_none(*tree, "searchId");
  if (!id) return id.error();
  if (!*id) return base::invalid("is required", "searchId");
  const auto agreement = agreement_in(*tree);
  if (!agreement) return agreement.error();
  return PurchaseRequest{**std::move(id), *agreement};
}

base::Result<ResellAgreement> parse_agreement(std::string_view body) {
  if (body.empty()) return ResellAgreement::None;
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  return agreement_in(*tree);
}

base::Result<CapabilitiesRequest> parse_capabilities_request(std::string_view body) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  const auto calling = word_or_none(*tree, "calling", parse_direction);
  if (!calling) return calling.error();
  const auto sms = word_or_none(*tree, "sms", parse_direction);
  if (!sms) return sms.error();
  return CapabilitiesRequest{*calling, *sms};
}

base::Result<ReservationChange> parse_reservation_change(std::string_view body) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  ReservationChange out;
  const auto* numbers = member(*tree, "phoneNumbers");
  if (numbers == nullptr) return out;
  const auto* members = numbers->if_object();
  if (members == nullptr) return base::invalid("must be an object", "phoneNumbers");
  for (const auto& [id, value] : *members) {
    const bool digits =
        !id.empty() && std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || !(value.is_null() || value.is_object())) {
      return base::invalid("must map the digits of a number to an object or null",
                           "phoneNumbers." + id);
    }
    out.emplace_back(id, value.is_object());
  }
  return out;
}

base::Result<OperatorRequest> parse_operator_request(std::string_view body) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  auto numbers = texts(*tree, "phoneNumbers");
  if (!numbers) return numbers.error();
  if (numbers->empty() || numbers->size() > kOperatorNumbersMax) {
    return base::invalid("must have 1 to 100 entries", "phoneNumbers");
  }
  for (const auto& number : *numbers) {
    if (!is_e164(number)) {
      return base::invalid("'" + number + "' is no number in E.164 form", "phoneNumbers");
    }
  }
  OperatorRequest out{*std::move(numbers), false};
  if (const auto* options = member(*tree, "options")) {
    const auto details = flag(*options, "includeAdditionalOperatorDetails");
    if (!details) return details.error();
    out.with_details = *details;
  }
  return out;
}

json::Value search_json(const Search& search, base::TimePoint now) {
  auto numbers = json::Value::array();
  for (const auto& number : search.numbers) numbers.push(number);
  auto out = json::Value::object(
      {{"searchId", search.id},
       {"phoneNumbers", std::move(numbers)},
       {"phoneNumberType", to_string(search.type)},
       {"assignmentType", to_string(search.assignment)},
       {"capabilities", capabilities_json(search.capabilities)},
       {"cost", cost_json(search.cost)},
       {"searchExpiresBy", base::format_rfc3339(search.expires)},
       {"isAgreementToNotResellRequired", search.reselling == Reselling::Forbidden}});
  if (search.numbers.empty()) {
    out.set("errorCode", kOutOfStock);
    out.set("error", "OutOfStock");
  } else if (!search.purchased && now >= search.expires) {
    out.set("error", "ReservationExpired");
  }
  return out;
}

json::Value operation_json(const Operation& operation, base::TimePoint now) {
  const bool ended = now >= operation.ends;
  const bool failed = ended && !operation.error_code.empty();
  auto out = json::Value::object({
      {"operationType", to_string(operation.kind)},
      {"status", !ended   ? "running"
                 : failed ? "failed"
                          : "succeeded"},
  });
  // A client fetches whatever stands here when the operation has ended.
  if (ended && !operation.resource_location.empty()) {
    out.set("resourceLocation", operation.resource_location);
  }
  out.set("createdDateTime", base::format_rfc3339(operation.created));
  if (failed) out.set("error", error_json(operation.error_code, operation.error_message));
  out.set("id", operation.id);
  out.set("lastActionDateTime", base::format_rfc3339(ended ? operation.ends : operation.created));
  return out;
}

json::Value available_json(const InventoryNumber& item, std::string_view status) {
  return json::Value::object(
      {{"id", digits_of(item.number)},
       {"countryCode", item.country},
       {"phoneNumber", item.number},
       {"capabilities", capabilities_json(item.capabilities)},
       {"phoneNumberType", to_string(item.type)},
       {"assignmentType", to_string(item.assignment)},
       {"cost", cost_json(item.cost)},
       {"status", status},
       {"isAgreementToNotResellRequired", item.reselling == Reselling::Forbidden}});
}

json::Value reservation_json(const Reservation& reservation, base::TimePoint now,
                             WithNumbers with_numbers) {
  const auto status = reservation.status(now);
  auto out = json::Value::object(
      {{"id", reservation.id}, {"expiresAt", base::format_rfc3339(reservation.expires)}});
  if (with_numbers == WithNumbers::Yes) {
    const std::string_view fine = status == ReservationStatus::Completed ? "purchased"
                                  : status == ReservationStatus::Expired ? "expired"
                                                                         : "reserved";
    auto numbers = json::Value::object();
    for (const auto& [digits, reserved] : reservation.numbers) {
      const bool failed = !reserved.error_code.empty();
      auto number = available_json(reserved.item, failed ? "error" : fine);
      if (failed) number.set("error", error_json(reserved.error_code, reserved.error_message));
      numbers.set(digits, std::move(number));
    }
    out.set("phoneNumbers", std::move(numbers));
  }
  out.set("status", to_string(status));
  return out;
}

json::Value operator_json(const std::string& number, bool with_details, bool ours) {
  auto out = json::Value::object({{"phoneNumber", number}});
  const auto facts = facts_of(number);
  if (!facts) return out;
  out.set("nationalFormat", facts->national_format);
  out.set("internationalFormat", facts->international_format);
  if (!with_details) return out;
  out.set("numberType", number_kind(facts->kind));
  out.set("isoCountryCode", facts->country);
  if (ours) out.set("operatorDetails", json::Value::object({{"name", "Fanfare"}}));
  return out;
}

}  // namespace fanfare::communication::phone_numbers
