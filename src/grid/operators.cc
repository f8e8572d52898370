#include "grid/operators.h"

#include <array>

#include "base/bytes.h"

namespace fanfare::grid {

namespace {

struct Row {
  Operator op;
  std::string_view name;
  Operands operands;
  bool negative;
  bool without_value;  ///< the published event reference, limitations of advanced filters
};

/// In the order of the enumeration.
constexpr std::array kRows = {
    Row{Operator::NumberIn, "NumberIn", Operands::Numbers, false, false},
    Row{Operator::NumberNotIn, "NumberNotIn", Operands::Numbers, true, true},
    Row{Operator::NumberLessThan, "NumberLessThan", Operands::Number, false, false},
    Row{Operator::NumberLessThanOrEquals, "NumberLessThanOrEquals", Operands::Number, false, false},
    Row{Operator::NumberGreaterThan, "NumberGreaterThan", Operands::Number, false, false},
    Row{Operator::NumberGreaterThanOrEquals, "NumberGreaterThanOrEquals", Operands::Number, false,
        false},
    Row{Operator::NumberInRange, "NumberInRange", Operands::NumberRanges, false, false},
    Row{Operator::NumberNotInRange, "NumberNotInRange", Operands::NumberRanges, true, true},
    Row{Operator::BoolEquals, "BoolEquals", Operands::Boolean, false, false},
    Row{Operator::StringIn, "StringIn", Operands::Strings, false, false},
    Row{Operator::StringNotIn, "StringNotIn", Operands::Strings, true, true},
    Row{Operator::StringContains, "StringContains", Operands::Strings, false, false},
    Row{Operator::StringNotContains, "StringNotContains", Operands::Strings, true, false},
    Row{Operator::StringBeginsWith, "StringBeginsWith", Operands::Strings, false, false},
    Row{Operator::StringNotBeginsWith, "StringNotBeginsWith", Operands::Strings, true, false},
    Row{Operator::StringEndsWith, "StringEndsWith", Operands::Strings, false, false},
    Row{Operator::StringNotEndsWith, "StringNotEndsWith", Operands::Strings, true, false},
    Row{Operator::IsNullOrUndefined, "IsNullOrUndefined", Operands::None, false, true},
    Row{Operator::IsNotNull, "IsNotNull", Operands::None, false, false},
};

const Row& row(Operator op) { return kRows[static_cast<std::size_t>(op)]; }

}  // namespace

std::string_view to_string(Operator op) { return row(op).name; }
Operands operands_of(Operator op) { return row(op).operands; }
bool is_negative(Operator op) { return row(op).negative; }
bool holds_without_value(Operator op) { return row(op).without_value; }

std::optional<Operator> find_operator(std::string_view name) {
  for (const auto& candidate : kRows) {
    if (base::ascii_iequals(candidate.name, name)) return candidate.op;
  }
  return std::nullopt;
}

std::string operator_names() {
  std::string out;
  for (const auto& candidate : kRows) {
    if (!out.empty()) out += ", ";
    out += candidate.name;
  }
  return out;
}

}  // namespace fanfare::grid
