#pragma once
/// The simulated telephone company: finds, holds, sells and takes back numbers of the inventory.
/// What it decides is durable when it answers; a long-running operation is decided at once and only
/// reported as running for a while.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "communication/committer.h"
#include "communication/phone_numbers/directory.h"
#include "communication/phone_numbers/holdings.h"
#include "view/records.h"

namespace fanfare::communication::phone_numbers {

struct Options {
  base::Duration operation_time{};  ///< for which an operation is reported as running
  base::Duration search_hold = base::minutes(15) - base::seconds(1);
  base::Duration reservation_hold = base::minutes(15);  ///< since its last change
  base::Duration reservation_life = base::hours(2);     ///< since its creation
  base::Duration keep = base::days(30);  ///< ended searches, operations, reservations
  std::size_t kept_max = 1000;           ///< of each kind, per resource
};

struct SearchRequest {
  std::string country;
  NumberType type = NumberType::Geographic;
  Assignment assignment = Assignment::Application;
  Capabilities capabilities;
  std::string area_code;  ///< empty: any
  int quantity = 1;
};

struct BrowseRequest {
  std::string country;
  NumberType type = NumberType::Geographic;
  std::optional<Assignment> assignment;
  Capabilities capabilities{Direction::None, Direction::None};  ///< at least
  std::vector<std::string> prefixes;  ///< digits, without the plus; empty: any
};

/// Changes of a reservation, by digits: false takes the number out.
using ReservationChange = std::vector<std::pair<std::string, bool>>;

struct ChangedReservation {
  Reservation reservation;
  bool created = false;
  bool partly = false;  ///< some numbers could not be reserved
};

/// Only sold when the buyer agrees not to resell, where that is wanted.
enum class ResellAgreement { None, Given };

struct Started {
  Operation operation;
  std::optional<Search> search;       ///< of a search
  std::optional<OwnedNumber> number;  ///< of a change of capabilities
};

/// Thread-safe; nothing but load() touches the view.
class PhoneNumbers {
 public:
  /// All outlive it. `random` is thread-safe.
  PhoneNumbers(Directory& directory, Committer& committer, base::Clock& clock, base::Random& random,
               Options options = {});
  ~PhoneNumbers();

  /// Takes a resource up: its inventory, and what its records say. Once before the others are
  /// asked; again with another inventory replaces it. Not from an I/O thread. Errors: as Records;
  /// Corrupt; InvalidArgument (the inventory).
  base::Result<void> load(ResourceId resource, std::vector<InventoryNumber> inventory,
                          const view::Records& records);

  Directory& directory() { return directory_; }

  /// Errors of these: NotFound, InvalidArgument, Unavailable.
  base::Async<base::Result<Started>> search(ResourcePtr resource, SearchRequest request);
  base::Async<base::Result<Started>> purchase(ResourcePtr resource, std::string search_id,
                                              ResellAgreement agreement);
  base::Async<base::Result<Started>> release(ResourcePtr resource, std::string number);
  base::Async<base::Result<Started>> update_capabilities(ResourcePtr resource, std::string number,
                                                         std::optional<Direction> calling,
                                                         std::optional<Direction> sms);

  base::Async<base::Result<ChangedReservation>> change_reservation(ResourcePtr resource,
                                                                   std::string id,
                                                                   ReservationChange change);
  base::Async<base::Result<void>> delete_reservation(ResourcePtr resource, std::string id);
  base::Async<base::Result<Started>> purchase_reservation(ResourcePtr resource, std::string id,
                                                          ResellAgreement agreement);

  std::optional<Search> find_search(ResourceId resource, std::string_view id) const;
  std::optional<Reservation> find_reservation(ResourceId resource, std::string_view id) const;
  std::vector<Reservation> reservations(ResourceId resource) const;
  std::optional<Operation> find_operation(ResourceId resource, std::string_view id) const;
  base::Async<base::Result<void>> delete_operation(ResourcePtr resource, std::string id);

  /// What could be bought and nobody holds, in no particular order; 100 at most.
  std::vector<InventoryNumber> browse(ResourceId resource, const BrowseRequest& request);

  base::TimePoint now() const;

 private:
  struct State;
  Directory& directory_;
  std::unique_ptr<State> state_;
};

}  // namespace fanfare::communication::phone_numbers
