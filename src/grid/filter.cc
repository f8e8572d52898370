#include "grid/filter.h"

#include <algorithm>

#include "base/bytes.h"
#include "grid/operators.h"
#include "json/decimal.h"

namespace fanfare::grid {

namespace {

constexpr std::size_t kFiltersMax = 25;
constexpr std::size_t kValuesMax = 25;
constexpr std::size_t kCharactersMax = 512;

using base::invalid;
using base::Result;

Result<std::string> read_text(const json::Value& value, const std::string& path) {
  if (value.is_null()) return std::string();
  if (const auto* text = value.if_string()) return *text;
  return invalid("must be a string", path);
}

Result<bool> read_bool(const json::Value& value, const std::string& path) {
  if (value.is_null()) return false;
  if (const auto* boolean = value.if_bool()) return *boolean;
  return invalid("must be true or false", path);
}

using EventTypes = std::optional<std::vector<std::string>>;

/// `All` as an entry means every type, as older API versions wrote it.
Result<EventTypes> read_event_types(const json::Value& value, const std::string& path) {
  if (value.is_null()) return EventTypes();
  const auto* items = value.if_array();
  if (items == nullptr) return invalid("must be an array of event types", path);
  std::vector<std::string> types;
  bool all = false;
  for (const auto& item : *items) {
    const auto* type = item.if_string();
    if (type == nullptr)
      return invalid("must be an array of strings",
                     path + "[" + std::to_string(types.size()) + "]");
    all |= base::ascii_iequals(*type, "All");
    types.push_back(*type);
  }
  if (all) return EventTypes();
  return EventTypes(std::move(types));
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Reads one entry of advancedFilters.
class AdvancedReader {
 public:
  explicit AdvancedReader(std::string path) : path_(std::move(path)) {}

  Result<AdvancedFilter> read(const json::Value& value) {
    if (!value.is_object())
      return invalid("must be an object with operatorType, key and value or values", path_);
    if (auto known = check_names(value); !known) return known.error();
    if (auto op = read_operator(value); !op) return op.error();
    const auto* key = value.find_ignoring_case("key");
    if (key == nullptr || !key->is_string() || key->if_string()->empty()) {
      return invalid("must name the key that is compared, for example data.color", path_ + ".key");
    }
    out_.key = *key->if_string();
    if (auto operands = read_operands(value); !operands) return operands.error();
    return std::move(out_);
  }

 private:
  Result<void> check_names(const json::Value& value) const {
    for (const auto& [name, member] : *value.if_object()) {
      const bool known = std::ranges::any_of(
          std::initializer_list<std::string_view>{"operatorType", "key", "value", "values"},
          [&](std::string_view allowed) { return base::ascii_iequals(name, allowed); });
      if (!known)
        return invalid("is unknown; allowed are operatorType, key, value and values",
                       path_ + "." + name);
    }
    return {};
  }

  Result<void> read_operator(const json::Value& value) {
    const auto* type = value.find_ignoring_case("operatorType");
    const auto* name = type != nullptr ? type->if_string() : nullptr;
    const auto op = name != nullptr ? find_operator(*name) : std::nullopt;
    if (!op) return invalid("must be one of " + operator_names(), path_ + ".operatorType");
    out_.op = *op;
    return {};
  }

  Result<void> read_operands(const json::Value& value) {
    switch (operands_of(out_.op)) {
      case Operands::None:
        return {};
      case Operands::Boolean:
        return read_boolean(member(value, "value"));
      case Operands::Number:
        return add_number(member(value, "value"), path_ + ".value");
      case Operands::Numbers:
        return each(value, "an array of numbers", &AdvancedReader::add_number);
      case Operands::NumberRanges:
        return each(value, "an array of pairs [low, high]", &AdvancedReader::add_range);
      case Operands::Strings:
        return each(value, "an array of strings", &AdvancedReader::add_string);
    }
    return {};
  }

  static const json::Value& member(const json::Value& value, std::string_view name) {
    static const json::Value absent;
    const auto* found = value.find_ignoring_case(name);
    return found != nullptr ? *found : absent;
  }

  using Add = Result<void> (AdvancedReader::*)(const json::Value&, const std::string& path);

  Result<void> each(const json::Value& value, std::string_view what, Add add) {
    const auto* items = member(value, "values").if_array();
    if (items == nullptr || items->empty()) {
      return invalid("must be " + std::string(what) + " with at least one entry",
                     path_ + ".values");
    }
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (auto added = (this->*add)((*items)[i], path_ + ".values[" + std::to_string(i) + "]");
          !added)
        return added;
    }
    return {};
  }

  Result<void> read_boolean(const json::Value& value) {
    const auto* boolean = value.if_bool();
    if (boolean == nullptr) return invalid("must be true or false", path_ + ".value");
    out_.boolean = *boolean;
    return {};
  }

  Result<void> add_number(const json::Value& value, const std::string& path) {
    const auto* number = value.if_number();
    if (number == nullptr) return invalid("must be a number", path);
    out_.numbers.push_back(number->text);
    return {};
  }

  Result<void> add_range(const json::Value& value, const std::string& path) {
    const auto* pair = value.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_number() ||
        !pair->at(1).is_number()) {
      return invalid("must be a pair of numbers [low, high]", path);
    }
    const auto& low = pair->at(0).if_number()->text;
    const auto& high = pair->at(1).if_number()->text;
    if (json::compare(json::read_decimal(low), json::read_decimal(high)) > 0) {
      return invalid("must be a pair [low, high] with low not above high", path);
    }
    out_.ranges.emplace_back(low, high);
    return {};
  }

