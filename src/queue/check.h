#pragma once
/// Whether the records of a view are right as the queue's: for `fanfare store check`. Pure.
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "base/result.h"
#include "queue/ids.h"

namespace fanfare::queue {

class TableCheck {
 public:
  /// A record of the view; others' are passed over.
  void see(std::string_view key, std::string_view value);

  std::uint64_t rows() const { return rows_; }
  std::uint64_t tasks() const { return tasks_; }               ///< owed deliveries
  std::size_t subscriptions() const { return lanes_.size(); }  ///< that are owed something

  /// The first record that cannot be read.
  const std::optional<base::Error>& damage() const { return damage_; }

 private:
  void see_row(std::string_view key, std::string_view value);
  void note(std::string what);

  std::uint64_t rows_ = 0;
  std::uint64_t tasks_ = 0;
  std::set<SubscriptionId> lanes_;
  std::optional<base::Error> damage_;
};

}  // namespace fanfare::queue
