#include "app/config_phone_numbers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "app/config_values.h"
#include "communication/phone_numbers/e164.h"

namespace fanfare::app {

namespace {

using namespace communication::phone_numbers;

const std::vector<std::string> kNames = {
    "number",  "type",     "assignment", "calling",        "sms",   "cost",  "currency",
    "country", "locality", "division",   "division_short", "owned", "resell"};

bool is_number(std::string_view text) {
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  return is_e164(text) || (digits && text.size() >= 3 && text.size() <= 8);
}
bool is_type(std::string_view text) { return parse_number_type(text).has_value(); }
bool is_assignment(std::string_view text) { return parse_assignment(text).has_value(); }
bool is_direction(std::string_view text) { return parse_direction(text).has_value(); }
bool is_any(std::string_view) { return true; }
bool is_switch(std::string_view text) {
  return text == "on" || text == "off" || text == "true" || text == "false";
}
bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}
bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}
std::optional<double> cost_in(std::string_view text) {
  YamlNode node;
  node.kind = YamlNode::Kind::Scalar;
  node.text = text;
  return read_number(node, 0, 1'000'000);
}
bool is_cost(std::string_view text) { return cost_in(text).has_value(); }

bool is_on(const std::optional<std::string>& text) { return text == "on" || text == "true"; }

void read_capabilities(const DeclaredReader& reader, InventoryNumber& out) {
  constexpr std::string_view kRule = "none, inbound, outbound or inbound+outbound";
  if (const auto word = reader.text("calling", kRule, is_direction)) {
    out.capabilities.calling = *parse_direction(*word);
  }
  if (const auto word = reader.text("sms", kRule, is_direction)) {
    out.capabilities.sms = *parse_direction(*word);
  }
}

void read_place(const DeclaredReader& reader, InventoryNumber& out) {
  constexpr std::string_view kText = "a text";
  out.country = reader.text("country", "two letters, such as US", is_country).value_or("");
  out.locality = reader.text("locality", kText, is_any).value_or("");
  out.administrative_division = reader.text("division", kText, is_any).value_or("");
  out.administrative_abbreviation = reader.text("division_short", kText, is_any).value_or("");
}

void read_price(const DeclaredReader& reader, InventoryNumber& out) {
  if (const auto cost = reader.text("cost", "a number from 0 to 1000000", is_cost)) {
    out.cost.amount = *cost_in(*cost);
  }
  out.cost.currency =
      reader.text("currency", "three letters, such as USD", is_currency).value_or("USD");
  const auto resell = reader.text("resell", "on or off", is_switch);
  if (resell && !is_on(resell)) out.reselling = Reselling::Forbidden;
}

InventoryNumber read_number_of(const DeclaredReader& reader) {
  InventoryNumber out;
  if (!reader.is_group(kNames)) return out;
  const auto number = reader.text(
      "number", "a number in E.164 form and quotes, such as \"+14255550100\", or a short code",
      is_number);
  if (!number) {
    reader.complain("number", "a number is required");
    return out;
  }
  out.number = *number;
  if (!out.number.starts_with('+')) out.type = NumberType::ShortCode;
  if (const auto type = reader.text("type", "geographic, tollFree, mobile or shortCode", is_type)) {
    out.type = *parse_number_type(*type);
  }
  if (const auto word = reader.text("assignment", "person or application", is_assignment)) {
    out.assignment = *parse_assignment(*word);
  }
  if (is_on(reader.text("owned", "on or off", is_switch))) out.stock = Stock::Owned;
  read_capabilities(reader, out);
  read_place(reader, out);
  read_price(reader, out);
  return out;
}

}  // namespace

std::vector<InventoryNumber> read_phone_numbers(const YamlNode& list, const std::string& key,
                                                const ConfigSource& source,
                                                const Complain& complain) {
  std::vector<InventoryNumber> out;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const DeclaredReader reader(list.items[i], indexed(key, i), source, complain);
    auto number = read_number_of(reader);
    const auto same = [&](const InventoryNumber& other) { return other.number == number.number; };
    if (!number.number.empty() && std::ranges::any_of(out, same)) {
      reader.complain("number", "\"" + number.number + "\" is declared twice");
      continue;
    }
    if (!number.number.empty()) out.push_back(std::move(number));
  }
  return out;
}

}  // namespace fanfare::app