  Result<void> add_string(const json::Value& value, const std::string& path) {
    const auto* text = value.if_string();
    if (text == nullptr) return invalid("must be a string", path);
    if (count_characters(*text) > kCharactersMax) {
      return invalid("must have at most " + std::to_string(kCharactersMax) + " characters", path);
    }
    out_.strings.push_back(*text);
    return {};
  }

  std::string path_;
  AdvancedFilter out_;
};

/// What counts towards the limit of values: a number, a string, a boolean, a range.
std::size_t values_of(const AdvancedFilter& filter) {
  return filter.strings.size() + filter.numbers.size() + filter.ranges.size() +
         (operands_of(filter.op) == Operands::Boolean ? 1 : 0);
}

Result<std::vector<AdvancedFilter>> read_advanced(const json::Value& value,
                                                  const std::string& path) {
  std::vector<AdvancedFilter> out;
  if (value.is_null()) return out;
  const auto* items = value.if_array();
  if (items == nullptr) return invalid("must be an array of filters", path);
  if (items->size() > kFiltersMax)
    return invalid("must have at most " + std::to_string(kFiltersMax) + " filters", path);
  std::size_t values = 0;
  for (const auto& item : *items) {
    auto filter = AdvancedReader(path + "[" + std::to_string(out.size()) + "]").read(item);
    if (!filter) return filter.error();
    values += values_of(*filter);
    out.push_back(std::move(*filter));
  }
  if (values > kValuesMax) {
    return invalid("must have at most " + std::to_string(kValuesMax) +
                       " values in all filters together, these have " + std::to_string(values),
                   path);
  }
  return out;
}

/// Moves a value into its place, or hands its error on.
template <class T>
Result<void> store(T& place, Result<T> read) {
  if (!read) return read.error();
  place = std::move(*read);
  return {};
}

Result<void> read_member(Filter& out, std::string_view name, const json::Value& value) {
  const std::string path = "filter." + std::string(name);
  const auto is = [name](std::string_view known) { return base::ascii_iequals(name, known); };
  if (is("includedEventTypes"))
    return store(out.included_event_types, read_event_types(value, path));
  if (is("subjectBeginsWith")) return store(out.subject_begins_with, read_text(value, path));
  if (is("subjectEndsWith")) return store(out.subject_ends_with, read_text(value, path));
  if (is("isSubjectCaseSensitive"))
    return store(out.is_subject_case_sensitive, read_bool(value, path));
  if (is("enableAdvancedFilteringOnArrays"))
    return store(out.enable_advanced_filtering_on_arrays, read_bool(value, path));
  if (is("advancedFilters")) return store(out.advanced, read_advanced(value, path));
  return invalid(
      "is unknown; allowed are includedEventTypes, subjectBeginsWith, subjectEndsWith, "
      "isSubjectCaseSensitive, enableAdvancedFilteringOnArrays and advancedFilters",
      path);
}

json::Value number(const std::string& text) { return json::Value(json::Value::Number{text}); }

template <class Items, class Make>
json::Value array_of(const Items& items, Make make) {
  json::Array out;
  for (const auto& item : items) out.push_back(make(item));
  return out;
}

json::Value to_json(const AdvancedFilter& filter) {
  json::Value out;
  out.set("operatorType", to_string(filter.op));
  out.set("key", filter.key);
  switch (operands_of(filter.op)) {
    case Operands::None:
      break;
    case Operands::Boolean:
      out.set("value", filter.boolean);
      break;
    case Operands::Number:
      out.set("value", number(filter.numbers.at(0)));
      break;
    case Operands::Numbers:
      out.set("values", array_of(filter.numbers, number));
      break;
    case Operands::NumberRanges:
      out.set("values", array_of(filter.ranges, [](const auto& range) {
                return json::Value::array({number(range.first), number(range.second)});
              }));
      break;
    case Operands::Strings:
      out.set("values",
              array_of(filter.strings, [](const std::string& text) { return json::Value(text); }));
      break;
  }
  return out;
}

}  // namespace

Result<Filter> parse_filter(const json::Value& value) {
  Filter out;
  if (value.is_null()) return out;
  if (!value.is_object()) return invalid("must be an object", "filter");
  for (const auto& [name, member] : *value.if_object()) {
    if (auto read = read_member(out, name, member); !read) return read.error();
  }
  return out;
}

json::Value to_json(const Filter& filter) {
  json::Value out = json::Value::object();
  out.set("subjectBeginsWith", filter.subject_begins_with);
  out.set("subjectEndsWith", filter.subject_ends_with);
  if (filter.included_event_types) {
    out.set("includedEventTypes",
            array_of(*filter.included_event_types,
                     [](const std::string& type) { return json::Value(type); }));
  }
  if (filter.is_subject_case_sensitive) out.set("isSubjectCaseSensitive", true);
  if (filter.enable_advanced_filtering_on_arrays) out.set("enableAdvancedFilteringOnArrays", true);
  if (!filter.advanced.empty()) {
    out.set("advancedFilters",
            array_of(filter.advanced, [](const AdvancedFilter& one) { return to_json(one); }));
  }
  return out;
}

}  // namespace fanfare::grid
