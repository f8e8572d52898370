#include "communication/phone_numbers/directory.h"

#include <utility>

#include "communication/phone_numbers/e164.h"
#include "communication/phone_numbers/number_json.h"
#include "json/value.h"

namespace fanfare::communication::phone_numbers {

namespace {

constexpr std::string_view kArea = "phone_numbers";
constexpr std::string_view kNumbers = "number/";

}  // namespace

std::string Directory::key(ResourceId resource, std::string_view number) {
  return area_prefix(resource, kArea) + std::string(kNumbers) + digits_of(number);
}

std::string Directory::encode(const NumberRecord& record) {
  return json::write(
      json::Value::object({{"number", inventory_json(record.number.item)},
                           {"owned", record.stock == Stock::Owned},
                           {"since", base::format_rfc3339(record.number.purchased)}}));
}

std::optional<NumberRecord> Directory::decode(std::string_view value) {
  const auto tree = json::parse(value);
  if (!tree) return std::nullopt;
  const auto* number = tree->find("number");
  const auto* owned = tree->find("owned");
  const auto* since = tree->find("since");
  if (number == nullptr || owned == nullptr || since == nullptr) return std::nullopt;
  auto item = parse_inventory(*number);
  if (!item || !owned->is_bool() || !since->is_string()) return std::nullopt;
  const auto time = base::parse_rfc3339(*since->if_string());
  if (!time) return std::nullopt;
  return NumberRecord{{*std::move(item), *time},
                      *owned->if_bool() ? Stock::Owned : Stock::Available};
}

base::Result<void> Directory::load(ResourceId resource, std::vector<InventoryNumber> inventory,
                                   const view::Records& records, base::TimePoint now) {
  Shelf shelf;
  for (const auto& item : inventory) {
    if (item.stock == Stock::Owned) shelf.owned.emplace(item.number, OwnedNumber{item, now});
  }
  shelf.inventory = std::move(inventory);
  bool readable = true;
  const auto prefix = area_prefix(resource, kArea) + std::string(kNumbers);
  const auto scanned = records.scan(prefix, {}, [&](std::string_view, std::string_view value) {
    const auto record = decode(value);
    if (!record) return readable = false;
    const auto& number = record->number.item.number;
    shelf.owned.erase(number);
    if (record->stock == Stock::Owned) shelf.owned.emplace(number, record->number);
    return true;
  });
  if (!scanned) return scanned.error();
  if (!readable) return base::Error{base::Errc::Corrupt, "a phone number's record", prefix};
  const std::lock_guard lock(mutex_);
  shelves_.insert_or_assign(resource, std::move(shelf));
  return {};
}

void Directory::forget(ResourceId resource) {
  const std::lock_guard lock(mutex_);
  shelves_.erase(resource);
}

const Directory::Shelf* Directory::shelf(ResourceId resource) const {
  const auto found = shelves_.find(resource);
  return found == shelves_.end() ? nullptr : &found->second;
}

std::optional<OwnedNumber> Directory::find_owned(ResourceId resource,
                                                 std::string_view number) const {
  const std::lock_guard lock(mutex_);
  const auto* own = shelf(resource);
  if (own == nullptr) return std::nullopt;
  const auto found = own->owned.find(number);
  if (found == own->owned.end()) return std::nullopt;
  return found->second;
}

std::optional<ResourceId> Directory::owner_locked(std::string_view number) const {
  for (const auto& [id, own] : shelves_) {
    if (own.owned.contains(number)) return id;
  }
  return std::nullopt;
}

std::optional<ResourceId> Directory::owner_of(std::string_view number) const {
  const std::lock_guard lock(mutex_);
  return owner_locked(number);
}

std::vector<OwnedNumber> Directory::owned(ResourceId resource) const {
  const std::lock_guard lock(mutex_);
  std::vector<OwnedNumber> out;
  const auto* own = shelf(resource);
  if (own == nullptr) return out;
  for (const auto& [number, record] : own->owned) out.push_back(record);
  return out;
}

std::vector<InventoryNumber> Directory::inventory(ResourceId resource) const {
  const std::lock_guard lock(mutex_);
  const auto* own = shelf(resource);
  return own == nullptr ? std::vector<InventoryNumber>() : own->inventory;
}

std::optional<InventoryNumber> Directory::find_available(ResourceId resource,
                                                         std::string_view number) const {
  const std::lock_guard lock(mutex_);
  const auto* own = shelf(resource);
  if (own == nullptr || owner_locked(number)) return std::nullopt;
  for (const auto& item : own->inventory) {
    if (item.number == number) return item;
  }
  return std::nullopt;
}

void Directory::apply(ResourceId resource, const NumberRecord& record) {
  const std::lock_guard lock(mutex_);
  auto& own = shelves_[resource];
  const auto& number = record.number.item.number;
  own.owned.erase(number);
  if (record.stock == Stock::Owned) own.owned.emplace(number, record.number);
}

}  // namespace fanfare::communication::phone_numbers
