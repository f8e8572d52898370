#include "grid/clause.h"

#include <algorithm>

#include "grid/case_fold.h"
#include "grid/operators.h"

namespace fanfare::grid {

namespace {

bool number_hits(const Clause& clause, const json::Decimal& number) {
  const auto equals = [&](const json::Decimal& operand) { return number == operand; };
  const auto within = [&](const auto& range) {
    return json::compare(range.first, number) <= 0 && json::compare(number, range.second) <= 0;
  };
  const auto order = [&] { return json::compare(number, clause.numbers.front()); };
  switch (clause.op) {
    case Operator::NumberIn:
    case Operator::NumberNotIn:
      return std::ranges::any_of(clause.numbers, equals);
    case Operator::NumberInRange:
    case Operator::NumberNotInRange:
      return std::ranges::any_of(clause.ranges, within);
    case Operator::NumberLessThan:
      return order() < 0;
    case Operator::NumberLessThanOrEquals:
      return order() <= 0;
    case Operator::NumberGreaterThan:
      return order() > 0;
    case Operator::NumberGreaterThanOrEquals:
      return order() >= 0;
    default:
      return false;
  }
}

bool text_hits(const Clause& clause, std::string_view text) {
  const auto any = [&](auto&& test) { return std::ranges::any_of(clause.strings, test); };
  switch (clause.op) {
    case Operator::StringIn:
    case Operator::StringNotIn:
      return any([&](const std::string& operand) { return text == operand; });
    case Operator::StringContains:
    case Operator::StringNotContains:
      return any(
          [&](const std::string& operand) { return text.find(operand) != std::string_view::npos; });
    case Operator::StringBeginsWith:
    case Operator::StringNotBeginsWith:
      return any([&](const std::string& operand) { return text.starts_with(operand); });
    case Operator::StringEndsWith:
    case Operator::StringNotEndsWith:
      return any([&](const std::string& operand) { return text.ends_with(operand); });
    default:
      return false;
  }
}

/// Whether one value satisfies the positive form of the clause.
bool hits(const Clause& clause, FilterValue& value) {
  switch (operands_of(clause.op)) {
    case Operands::Number:
    case Operands::Numbers:
    case Operands::NumberRanges:
      return value.is_number() && number_hits(clause, value.number());
    case Operands::Strings:
      return value.is_text() && text_hits(clause, value.folded_text());
    case Operands::Boolean:
      return value.is_bool() && value.is_true() == clause.boolean;
    case Operands::None:
      return false;
  }
  return false;
}

bool any_element_hits(const Clause& clause, EventValues& values, json::Node array) {
  for (const json::Node node : array.elements()) {
    if (hits(clause, values.element(node))) return true;
  }
  return false;
}

}  // namespace

Clause compile(const AdvancedFilter& filter, bool on_arrays, KeyTable& keys) {
  Clause out{.op = filter.op,
             .key = keys.add(filter.key),
             .on_arrays = on_arrays,
             .boolean = filter.boolean};
  for (const auto& text : filter.strings) out.strings.push_back(folded_case(text));
  for (const auto& text : filter.numbers) out.numbers.push_back(json::read_decimal(text));
  for (const auto& [low, high] : filter.ranges) {
    out.ranges.emplace_back(json::read_decimal(low), json::read_decimal(high));
  }
  return out;
}

bool holds(const Clause& clause, EventValues& values) {
  FilterValue& value = values.get(clause.key);
  if (clause.op == Operator::IsNullOrUndefined) return value.missing();
  if (clause.op == Operator::IsNotNull) return !value.missing();
  if (value.missing()) return holds_without_value(clause.op);
  bool hit = false;
  if (value.is_array() && value.node()) {
    hit = clause.on_arrays && any_element_hits(clause, values, value.node());
  } else {
    hit = hits(clause, value);
  }
  return hit != is_negative(clause.op);
}

}  // namespace fanfare::grid
