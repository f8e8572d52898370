#pragma once
/// Who owns which number: the declared inventory, and what was bought and released since. In memory
/// as a whole; the view's records stand behind it.
///
///   number/<digits>   {"number":{…},"owned":true,"since":"…"}, written when a number is bought,
///                     changed or released; it overrides what the configuration declares
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "communication/phone_numbers/inventory.h"
#include "communication/resource.h"
#include "view/records.h"

namespace fanfare::communication::phone_numbers {

struct OwnedNumber {
  InventoryNumber item;  ///< with the capabilities that it has now
  base::TimePoint purchased{};
};

/// A number's record: what was decided since the configuration.
struct NumberRecord {
  OwnedNumber number;
  Stock stock = Stock::Owned;
};

/// Thread-safe; nothing but load() touches the disk.
class Directory {
 public:
  /// Takes a resource's inventory and reads its records. Declared numbers that are owned without a
  /// record count as purchased at `now`. Again with another inventory: replaces it. Not from an I/O
  /// thread. Errors: as Records; Corrupt.
  base::Result<void> load(ResourceId resource, std::vector<InventoryNumber> inventory,
                          const view::Records& records, base::TimePoint now);
  void forget(ResourceId resource);

  /// `number` in E.164 form, or a short code.
  std::optional<OwnedNumber> find_owned(ResourceId resource, std::string_view number) const;
  /// The resource that owns it; the one with the lowest id when several declare it.
  std::optional<ResourceId> owner_of(std::string_view number) const;

  std::vector<OwnedNumber> owned(ResourceId resource) const;          ///< by number
  std::vector<InventoryNumber> inventory(ResourceId resource) const;  ///< in the declared order
  /// The declared number when no resource owns it.
  std::optional<InventoryNumber> find_available(ResourceId resource, std::string_view number) const;

  /// What a commit has made durable.
  void apply(ResourceId resource, const NumberRecord& record);

  /// The record's key and value, for the commit.
  static std::string key(ResourceId resource, std::string_view number);
  static std::string encode(const NumberRecord& record);
  static std::optional<NumberRecord> decode(std::string_view value);

 private:
  struct Shelf {
    std::vector<InventoryNumber> inventory;
    std::map<std::string, OwnedNumber, std::less<>> owned;  ///< by number
  };
  const Shelf* shelf(ResourceId resource) const;
  std::optional<ResourceId> owner_locked(std::string_view number) const;

  mutable std::mutex mutex_;
  std::map<ResourceId, Shelf> shelves_;
};

}  // namespace fanfare::communication::phone_numbers
