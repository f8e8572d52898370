#pragma once
/// One advanced filter, ready to be tried on events.
/// Semantics: the published event reference, event filtering; choices in docs/parity.md.
#include <string>
#include <utility>
#include <vector>

#include "grid/event_values.h"
#include "grid/filter.h"
#include "json/decimal.h"

namespace fanfare::grid {

/// Views the numbers of the AdvancedFilter that it was compiled from, which must outlive it.
struct Clause {
  Operator op{};
  std::uint32_t key = 0;
  bool on_arrays = false;            ///< test the elements of an array
  std::vector<std::string> strings;  ///< in upper case
  std::vector<json::Decimal> numbers;
  std::vector<std::pair<json::Decimal, json::Decimal>> ranges;
  bool boolean = false;
};

Clause compile(const AdvancedFilter& filter, bool on_arrays, KeyTable& keys);

/// Values of another type than the operator's are passed over: they are no hit.
bool holds(const Clause& clause, EventValues& values);

}  // namespace fanfare::grid
