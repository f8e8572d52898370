#include "communication/phone_numbers/holdings.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "communication/phone_numbers/e164.h"
#include "communication/phone_numbers/number_json.h"

namespace fanfare::communication::phone_numbers {

namespace {

constexpr std::string_view kArea = "phone_numbers";

constexpr std::array kKinds{
    std::pair{OperationKind::Search, std::string_view("search")},
    std::pair{OperationKind::Purchase, std::string_view("purchase")},
    std::pair{OperationKind::Release, std::string_view("releasePhoneNumber")},
    std::pair{OperationKind::UpdateCapabilities, std::string_view("updatePhoneNumberCapabilities")},
    std::pair{OperationKind::ReservationPurchase, std::string_view("reservationPurchase")},
};

/// Reads members of a record of ours; ok() is false after the first that is missing or wrong.
class Reader {
 public:
  explicit Reader(const json::Value& object) : object_(object) {}

  std::string text(std::string_view name) {
    const auto* value = find(name);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    ok_ &= text != nullptr;
    return text == nullptr ? std::string() : *text;
  }
  base::TimePoint time(std::string_view name) {
    const auto parsed = base::parse_rfc3339(text(name));
    ok_ &= parsed.has_value();
    return parsed.value_or(base::TimePoint());
  }
  bool flag(std::string_view name) {
    const auto* value = find(name);
    const auto* flag = value == nullptr ? nullptr : value->if_bool();
    ok_ &= flag != nullptr;
    return flag != nullptr && *flag;
  }
  const json::Array& list(std::string_view name) {
    static const json::Array kNone;
    const auto* value = find(name);
    const auto* list = value == nullptr ? nullptr : value->if_array();
    ok_ &= list != nullptr;
    return list == nullptr ? kNone : *list;
  }
  const json::Value& tree(std::string_view name) {
    static const json::Value kNull;
    const auto* value = find(name);
    ok_ &= value != nullptr;
    return value == nullptr ? kNull : *value;
  }
  /// Takes over what was parsed elsewhere.
  template <class T>
  T have(std::optional<T> value) {
    ok_ &= value.has_value();
    return std::move(value).value_or(T());
  }
  bool ok() const { return ok_; }

 private:
  const json::Value* find(std::string_view name) const { return object_.find(name); }

