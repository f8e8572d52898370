#pragma once
/// The filter of an event subscription as its JSON states it. Compiled by grid/matcher.
/// Source: EventSubscriptionFilter of the ARM specification 2022-06-15; semantics in
/// docs/parity.md.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace fanfare::grid {

enum class Operator {
  NumberIn,
  NumberNotIn,
  NumberLessThan,
  NumberLessThanOrEquals,
  NumberGreaterThan,
  NumberGreaterThanOrEquals,
  NumberInRange,
  NumberNotInRange,
  BoolEquals,
  StringIn,
  StringNotIn,
  StringContains,
  StringNotContains,
  StringBeginsWith,
  StringNotBeginsWith,
  StringEndsWith,
  StringNotEndsWith,
  IsNullOrUndefined,
  IsNotNull,
};

/// Operands by kind of operator; the unused ones are empty. Numbers keep the text that was sent, so
/// that 64-bit integers compare exactly.
struct AdvancedFilter {
  Operator op{};
  std::string key;
  std::vector<std::string> strings;
  std::vector<std::string> numbers;
  std::vector<std::pair<std::string, std::string>> ranges;
  bool boolean = false;
};

struct Filter {
  std::optional<std::vector<std::string>> included_event_types;  ///< absent or empty: all
  std::string subject_begins_with;
  std::string subject_ends_with;
  bool is_subject_case_sensitive = false;
  bool enable_advanced_filtering_on_arrays = false;
  std::vector<AdvancedFilter> advanced;
};

/// Reads `properties.filter`. Errors name the member: `filter.advancedFilters[2].values: …`.
base::Result<Filter> parse_filter(const json::Value& value);
json::Value to_json(const Filter& filter);

}  // namespace fanfare::grid
