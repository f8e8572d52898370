#include "communication/phone_numbers/service.h"

#include <algorithm>
#include <mutex>

#include "base/turnstile.h"
#include "communication/phone_numbers/e164.h"

namespace fanfare::communication::phone_numbers {

namespace {

constexpr std::size_t kBrowsedMax = 100;

base::Error not_found(std::string message) {
  return {base::Errc::NotFound, std::move(message), {}};
}

/// What one commit changes, besides what it forgets.
struct Change {
  std::vector<NumberRecord> numbers;
  std::optional<Search> search;
  std::optional<Reservation> reservation;
  std::optional<Operation> operation;
  std::string erased_reservation;  ///< ids; empty: none
  std::string erased_operation;
};

template <class T>
using ById = std::map<std::string, T, std::less<>>;

/// Ids of what goes: too old, or the oldest of too many. `age_of` gives the time by which it
/// counts, or nullopt while it is needed.
template <class T>
std::vector<std::string> surplus(const ById<T>& all, base::TimePoint before, std::size_t max,
                                 std::optional<base::TimePoint> (*age_of)(const T&)) {
  std::vector<std::pair<base::TimePoint, std::string>> ended;
  for (const auto& [id, item] : all) {
    if (const auto age = age_of(item)) ended.emplace_back(*age, id);
  }
  std::ranges::sort(ended);
  const auto too_many = all.size() > max ? all.size() - max : 0;
  std::vector<std::string> out;
  for (const auto& [age, id] : ended) {
    if (age < before || out.size() < too_many) out.push_back(id);
  }
  return out;
}

std::string location_of_search(const std::string& id) {
  return "/availablePhoneNumbers/searchResults/" + id;
}

std::string location_of_number(const std::string& number) {
  return "/phoneNumbers/%2B" + digits_of(number);
}

}  // namespace

struct PhoneNumbers::State {
  State(Directory& d, Committer& c, base::Clock& k, base::Random& r, Options o)
      : directory(d), committer(c), clock(k), random(r), options(o) {}

  Holdings holdings_of(ResourceId resource) const {
    const std::lock_guard lock(mutex);
    const auto found = holdings.find(resource);
    return found == holdings.end() ? Holdings() : found->second;
  }
  Operation operation(std::string_view prefix, OperationKind kind) const;
  bool can_be_sold(ResourceId resource, const Holdings& held, const std::string& number,
                   std::string_view except = {}) const {
    return directory.find_available(resource, number).has_value() &&
           !held.held(number, clock.wall(), except);
  }
  std::vector<InventoryNumber> matching(ResourceId resource, const SearchRequest& request) const;
  void encode(ResourceId resource, const Change& change, view::Batch& batch) const;
  void forget_old(ResourceId resource, view::Batch& batch);
  void apply(ResourceId resource, Change change);
  base::Async<base::Result<void>> commit(ResourcePtr resource, Change change);

