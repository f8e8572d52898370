#include "json/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/bytes.h"
#include "json/decimal.h"

namespace fanfare::json {

namespace {

bool same_number(const Value::Number& a, const Value::Number& b) {
  if (a.text == b.text) return true;
  const auto left = parse_decimal(a.text);
  const auto right = parse_decimal(b.text);
  return left && right && *left == *right;
}

/// Members in any order; names are unique.
bool same_object(const Value& a, const Object& b) {
  return a.if_object()->size() == b.size() && std::ranges::all_of(b, [&a](const Member& member) {
           const Value* other = a.find(member.first);
           return other != nullptr && *other == member.second;
         });
}

}  // namespace

Value::Value(double d) {
  if (!std::isfinite(d)) return;  // JSON has no such number
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), d).ptr;
  value_ = Number{std::string(text.data(), end)};
}

std::optional<std::int64_t> Value::as_int() const {
  const auto* number = if_number();
  const auto decimal = number ? parse_decimal(number->text) : std::nullopt;
  return decimal ? to_int64(*decimal) : std::nullopt;
}

std::optional<double> Value::as_double() const {
  const auto* number = if_number();
  if (number == nullptr) return std::nullopt;
  double out = 0;
  const auto [end, error] =
      std::from_chars(number->text.data(), number->text.data() + number->text.size(), out);
  if (error != std::errc() || end != number->text.data() + number->text.size()) return std::nullopt;
  return out;
}

const Value* Value::find(std::string_view name) const {
  const auto* object = if_object();
  if (object == nullptr) return nullptr;
  const auto found = std::ranges::find(*object, name, &Member::first);
  return found == object->end() ? nullptr : &found->second;
}

Value* Value::find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).find(name));
}

const Value* Value::find_ignoring_case(std::string_view name) const {
  if (const Value* exact = find(name)) return exact;
  const auto* object = if_object();
  if (object == nullptr) return nullptr;
  const auto found = std::ranges::find_if(
      *object, [name](const Member& member) { return base::ascii_iequals(member.first, name); });
  return found == object->end() ? nullptr : &found->second;
}

Value& Value::set(std::string_view name, Value value) {
  if (is_null()) value_ = Object();
  if (Value* existing = find(name)) return *existing = std::move(value);
  return std::get<Object>(value_).emplace_back(std::string(name), std::move(value)).second;
}

void Value::erase(std::string_view name) {
  if (auto* object = if_object()) {
    std::erase_if(*object, [name](const Member& member) { return member.first == name; });
  }
}

void Value::push(Value value) {
  if (is_null()) value_ = Array();
  std::get<Array>(value_).push_back(std::move(value));
}

bool operator==(const Value& a, const Value& b) {
  if (a.value_.index() != b.value_.index()) return false;
  if (const auto* number = a.if_number()) return same_number(*number, *b.if_number());
  if (const auto* object = b.if_object()) return same_object(a, *object);
  if (const auto* array = a.if_array()) return *array == *b.if_array();
  if (const auto* text = a.if_string()) return *text == *b.if_string();
  if (const auto* boolean = a.if_bool()) return *boolean == *b.if_bool();
  return true;
}

}  // namespace fanfare::json
