#pragma once
/// The operators of advanced filters: their names on the wire and the operands they take.
#include <optional>
#include <string>
#include <string_view>

#include "grid/filter.h"

namespace fanfare::grid {

/// How a filter with this operator writes its operands.
enum class Operands {
  None,
  Boolean,       ///< "value": true
  Number,        ///< "value": 1
  Numbers,       ///< "values": [1, 2]
  NumberRanges,  ///< "values": [[1, 2], [5, 9]]
  Strings,       ///< "values": ["a", "b"]
};

std::string_view to_string(Operator op);
Operands operands_of(Operator op);

/// Ignoring case; nullopt when there is none of that name.
std::optional<Operator> find_operator(std::string_view name);

/// All names, separated by commas, for messages.
std::string operator_names();

/// A Not operator is true when its positive counterpart finds no hit.
bool is_negative(Operator op);

/// The verdict when the key is missing or null.
bool holds_without_value(Operator op);

}  // namespace fanfare::grid
