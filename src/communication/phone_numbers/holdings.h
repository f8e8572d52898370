#pragma once
/// What is held or under way besides the numbers themselves: searches, reservations, operations.
/// Their records, as JSON, below `comm/<resource>/phone_numbers/`:
///   search/<id>   reservation/<id>   operation/<id>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "communication/phone_numbers/inventory.h"
#include "communication/resource.h"
#include "json/value.h"
#include "view/records.h"

namespace fanfare::communication::phone_numbers {

/// Numbers that were found for a buyer, and are held for him until it expires.
struct Search {
  std::string id;  ///< a GUID
  std::string country;
  NumberType type = NumberType::Geographic;
  Assignment assignment = Assignment::Application;
  Capabilities capabilities;
  Cost cost;
  Reselling reselling = Reselling::Allowed;
  std::vector<std::string> numbers;
  base::TimePoint expires{};  ///< by Clock::wall()
  bool purchased = false;

  bool holds(base::TimePoint now) const { return !purchased && now < expires; }
};

enum class ReservationStatus { Active, Submitted, Completed, Expired };
std::string_view to_string(ReservationStatus status);

struct ReservedNumber {
  InventoryNumber item;
  std::string error_code;  ///< why it is not held, or was not bought; empty: it is
  std::string error_message;
};

struct Reservation {
  std::string id;  ///< a GUID, the client's
  base::TimePoint created{};
  base::TimePoint expires{};
  bool completed = false;
  std::map<std::string, ReservedNumber> numbers;  ///< by digits

  ReservationStatus status(base::TimePoint now) const;
  bool holds(base::TimePoint now) const { return status(now) == ReservationStatus::Active; }
};

enum class OperationKind { Search, Purchase, Release, UpdateCapabilities, ReservationPurchase };
/// `search`, `purchase`, `releasePhoneNumber`, `updatePhoneNumberCapabilities`,
/// `reservationPurchase`
std::string_view to_string(OperationKind kind);

/// A long-running operation: decided when it is asked for, reported as running until `ends`.
struct Operation {
  std::string id;  ///< `search_<GUID>`
  OperationKind kind = OperationKind::Search;
  base::TimePoint created{};
  base::TimePoint ends{};
  std::string resource_location;  ///< of the result; empty: there is none
  std::string error_code;         ///< empty: it succeeded
  std::string error_message;
};

/// The part behind the underscore: what `search-id`, `purchase-id` … are.
std::string_view bare_id(const Operation& operation);

json::Value search_record(const Search& search);
std::optional<Search> parse_search(const json::Value& value);
json::Value reservation_record(const Reservation& reservation);
std::optional<Reservation> parse_reservation(const json::Value& value);
json::Value operation_record(const Operation& operation);
std::optional<Operation> parse_operation(const json::Value& value);

/// All of one resource.
struct Holdings {
  std::map<std::string, Search, std::less<>> searches;
  std::map<std::string, Reservation, std::less<>> reservations;
  std::map<std::string, Operation, std::less<>> operations;

  /// Whether somebody holds the number (E.164), other than reservation `except`.
  bool held(std::string_view number, base::TimePoint now, std::string_view except = {}) const;
};

std::string search_key(ResourceId resource, std::string_view id);
std::string reservation_key(ResourceId resource, std::string_view id);
std::string operation_key(ResourceId resource, std::string_view id);

/// Errors: as Records; Corrupt.
base::Result<Holdings> load_holdings(ResourceId resource, const view::Records& records);

}  // namespace fanfare::communication::phone_numbers
