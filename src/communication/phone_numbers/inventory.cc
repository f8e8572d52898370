#include "communication/phone_numbers/inventory.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <utility>

#include "communication/phone_numbers/e164.h"

namespace fanfare::communication::phone_numbers {

namespace {

template <class E>
using Names = std::pair<E, std::string_view>;

constexpr std::array kTypes{
    Names<NumberType>{NumberType::Geographic, "geographic"},
    Names<NumberType>{NumberType::TollFree, "tollFree"},
    Names<NumberType>{NumberType::Mobile, "mobile"},
    Names<NumberType>{NumberType::ShortCode, "shortCode"},
};
constexpr std::array kAssignments{
    Names<Assignment>{Assignment::Person, "person"},
    Names<Assignment>{Assignment::Application, "application"},
};
constexpr std::array kDirections{
    Names<Direction>{Direction::None, "none"},
    Names<Direction>{Direction::Inbound, "inbound"},
    Names<Direction>{Direction::Outbound, "outbound"},
    Names<Direction>{Direction::Both, "inbound+outbound"},
};

template <class Table, class E>
std::string_view name_in(const Table& table, E value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "";
}

template <class E, class Table>
std::optional<E> value_in(const Table& table, std::string_view text) {
  for (const auto& [value, name] : table) {
    if (name == text) return value;
  }
  return std::nullopt;
}

bool is_short_code(std::string_view text) {
  return text.size() >= 3 && text.size() <= 8 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Countries where numbers are sold, and their English names.
constexpr std::array kCountries{
    std::pair{"AR", "Argentina"},     std::pair{"AT", "Austria"},
    std::pair{"AU", "Australia"},     std::pair{"BE", "Belgium"},
    std::pair{"BR", "Brazil"},        std::pair{"CA", "Canada"},
    std::pair{"CH", "Switzerland"},   std::pair{"CL", "Chile"},
    std::pair{"CN", "China"},         std::pair{"CO", "Colombia"},
    std::pair{"DE", "Germany"},       std::pair{"DK", "Denmark"},
    std::pair{"ES", "Spain"},         std::pair{"FI", "Finland"},
    std::pair{"FR", "France"},        std::pair{"GB", "United Kingdom"},
    std::pair{"HK", "Hong Kong SAR"}, std::pair{"ID", "Indonesia"},
    std::pair{"IE", "Ireland"},       std::pair{"IL", "Israel"},
    std::pair{"IN", "India"},         std::pair{"IT", "Italy"},
    std::pair{"JP", "Japan"},         std::pair{"KR", "Korea"},
    std::pair{"LU", "Luxembourg"},    std::pair{"MX", "Mexico"},
    std::pair{"MY", "Malaysia"},      std::pair{"NL", "Netherlands"},
    std::pair{"NO", "Norway"},        std::pair{"NZ", "New Zealand"},
    std::pair{"PH", "Philippines"},   std::pair{"PL", "Poland"},
    std::pair{"PR", "Puerto Rico"},   std::pair{"PT", "Portugal"},
    std::pair{"SA", "Saudi Arabia"},  std::pair{"SE", "Sweden"},
    std::pair{"SG", "Singapore"},     std::pair{"SK", "Slovakia"},
    std::pair{"TH", "Thailand"},      std::pair{"TR", "T\u00fcrkiye"},
    std::pair{"TW", "Taiwan"},        std::pair{"US", "United States"},
    std::pair{"VN", "Vietnam"},       std::pair{"ZA", "South Africa"},
};

/// A run of numbers of one kind on sale.
struct Range {
  const char* first;  ///< all but the last two digits
  int from;
  int count;
  NumberType type;
  Capabilities capabilities;
  double cost;
  const char* country;
  const char* locality;
  const char* division;
  const char* abbreviation;
};

constexpr Capabilities kSmsAndCalls{Direction::Both, Direction::Both};
constexpr Capabilities kSmsOnly{Direction::None, Direction::Both};
constexpr Capabilities kCallsOnly{Direction::Both, Direction::None};

constexpr std::array kDemo{
    Range{"+142555501", 10, 20, NumberType::Geographic, kSmsAndCalls, 1.0, "US", "Bellevue",
          "Washington", "WA"},
    Range{"+121255501", 10, 20, NumberType::Geographic, kSmsAndCalls, 1.0, "US", "New York",
          "New York", "NY"},
    Range{"+180055501", 0, 40, NumberType::TollFree, kSmsAndCalls, 2.0, "US", "", "", ""},
    Range{"+183355501", 0, 10, NumberType::TollFree, kSmsOnly, 2.0, "US", "", "", ""},
    Range{"+160455501", 0, 20, NumberType::Geographic, kSmsAndCalls, 1.0, "CA", "Vancouver",
          "British Columbia", "BC"},
    Range{"+141655501", 0, 20, NumberType::Geographic, kSmsAndCalls, 1.0, "CA", "Toronto",
          "Ontario", "ON"},
    Range{"+4420794600", 0, 20, NumberType::Geographic, kCallsOnly, 1.2, "GB", "London", "England",
          "ENG"},
    Range{"+4477009000", 0, 20, NumberType::Mobile, kSmsOnly, 3.0, "GB", "", "", ""},
};

InventoryNumber number_of(const Range& range, int index) {
  std::array<char, 8> tail{};
  std::snprintf(tail.data(), tail.size(), "%02d", range.from + index);
  InventoryNumber out;
  out.number = std::string(range.first) + tail.data();
  out.type = range.type;
  out.capabilities = range.capabilities;
  out.cost.amount = range.cost;
  out.country = range.country;
  out.locality = range.locality;
  out.administrative_division = range.division;
  out.administrative_abbreviation = range.abbreviation;
  return out;
}

InventoryNumber owned(std::string number) {
  InventoryNumber out;
  out.number = std::move(number);
  out.capabilities = kSmsAndCalls;
  out.stock = Stock::Owned;
  out.country = "US";
  return out;
}

}  // namespace

std::string_view to_string(NumberType type) { return name_in(kTypes, type); }
std::string_view to_string(Assignment assignment) { return name_in(kAssignments, assignment); }
std::string_view to_string(Direction direction) { return name_in(kDirections, direction); }
std::optional<NumberType> parse_number_type(std::string_view text) {
  return value_in<NumberType>(kTypes, text);
}
std::optional<Assignment> parse_assignment(std::string_view text) {
  return value_in<Assignment>(kAssignments, text);
}
std::optional<Direction> parse_direction(std::string_view text) {
  return value_in<Direction>(kDirections, text);
}

base::Result<std::vector<InventoryNumber>> checked(std::vector<InventoryNumber> inventory) {
  std::set<std::string> seen;
  for (auto& item : inventory) {
    const auto facts = facts_of(item.number);
    if (item.type == NumberType::ShortCode) {
      if (!is_short_code(item.number)) {
        return base::invalid("a short code has 3 to 8 digits", item.number);
      }
    } else if (!facts) {
      return base::invalid("not a number in E.164 form, such as +14255550100", item.number);
    }
    if (item.country.empty() && facts) item.country = facts->country;
    if (!seen.insert(item.number).second) return base::invalid("declared twice", item.number);
  }
  return inventory;
}

std::vector<InventoryNumber> demo_inventory() {
  std::vector<InventoryNumber> out{owned("+15555550100"), owned("+14255550100")};
  for (const auto& range : kDemo) {
    for (int i = 0; i < range.count; ++i) out.push_back(number_of(range, i));
  }
  return out;
}

std::string area_code_of(std::string_view number) {
  const auto facts = facts_of(number);
  return facts ? facts->national.substr(0, 3) : std::string();
}

std::string_view country_name(std::string_view code) {
  for (const auto& [known, name] : kCountries) {
    if (known == code) return name;
  }
  return code;
}

}  // namespace fanfare::communication::phone_numbers
