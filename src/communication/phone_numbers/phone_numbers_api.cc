#include "communication/phone_numbers/phone_numbers_api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "communication/api_errors.h"
#include "communication/phone_numbers/catalogue.h"
#include "communication/phone_numbers/e164.h"
#include "communication/phone_numbers/number_json.h"
#include "communication/phone_numbers/paging.h"
#include "communication/phone_numbers/phone_numbers_json.h"

namespace fanfare::communication::phone_numbers {

namespace {

constexpr std::array<std::string_view, 3> kVersions = {"2021-03-07", "2022-12-01", "2025-06-01"};
constexpr auto kNewest = std::span(kVersions).subspan(2);

using Answer = base::Async<http::Response>;
using Action = Answer (*)(PhoneNumbers&, ResourcePtr, http::Request);

struct Row {
  http::Method method;
  const char* pattern;
  const char* permission;
  std::span<const std::string_view> versions;
  Action action;
};

http::Response ok(const json::Value& body) { return http::Response::json(200, json::write(body)); }

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

QueryLookup query_of(const http::Request& request) {
  return [&request](std::string_view name) { return query_value(request, name); };
}

/// The path and api-version of this request, for the link to its next page; and further values of
/// its query that the next page needs too.
std::string link_of(const http::Request& request, std::span<const std::string_view> kept = {}) {
  std::string out(request.path());
  out += "?api-version=" + query_value(request, "api-version").value_or("");
  for (std::string_view rest = request.query(); !rest.empty();) {
    const auto end = rest.find('&');
    const auto item = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto name = item.substr(0, item.find('='));
    if (std::ranges::find(kept, name) != kept.end()) out.append("&").append(item);
  }
  return out;
}

http::Response paged(const http::Request& request, std::string_view name,
                     std::vector<json::Value> all, std::string_view size_name,
                     std::span<const std::string_view> kept = {}) {
  const auto page = parse_page(query_of(request), size_name);
  if (!page) return api_error(page.error());
  return ok(page_json(name, std::move(all), *page, link_of(request, kept), size_name));
}

/// 202 with the headers that pollers follow; all locations are relative.
http::Response started_answer(const Operation& operation, std::string_view id_header,
                              std::string_view location, const json::Value& body) {
  auto response =
      body.is_null() ? http::Response::empty(202) : http::Response::json(202, json::write(body));
  response.headers.set("Operation-Location", "/phoneNumbers/operations/" + operation.id);
  response.headers.set("operation-id", operation.id);
  response.headers.set(id_header, bare_id(operation));
  if (!location.empty()) response.headers.set("Location", location);
  return response;
}

http::Response no_such(std::string_view what, std::string_view id) {
  return api_error(404, "NotFound",
                   std::string(what) + " '" + std::string(id) + "' was not found.");
}

// --- numbers that are owned
// -----------------------------------------------------------------------

Answer list(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  std::vector<json::Value> all;
  for (const auto& number : numbers.directory().owned(resource->id)) {
    if (number.item.type != NumberType::ShortCode) all.push_back(purchased_json(number));
  }
  co_return paged(request, "phoneNumbers", std::move(all), "top");
}

Answer get(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  const std::string number(request.parameter("number"));
  const auto owned = numbers.directory().find_owned(resource->id, number);
  if (!owned || owned->item.type == NumberType::ShortCode) co_return no_such("The number", number);
  co_return ok(purchased_json(*owned));
}

Answer release(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  std::string number(request.parameter("number"));
  const auto started = co_await numbers.release(std::move(resource), std::move(number));
  if (!started) co_return api_error(started.error());
  co_return started_answer(started->operation, "release-id", "", {});
}

Answer update(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  const auto wanted = parse_capabilities_request(request.body.view());
  if (!wanted) co_return api_error(wanted.error());
  std::string number(request.parameter("number"));
  const auto started = co_await numbers.update_capabilities(std::move(resource), std::move(number),
                                                            wanted->calling, wanted->sms);
  if (!started) co_return api_error(started.error());
  co_return started_answer(started->operation, "capabilities-id",
                           started->operation.resource_location, purchased_json(*started->number));
}

// --- operations
// -----------------------------------------------------------------------------------

Answer get_operation(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  const auto id = request.parameter("id");
  const auto operation = numbers.find_operation(resource->id, id);
  if (!operation) co_return no_such("The operation", id);
  auto response = ok(operation_json(*operation, numbers.now()));
  const auto& location = operation->resource_location;
  if (!location.empty() && numbers.now() >= operation->ends) {
    response.headers.set("Location", location);
  }
  co_return response;
}

Answer delete_operation(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  std::string id(request.parameter("id"));
  const auto deleted = co_await numbers.delete_operation(std::move(resource), std::move(id));
  if (!deleted) co_return api_error(deleted.error());
  co_return http::Response::empty(204);
}

// --- what is on sale
// ------------------------------------------------------------------------------

base::Result<Wanted> wanted_in(const http::Request& request) {
  Wanted out;
  out.country = upper(request.parameter("country"));
  if (const auto type = query_value(request, "phoneNumberType")) {
    out.type = parse_number_type(*type);
    if (!out.type) return base::invalid("'" + *type + "' is unknown", "phoneNumberType");
  }
  if (const auto assignment = query_value(request, "assignmentType")) {
    out.assignment = parse_assignment(*assignment);
    if (!out.assignment) return base::invalid("'" + *assignment + "' is unknown", "assignmentType");
  }
  out.locality = query_value(request, "locality");
  out.division = query_value(request, "administrativeDivision");
  return out;
}

constexpr std::array<std::string_view, 4> kFilters = {"phoneNumberType", "assignmentType",
                                                      "locality", "administrativeDivision"};

/// One of the lists of a country.
http::Response offered(PhoneNumbers& numbers, const Resource& resource,
                       const http::Request& request, std::string_view name,
                       std::vector<json::Value> (*list_of)(const Inventory&, const Wanted&)) {
  const auto wanted = wanted_in(request);
  if (!wanted) return api_error(wanted.error());
  const auto inventory = numbers.directory().inventory(resource.id);
  if (!is_sold_in(inventory, wanted->country)) return no_such("The country", wanted->country);
  return paged(request, name, list_of(inventory, *wanted), "maxPageSize", kFilters);
}

Answer list_countries(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  co_return paged(request, "countries", countries(numbers.directory().inventory(resource->id)),
                  "maxPageSize");
}

Answer list_localities(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  co_return offered(numbers, *resource, request, "phoneNumberLocalities", localities);
}

Answer list_area_codes(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  if (!query_value(request, "phoneNumberType")) {
    co_return api_error(base::invalid("is required", "phoneNumberType"));
  }
  co_return offered(numbers, *resource, request, "areaCodes", area_codes);
}

Answer list_offerings(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  co_return offered(numbers, *resource, request, "phoneNumberOfferings", offerings);
}

Answer search(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  auto parsed = parse_search_request(request.body.view(), upper(request.parameter("country")));
  if (!parsed) co_return api_error(parsed.error());
  auto wanted = *std::move(parsed);
  const auto started = co_await numbers.search(std::move(resource), std::move(wanted));
  if (!started) co_return api_error(started.error());
  const auto location =
      "/availablePhoneNumbers/searchResults/" + std::string(bare_id(started->operation));
  co_return started_answer(started->operation, "search-id", location,
                           search_json(*started->search, numbers.now()));
}

Answer get_search(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  const auto id = request.parameter("id");
  const auto found = numbers.find_search(resource->id, id);
  if (!found) co_return no_such("The search", id);
  co_return ok(search_json(*found, numbers.now()));
}

Answer purchase(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  auto parsed = parse_purchase_request(request.body.view());
  if (!parsed) co_return api_error(parsed.error());
  auto wanted = *std::move(parsed);
  const auto started =
      co_await numbers.purchase(std::move(resource), std::move(wanted.search_id), wanted.agreement);
  if (!started) co_return api_error(started.error());
  co_return started_answer(started->operation, "purchase-id", "", {});
}

Answer browse(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  const auto wanted =
      parse_browse_request(request.body.view(), upper(request.parameter("country")));
  if (!wanted) co_return api_error(wanted.error());
  auto list_of = json::Value::array();
  for (const auto& item : numbers.browse(resource->id, *wanted)) {
    list_of.push(available_json(item, "available"));
  }
  co_return ok(json::Value::object({{"phoneNumbers", std::move(list_of)}}));
}

// --- reservations
// ---------------------------------------------------------------------------------

Answer list_reservations(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  std::vector<json::Value> all;
  for (const auto& reservation : numbers.reservations(resource->id)) {
    all.push_back(reservation_json(reservation, numbers.now(), WithNumbers::No));
  }
  co_return paged(request, "reservations", std::move(all), "maxPageSize");
}

Answer get_reservation(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  const auto id = request.parameter("id");
  const auto found = numbers.find_reservation(resource->id, base::ascii_lower(id));
  if (!found) co_return no_such("The reservation", id);
  co_return ok(reservation_json(*found, numbers.now(), WithNumbers::Yes));
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = std::string_view("0123456789abcdef").contains(text[i]);
    if (hyphen ? text[i] != '-' : !hex) return false;
  }
  return true;
}

Answer change_reservation(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  auto id = base::ascii_lower(request.parameter("id"));
  if (!is_guid(id)) co_return api_error(base::invalid("must be a GUID", "reservationId"));
  auto parsed = parse_reservation_change(request.body.view());
  if (!parsed) co_return api_error(parsed.error());
  auto wanted = *std::move(parsed);
  const auto changed =
      co_await numbers.change_reservation(std::move(resource), std::move(id), std::move(wanted));
  if (!changed) co_return api_error(changed.error());
  const int status = changed->partly ? 207 : changed->created ? 201 : 200;
  co_return http::Response::json(
      status, json::write(reservation_json(changed->reservation, numbers.now(), WithNumbers::Yes)));
}

Answer delete_reservation(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  auto id = base::ascii_lower(request.parameter("id"));
  const auto deleted = co_await numbers.delete_reservation(std::move(resource), std::move(id));
  if (!deleted) co_return api_error(deleted.error());
  co_return http::Response::empty(204);
}

Answer purchase_reservation(PhoneNumbers& numbers, ResourcePtr resource, http::Request request) {
  const auto agreement = parse_agreement(request.body.view());
  if (!agreement) co_return api_error(agreement.error());
  auto id = base::ascii_lower(request.parameter("id"));
  const auto started =
      co_await numbers.purchase_reservation(std::move(resource), std::move(id), *agreement);
  if (!started) co_return api_error(started.error());
  co_return started_answer(started->operation, "reservation-purchase-id", "", {});
}

Answer search_operators(PhoneNumbers& numbers, ResourcePtr, http::Request request) {
  const auto wanted = parse_operator_request(request.body.view());
  if (!wanted) co_return api_error(wanted.error());
  auto values = json::Value::array();
  for (const auto& number : wanted->numbers) {
    const bool ours = numbers.directory().owner_of(number).has_value();
    values.push(operator_json(number, wanted->with_details, ours));
  }
  co_return ok(json::Value::object({{"values", std::move(values)}}));
}

using enum http::Method;
constexpr const char* kRead = "communication/phoneNumbers/read";
constexpr const char* kWrite = "communication/phoneNumbers/write";

const std::array<Row, 20> kRows = {{
    {Get, "/phoneNumbers", kRead, kVersions, list},
    {Get, "/phoneNumbers/{number}", kRead, kVersions, get},
    {Delete, "/phoneNumbers/{number}", kWrite, kVersions, release},
    {Patch, "/phoneNumbers/{number}/capabilities", kWrite, kVersions, update},
    {Get, "/phoneNumbers/operations/{id}", kRead, kVersions, get_operation},
    {Delete, "/phoneNumbers/operations/{id}", kWrite, kVersions, delete_operation},
    {Get, "/availablePhoneNumbers/countries", kRead, kVersions, list_countries},
    {Get, "/availablePhoneNumbers/countries/{country}/localities", kRead, kVersions,
     list_localities},
    {Get, "/availablePhoneNumbers/countries/{country}/areaCodes", kRead, kVersions,
     list_area_codes},
    {Get, "/availablePhoneNumbers/countries/{country}/offerings", kRead, kVersions, list_offerings},
    {Post, "/availablePhoneNumbers/countries/{country}/:search", kWrite, kVersions, search},
    {Get, "/availablePhoneNumbers/searchResults/{id}", kRead, kVersions, get_search},
    {Post, "/availablePhoneNumbers/:purchase", kWrite, kVersions, purchase},
    {Post, "/availablePhoneNumbers/countries/{country}/:browse", kRead, kNewest, browse},
    {Get, "/availablePhoneNumbers/reservations", kRead, kNewest, list_reservations},
    {Get, "/availablePhoneNumbers/reservations/{id}", kRead, kNewest, get_reservation},
    {Patch, "/availablePhoneNumbers/reservations/{id}", kWrite, kNewest, change_reservation},
    {Delete, "/availablePhoneNumbers/reservations/{id}", kWrite, kNewest, delete_reservation},
    {Post, "/availablePhoneNumbers/reservations/{id}/:purchase", kWrite, kNewest,
     purchase_reservation},
    {Post, "/operatorInformation/:search", kRead, kNewest, search_operators},
}};

/// What the handlers share; a copy of it goes with each.
struct Context {
  const identity::ResourceAccess& access;
  PhoneNumbers& numbers;
};

Answer checked_request(Context context, const Row& row, http::Request& request) {
  auto resource = context.access.check(request);
  if (!resource) co_return std::move(resource.error());
  if (auto refusal = refuse_api_version(request, row.versions)) co_return *std::move(refusal);
  auto whose = *std::move(resource);
  auto moved = std::move(request);
  co_return co_await row.action(context.numbers, std::move(whose), std::move(moved));
}

/// Some clients match answers to requests by their own id and ask for it back.
Answer serve(Context context, const Row* row, http::Request request) {
  const std::string id(request.headers.get("x-ms-client-request-id"));
  auto response = co_await checked_request(context, *row, request);
  if (!id.empty()) response.headers.set("x-ms-client-request-id", id);
  co_return response;
}

}  // namespace

std::vector<http::Route> phone_numbers_routes(const identity::ResourceAccess& access,
                                              PhoneNumbers& numbers) {
  const Context context{access, numbers};
  std::vector<http::Route> out;
  for (const auto& row : kRows) {
    http::Handler handler = [context, &row](http::Request request) {
      return serve(context, &row, std::move(request));
    };
    out.push_back({row.method, row.pattern, row.permission, std::move(handler)});
  }
  return out;
}

}  // namespace fanfare::communication::phone_numbers