  Directory& directory;
  Committer& committer;
  base::Clock& clock;
  base::Random& random;
  const Options options;
  base::Turnstile turnstile;  ///< one decision after the other
  mutable std::mutex mutex;   ///< of these
  std::map<ResourceId, Holdings> holdings;
};

PhoneNumbers::PhoneNumbers(Directory& directory, Committer& committer, base::Clock& clock,
                           base::Random& random, Options options)
    : directory_(directory),
      state_(std::make_unique<State>(directory, committer, clock, random, options)) {}

PhoneNumbers::~PhoneNumbers() = default;

base::TimePoint PhoneNumbers::now() const { return state_->clock.wall(); }

base::Result<void> PhoneNumbers::load(ResourceId resource, std::vector<InventoryNumber> inventory,
                                      const view::Records& records) {
  auto fine = checked(std::move(inventory));
  if (!fine) return fine.error();
  auto loaded = directory_.load(resource, *std::move(fine), records, now());
  if (!loaded) return loaded;
  auto held = load_holdings(resource, records);
  if (!held) return held.error();
  const std::lock_guard lock(state_->mutex);
  state_->holdings.insert_or_assign(resource, *std::move(held));
  return {};
}

Operation PhoneNumbers::State::operation(std::string_view prefix, OperationKind kind) const {
  Operation out;
  out.id = std::string(prefix) + "_" + base::uuid4(random);
  out.kind = kind;
  out.created = clock.wall();
  out.ends = out.created + options.operation_time;
  return out;
}

// --- committing
// -----------------------------------------------------------------------------------

void PhoneNumbers::State::encode(ResourceId resource, const Change& change,
                                 view::Batch& batch) const {
  for (const auto& record : change.numbers) {
    batch.put(Directory::key(resource, record.number.item.number), Directory::encode(record));
  }
  if (change.search) {
    batch.put(search_key(resource, change.search->id), json::write(search_record(*change.search)));
  }
  if (change.reservation) {
    batch.put(reservation_key(resource, change.reservation->id),
              json::write(reservation_record(*change.reservation)));
  }
  if (change.operation) {
    batch.put(operation_key(resource, change.operation->id),
              json::write(operation_record(*change.operation)));
  }
  if (!change.erased_reservation.empty()) {
    batch.erase(reservation_key(resource, change.erased_reservation));
  }
  if (!change.erased_operation.empty()) {
    batch.erase(operation_key(resource, change.erased_operation));
  }
}

/// Takes what has ended and is old out of memory and, with the batch, out of the store. When the
/// commit fails, it comes back with the next start and goes with the next change after that.
void PhoneNumbers::State::forget_old(ResourceId resource, view::Batch& batch) {
  const std::lock_guard lock(mutex);
  auto& held = holdings[resource];
  const auto before = clock.wall() - options.keep;
  const auto max = options.kept_max;
  using Age = std::optional<base::TimePoint>;
  for (const auto& id : surplus<Search>(held.searches, before, max,
                                        [](const Search& s) -> Age { return s.expires; })) {
    held.searches.erase(id);
    batch.erase(search_key(resource, id));
  }
  for (const auto& id : surplus<Reservation>(
           held.reservations, before, max, [](const Reservation& r) -> Age { return r.expires; })) {
    held.reservations.erase(id);
    batch.erase(reservation_key(resource, id));
  }
  for (const auto& id : surplus<Operation>(held.operations, before, max,
                                           [](const Operation& o) -> Age { return o.ends; })) {
    held.operations.erase(id);
    batch.erase(operation_key(resource, id));
  }
}

void PhoneNumbers::State::apply(ResourceId resource, Change change) {
  for (const auto& record : change.numbers) directory.apply(resource, record);
  const std::lock_guard lock(mutex);
  auto& held = holdings[resource];
  if (change.search) held.searches.insert_or_assign(change.search->id, *change.search);
  if (change.reservation) {
    held.reservations.insert_or_assign(change.reservation->id, *change.reservation);
  }
  if (change.operation) held.operations.insert_or_assign(change.operation->id, *change.operation);
  held.reservations.erase(change.erased_reservation);
  held.operations.erase(change.erased_operation);
}

base::Async<base::Result<void>> PhoneNumbers::State::commit(ResourcePtr resource, Change change) {
  const auto id = resource->id;
  view::Batch batch;
  forget_old(id, batch);
  encode(id, change, batch);
  std::vector<RaisedEvent> no_events;
  const auto kept =
      co_await committer.commit(std::move(resource), std::move(batch), std::move(no_events));
  if (!kept) co_return kept.error();
  apply(id, std::move(change));
  co_return base::Result<void>();
}

// --- searching and buying
// -------------------------------------------------------------------------

std::vector<InventoryNumber> PhoneNumbers::State::matching(ResourceId resource,
                                                           const SearchRequest& request) const {
  std::vector<InventoryNumber> out;
  const auto held = holdings_of(resource);
  for (const auto& item : directory.inventory(resource)) {
    if (out.size() == static_cast<std::size_t>(request.quantity)) break;
    const bool fits = item.country == request.country && item.type == request.type &&
                      item.assignment == request.assignment &&
                      covers(item.capabilities, request.capabilities) &&
                      area_code_of(item.number).starts_with(request.area_code);
    // One search has one price.
    if (!out.empty() && item.cost != out.front().cost) continue;
    if (fits && can_be_sold(resource, held, item.number)) out.push_back(item);
  }
  return out;
}

base::Async<base::Result<Started>> PhoneNumbers::search(ResourcePtr resource,
                                                        SearchRequest request) {
  const auto turn = co_await state_->turnstile.enter();
  const auto found = state_->matching(resource->id, request);
  Started started;
  started.operation = state_->operation("search", OperationKind::Search);
  Search search;
  search.id = bare_id(started.operation);
  search.country = request.country;
  search.type = request.type;
  search.assignment = request.assignment;
  search.capabilities = request.capabilities;
  search.expires = now() + (found.empty() ? base::Duration() : state_->options.search_hold);
  for (const auto& item : found) {
    search.numbers.push_back(item.number);
    search.cost = item.cost;
    if (item.reselling == Reselling::Forbidden) search.reselling = Reselling::Forbidden;
  }
  if (found.empty()) {
    started.operation.error_code = "OutOfStock";
    started.operation.error_message = "The inventory has no number on sale that fits the search.";
  } else {
    started.operation.resource_location = location_of_search(search.id);
  }
  started.search = search;
  Change change;
  change.search = std::move(search);
  change.operation = started.operation;
  const auto kept = co_await state_->commit(std::move(resource), std::move(change));
  if (!kept) co_return kept.error();
  co_return started;
}

base::Async<base::Result<Started>> PhoneNumbers::purchase(ResourcePtr resource,
                                                          std::string search_id,
                                                          ResellAgreement agreement) {
  const auto turn = co_await state_->turnstile.enter();
  auto search = find_search(resource->id, search_id);
  if (!search) co_return not_found("There is no search '" + search_id + "'.");
  if (search->reselling == Reselling::Forbidden && agreement == ResellAgreement::None) {
    co_return base::invalid("These numbers are only sold with the agreement not to resell them.",
                            "agreeToNotResell");
  }
  Started started;
  started.operation = state_->operation("purchase", OperationKind::Purchase);
  Change change;
  if (!search->holds(now())) {
    started.operation.error_code = "ReservationExpired";
    started.operation.error_message = "The search has expired or was purchased already.";
  } else {
    for (const auto& number : search->numbers) {
      auto item = state_->directory.find_available(resource->id, number);
      if (!item) continue;
      item->capabilities = search->capabilities;
      change.numbers.push_back({{*std::move(item), now()}, Stock::Owned});
    }
    const auto missing = search->numbers.size() - change.numbers.size();
    if (missing > 0) {
      started.operation.error_code =
          change.numbers.empty() ? "AllNumbersNotAcquired" : "NumbersPartiallyAcquired";
      started.operation.error_message = "Some of the numbers have been sold otherwise.";
    }
    search->purchased = true;
    change.search = std::move(search);
  }
  change.operation = started.operation;
  const auto kept = co_await state_->commit(std::move(resource), std::move(change));
  if (!kept) co_return kept.error();
  co_return started;
}

base::Async<base::Result<Started>> PhoneNumbers::release(ResourcePtr resource, std::string number) {
  const auto turn = co_await state_->turnstile.enter();
  auto owned = state_->directory.find_owned(resource->id, number);
  if (!owned || owned->item.type == NumberType::ShortCode) {
    co_return not_found("The phone number '" + number + "' is none of this resource.");
  }
  Started started;
  started.operation = state_->operation("release", OperationKind::Release);
  Change change;
  change.numbers.push_back({*std::move(owned), Stock::Available});
  change.operation = started.operation;
  const auto kept = co_await state_->commit(std::move(resource), std::move(change));
  if (!kept) co_return kept.error();
  co_return started;
}

base::Async<base::Result<Started>> PhoneNumbers::update_capabilities(
    ResourcePtr resource, std::string number, std::optional<Direction> calling,
    std::optional<Direction> sms) {
  const auto turn = co_await state_->turnstile.enter();
  auto owned = state_->directory.find_owned(resource->id, number);
  if (!owned || owned->item.type == NumberType::ShortCode) {
    co_return not_found("The phone number '" + number + "' is none of this resource.");
  }
  auto possible = owned->item.capabilities;
  for (const auto& item : state_->directory.inventory(resource->id)) {
    if (item.number == number) possible = item.capabilities;
  }
  auto& capabilities = owned->item.capabilities;
  capabilities.calling = calling.value_or(capabilities.calling);
  capabilities.sms = sms.value_or(capabilities.sms);
  if (!covers(possible, capabilities)) {
    co_return base::invalid("The number cannot have these capabilities; it can have calling '" +
                                std::string(to_string(possible.calling)) + "' and sms '" +
                                std::string(to_string(possible.sms)) + "'.",
                            "capabilities");
  }
  Started started;
  started.operation = state_->operation("capabilities", OperationKind::UpdateCapabilities);
  started.operation.resource_location = location_of_number(number);
  started.number = owned;
  Change change;
  change.numbers.push_back({*std::move(owned), Stock::Owned});
  change.operation = started.operation;
  const auto kept = co_await state_->commit(std::move(resource), std::move(change));
  if (!kept) co_return kept.error();
  co_return started;
}

// --- reservations
// ---------------------------------------------------------------------------------

base::Async<base::Result<ChangedReservation>> PhoneNumbers::change_reservation(
    ResourcePtr resource, std::string id, ReservationChange changes) {
  const auto turn = co_await state_->turnstile.enter();
  const auto held = state_->holdings_of(resource->id);
  const auto found = held.reservations.find(id);
  ChangedReservation out;
  out.created = found == held.reservations.end();
  if (!out.created && !found->second.holds(now())) {
    co_return base::Error{base::Errc::Conflict, "Only an active reservation can be changed.",
                          "status"};
  }
  if (!out.created) out.reservation = found->second;
  auto& reservation = out.reservation;
  reservation.id = id;
  if (out.created) reservation.created = now();
  reservation.expires =
      std::min<base::TimePoint>(now() + state_->options.reservation_hold,
                                reservation.created + state_->options.reservation_life);
  std::map<std::string, ReservedNumber> failed;
  for (const auto& [digits, wanted] : changes) {
    if (!wanted) {
      reservation.numbers.erase(digits);
      continue;
    }
    const auto number = "+" + digits;
    ReservedNumber reserved;
    if (state_->can_be_sold(resource->id, held, number, id)) {
      reserved.item = *state_->directory.find_available(resource->id, number);
      reservation.numbers.insert_or_assign(digits, std::move(reserved));
    } else if (!reservation.numbers.contains(digits)) {
      reserved.item.number = number;
      reserved.error_code = "NotAvailable";
      reserved.error_message = "The number is not on sale, or held by somebody else.";
      failed.emplace(digits, std::move(reserved));
    }
  }
  Change change;
  change.reservation = reservation;
  const auto kept = co_await state_->commit(std::move(resource), std::move(change));
  if (!kept) co_return kept.error();
  out.partly = !failed.empty();
  reservation.numbers.merge(failed);
  co_return out;
}

base::Async<base::Result<void>> PhoneNumbers::delete_reservation(ResourcePtr resource,
                                                                 std::string id) {
  const auto turn = co_await state_->turnstile.enter();
  const auto found = find_reservation(resource->id, id);
  if (!found) co_return not_found("There is no reservation '" + id + "'.");
  if (!found->holds(now())) {
    co_return base::Error{base::Errc::Conflict, "Only an active reservation can be deleted.",
                          "status"};
  }
  Change change;
  change.erased_reservation = std::move(id);
  co_return co_await state_->commit(std::move(resource), std::move(change));
}

base::Async<base::Result<Started>> PhoneNumbers::purchase_reservation(ResourcePtr resource,
                                                                      std::string id,
                                                                      ResellAgreement agreement) {
  const auto turn = co_await state_->turnstile.enter();
  auto reservation = find_reservation(resource->id, id);
  if (!reservation) co_return not_found("There is no reservation '" + id + "'.");
  if (!reservation->holds(now()) || reservation->numbers.empty()) {
    co_return base::Error{base::Errc::Conflict,
                          "Only an active reservation with a number in it can be purchased.",
                          "status"};
  }
  for (const auto& [digits, reserved] : reservation->numbers) {
    if (reserved.item.reselling == Reselling::Forbidden && agreement == ResellAgreement::None) {
      co_return base::invalid("These numbers are only sold with the agreement not to resell them.",
                              "agreeToNotResell");
    }
  }
  Started started;
  started.operation = state_->operation("reservationpurchase", OperationKind::ReservationPurchase);
  Change change;
  for (auto& [digits, reserved] : reservation->numbers) {
    if (auto item = state_->directory.find_available(resource->id, reserved.item.number)) {
      change.numbers.push_back({{*std::move(item), now()}, Stock::Owned});
      continue;
    }
    reserved.error_code = "NotAvailable";
    reserved.error_message = "The number has been sold otherwise.";
    started.operation.error_code = "NumbersPartiallyAcquired";
    started.operation.error_message = "Some of the numbers have been sold otherwise.";
  }
  reservation->completed = true;
  change.reservation = std::move(reservation);
  change.operation = started.operation;
  const auto kept = co_await state_->commit(std::move(resource), std::move(change));
  if (!kept) co_return kept.error();
  co_return started;
}

// --- looking
// --------------------------------------------------------------------------------------

std::optional<Search> PhoneNumbers::find_search(ResourceId resource, std::string_view id) const {
  const auto held = state_->holdings_of(resource);
  const auto found = held.searches.find(id);
  if (found == held.searches.end()) return std::nullopt;
  return found->second;
}

std::optional<Reservation> PhoneNumbers::find_reservation(ResourceId resource,
                                                          std::string_view id) const {
  const auto held = state_->holdings_of(resource);
  const auto found = held.reservations.find(id);
  if (found == held.reservations.end()) return std::nullopt;
  return found->second;
}

std::vector<Reservation> PhoneNumbers::reservations(ResourceId resource) const {
  const auto held = state_->holdings_of(resource);
  std::vector<Reservation> out;
  for (const auto& [id, reservation] : held.reservations) out.push_back(reservation);
  return out;
}

std::optional<Operation> PhoneNumbers::find_operation(ResourceId resource,
                                                      std::string_view id) const {
  const auto held = state_->holdings_of(resource);
  const auto found = held.operations.find(id);
  if (found == held.operations.end()) return std::nullopt;
  return found->second;
}

base::Async<base::Result<void>> PhoneNumbers::delete_operation(ResourcePtr resource,
                                                               std::string id) {
  const auto turn = co_await state_->turnstile.enter();
  if (!find_operation(resource->id, id)) co_return not_found("There is no operation '" + id + "'.");
  Change change;
  change.erased_operation = std::move(id);
  co_return co_await state_->commit(std::move(resource), std::move(change));
}

namespace {

bool has_prefix(const InventoryNumber& item, const std::vector<std::string>& prefixes) {
  return prefixes.empty() || std::ranges::any_of(prefixes, [&](const std::string& prefix) {
           return digits_of(item.number).starts_with(digits_of(prefix));
         });
}

}  // namespace

std::vector<InventoryNumber> PhoneNumbers::browse(ResourceId resource,
                                                  const BrowseRequest& request) {
  const auto held = state_->holdings_of(resource);
  std::vector<InventoryNumber> out;
  for (const auto& item : directory_.inventory(resource)) {
    const bool fits = item.country == request.country && item.type == request.type &&
                      item.assignment == request.assignment.value_or(item.assignment) &&
                      covers(item.capabilities, request.capabilities) &&
                      has_prefix(item, request.prefixes);
    if (fits && state_->can_be_sold(resource, held, item.number)) out.push_back(item);
  }
  // By hand: std::shuffle's order for one source of chance differs between libraries.
  for (std::size_t i = out.size(); i > 1; --i)
    std::swap(out[i - 1], out[state_->random.next() % i]);
  if (out.size() > kBrowsedMax) out.resize(kBrowsedMax);
  return out;
}

}  // namespace fanfare::communication::phone_numbers
