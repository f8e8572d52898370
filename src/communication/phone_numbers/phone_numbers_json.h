#pragma once
/// Bodies of the phone number operations, in and out.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "communication/phone_numbers/service.h"
#include "json/value.h"

namespace fanfare::communication::phone_numbers {

/// Errors of all: InvalidArgument; the target is the member.
base::Result<SearchRequest> parse_search_request(std::string_view body, std::string country);
base::Result<BrowseRequest> parse_browse_request(std::string_view body, std::string country);

struct PurchaseRequest {
  std::string search_id;
  ResellAgreement agreement = ResellAgreement::None;
};
base::Result<PurchaseRequest> parse_purchase_request(std::string_view body);
/// An empty body agrees to nothing.
base::Result<ResellAgreement> parse_agreement(std::string_view body);

struct CapabilitiesRequest {
  std::optional<Direction> calling;
  std::optional<Direction> sms;
};
base::Result<CapabilitiesRequest> parse_capabilities_request(std::string_view body);

base::Result<ReservationChange> parse_reservation_change(std::string_view body);

struct OperatorRequest {
  std::vector<std::string> numbers;
  bool with_details = false;
};
base::Result<OperatorRequest> parse_operator_request(std::string_view body);

json::Value search_json(const Search& search, base::TimePoint now);
json::Value operation_json(const Operation& operation, base::TimePoint now);
json::Value available_json(const InventoryNumber& item, std::string_view status);

enum class WithNumbers { No, Yes };
json::Value reservation_json(const Reservation& reservation, base::TimePoint now,
                             WithNumbers with_numbers);

/// What the plan says of a number; its operator, when that is this server.
json::Value operator_json(const std::string& number, bool with_details, bool ours);

}  // namespace fanfare::communication::phone_numbers