  const json::Value& object_;
  bool ok_ = true;
};

std::optional<Cost> parse_cost(const json::Value& value) {
  Reader in(value);
  const auto amount = in.tree("amount").as_double();
  Cost cost{amount.value_or(0), in.text("currencyCode")};
  if (!in.ok() || !amount) return std::nullopt;
  return cost;
}

std::optional<OperationKind> parse_kind(std::string_view text) {
  for (const auto& [kind, name] : kKinds) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

std::string key_of(ResourceId resource, std::string_view kind, std::string_view id) {
  return area_prefix(resource, kArea) + std::string(kind) + "/" + std::string(id);
}

template <class T>
base::Result<std::map<std::string, T, std::less<>>> load_all(
    const view::Records& records, const std::string& prefix,
    std::optional<T> (*parse)(const json::Value&)) {
  std::map<std::string, T, std::less<>> out;
  bool readable = true;
  const auto scanned = records.scan(prefix, {}, [&](std::string_view, std::string_view value) {
    const auto tree = json::parse(value);
    auto item = tree ? parse(*tree) : std::nullopt;
    readable = item.has_value();
    if (readable) out.emplace(item->id, *std::move(item));
    return readable;
  });
  if (!scanned) return scanned.error();
  if (!readable) return base::Error{base::Errc::Corrupt, "a record of phone numbers", prefix};
  return out;
}

}  // namespace

std::string_view to_string(ReservationStatus status) {
  switch (status) {
    case ReservationStatus::Active:
      return "active";
    case ReservationStatus::Submitted:
      return "submitted";
    case ReservationStatus::Completed:
      return "completed";
    case ReservationStatus::Expired:
      return "expired";
  }
  return "";
}

std::string_view to_string(OperationKind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  return "";
}

std::string_view bare_id(const Operation& operation) {
  const std::string_view id = operation.id;
  return id.substr(id.find('_') + 1);
}

ReservationStatus Reservation::status(base::TimePoint now) const {
  if (completed) return ReservationStatus::Completed;
  return now < expires ? ReservationStatus::Active : ReservationStatus::Expired;
}

json::Value search_record(const Search& search) {
  auto numbers = json::Value::array();
  for (const auto& number : search.numbers) numbers.push(number);
  return json::Value::object({{"id", search.id},
                              {"country", search.country},
                              {"type", to_string(search.type)},
                              {"assignment", to_string(search.assignment)},
                              {"capabilities", capabilities_json(search.capabilities)},
                              {"cost", cost_json(search.cost)},
                              {"resell", search.reselling == Reselling::Allowed},
                              {"numbers", std::move(numbers)},
                              {"expires", base::format_rfc3339(search.expires)},
                              {"purchased", search.purchased}});
}

std::optional<Search> parse_search(const json::Value& value) {
  Reader in(value);
  Search out;
  out.id = in.text("id");
  out.country = in.text("country");
  out.type = in.have(parse_number_type(in.text("type")));
  out.assignment = in.have(parse_assignment(in.text("assignment")));
  out.capabilities = in.have(parse_capabilities(in.tree("capabilities")));
  out.cost = in.have(parse_cost(in.tree("cost")));
  out.reselling = in.flag("resell") ? Reselling::Allowed : Reselling::Forbidden;
  for (const auto& number : in.list("numbers")) {
    if (const auto* text = number.if_string()) out.numbers.push_back(*text);
  }
  out.expires = in.time("expires");
  out.purchased = in.flag("purchased");
  if (!in.ok()) return std::nullopt;
  return out;
}

json::Value reservation_record(const Reservation& reservation) {
  auto numbers = json::Value::array();
  for (const auto& [digits, reserved] : reservation.numbers) {
    numbers.push(json::Value::object({{"item", inventory_json(reserved.item)},
                                      {"errorCode", reserved.error_code},
                                      {"errorMessage", reserved.error_message}}));
  }
  return json::Value::object({{"id", reservation.id},
                              {"created", base::format_rfc3339(reservation.created)},
                              {"expires", base::format_rfc3339(reservation.expires)},
                              {"completed", reservation.completed},
                              {"numbers", std::move(numbers)}});
}

std::optional<Reservation> parse_reservation(const json::Value& value) {
  Reader in(value);
  Reservation out;
  out.id = in.text("id");
  out.created = in.time("created");
  out.expires = in.time("expires");
  out.completed = in.flag("completed");
  for (const auto& each : in.list("numbers")) {
    Reader number(each);
    ReservedNumber reserved;
    reserved.item = number.have(parse_inventory(number.tree("item")));
    reserved.error_code = number.text("errorCode");
    reserved.error_message = number.text("errorMessage");
    if (!number.ok()) return std::nullopt;
    auto digits = digits_of(reserved.item.number);
    out.numbers.emplace(std::move(digits), std::move(reserved));
  }
  if (!in.ok()) return std::nullopt;
  return out;
}

json::Value operation_record(const Operation& operation) {
  return json::Value::object({{"id", operation.id},
                              {"kind", to_string(operation.kind)},
                              {"created", base::format_rfc3339(operation.created)},
                              {"ends", base::format_rfc3339(operation.ends)},
                              {"location", operation.resource_location},
                              {"errorCode", operation.error_code},
                              {"errorMessage", operation.error_message}});
}

std::optional<Operation> parse_operation(const json::Value& value) {
  Reader in(value);
  Operation out;
  out.id = in.text("id");
  out.kind = in.have(parse_kind(in.text("kind")));
  out.created = in.time("created");
  out.ends = in.time("ends");
  out.resource_location = in.text("location");
  out.error_code = in.text("errorCode");
  out.error_message = in.text("errorMessage");
  if (!in.ok()) return std::nullopt;
  return out;
}

bool Holdings::held(std::string_view number, base::TimePoint now, std::string_view except) const {
  const auto in_search = [&](const auto& entry) {
    return entry.second.holds(now) &&
           std::ranges::find(entry.second.numbers, number) != entry.second.numbers.end();
  };
  const auto digits = digits_of(number);
  const auto in_reservation = [&](const auto& entry) {
    if (entry.first == except || !entry.second.holds(now)) return false;
    const auto found = entry.second.numbers.find(digits);
    return found != entry.second.numbers.end() && found->second.error_code.empty();
  };
  return std::ranges::any_of(searches, in_search) ||
         std::ranges::any_of(reservations, in_reservation);
}

std::string search_key(ResourceId resource, std::string_view id) {
  return key_of(resource, "search", id);
}
std::string reservation_key(ResourceId resource, std::string_view id) {
  return key_of(resource, "reservation", id);
}
std::string operation_key(ResourceId resource, std::string_view id) {
  return key_of(resource, "operation", id);
}

base::Result<Holdings> load_holdings(ResourceId resource, const view::Records& records) {
  auto searches = load_all(records, search_key(resource, ""), parse_search);
  if (!searches) return searches.error();
  auto reservations = load_all(records, reservation_key(resource, ""), parse_reservation);
  if (!reservations) return reservations.error();
  auto operations = load_all(records, operation_key(resource, ""), parse_operation);
  if (!operations) return operations.error();
  return Holdings{*std::move(searches), *std::move(reservations), *std::move(operations)};
}

}  // namespace fanfare::communication::phone_numbers
