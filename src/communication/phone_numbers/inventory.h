#pragma once
/// The numbers that a resource has or could buy, as the configuration declares them: the simulated
/// stock of a telephone company.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fanfare::communication::phone_numbers {

/// Short codes are senders of SMS; the phone number API does not show them.
enum class NumberType { Geographic, TollFree, Mobile, ShortCode };
enum class Assignment { Person, Application };

/// What a number can do one way and the other; a set of bits.
enum class Direction : unsigned char { None = 0, Inbound = 1, Outbound = 2, Both = 3 };
constexpr bool covers(Direction has, Direction wants) {
  return (static_cast<unsigned>(has) & static_cast<unsigned>(wants)) ==
         static_cast<unsigned>(wants);
}

/// The words of the API: `geographic`, `tollFree`, `mobile`, `shortCode`; `person`, `application`;
/// `none`, `inbound`, `outbound`, `inbound+outbound`. Exact case.
std::string_view to_string(NumberType type);
std::string_view to_string(Assignment assignment);
std::string_view to_string(Direction direction);
std::optional<NumberType> parse_number_type(std::string_view text);
std::optional<Assignment> parse_assignment(std::string_view text);
std::optional<Direction> parse_direction(std::string_view text);

struct Capabilities {
  Direction calling = Direction::None;
  Direction sms = Direction::Both;
  bool operator==(const Capabilities&) const = default;
};
constexpr bool covers(const Capabilities& has, const Capabilities& wants) {
  return covers(has.calling, wants.calling) && covers(has.sms, wants.sms);
}

struct Cost {
  double amount = 1.0;  ///< a month
  std::string currency = "USD";
  bool operator==(const Cost&) const = default;
};

enum class Stock { Owned, Available };
/// Whether a buyer must agree not to resell it.
enum class Reselling { Allowed, Forbidden };

struct InventoryNumber {
  std::string number;  ///< E.164, or 3 to 8 digits of a short code
  NumberType type = NumberType::Geographic;
  Assignment assignment = Assignment::Application;
  Capabilities capabilities;
  Cost cost;
  Stock stock = Stock::Available;
  Reselling reselling = Reselling::Allowed;
  std::string country;   ///< ISO 3166-1 alpha-2; filled in from the number when empty
  std::string locality;  ///< `Bellevue`; may be empty
  std::string administrative_division;      ///< `Washington`
  std::string administrative_abbreviation;  ///< `WA`
};

/// With countries filled in. Errors: InvalidArgument (a number that is none, or twice); the target
/// is the number.
base::Result<std::vector<InventoryNumber>> checked(std::vector<InventoryNumber> inventory);

/// What a resource has when its configuration names no numbers, so that the first minute works:
/// +15555550100 and +14255550100 are owned, some of each country and kind can be bought. All stand
/// in ranges that are set aside for fiction.
std::vector<InventoryNumber> demo_inventory();

/// The digits that an area code search compares with: the first three of the national number.
std::string area_code_of(std::string_view number);

/// `United States` for `US`; the code itself for a country without numbers on sale.
std::string_view country_name(std::string_view code);

}  // namespace fanfare::communication::phone_numbers
