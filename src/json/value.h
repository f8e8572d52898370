#pragma once
/// JSON as a tree, for management bodies, configuration and the command line. Not for events on
/// their way through: those stay text (event/event.h). Numbers keep their text; members keep their
/// order.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "json/text.h"

namespace fanfare::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;
using Object = std::vector<Member>;

class Value {
 public:
  struct Number {
    std::string text;
  };

  Value() = default;  ///< null
  Value(std::nullptr_t) {}
  Value(bool b) : value_(b) {}
  Value(std::string s) : value_(std::move(s)) {}
  Value(std::string_view s) : value_(std::string(s)) {}
  Value(const char* s) : value_(std::string(s)) {}
  Value(Number n) : value_(std::move(n)) {}
  template <class N>
    requires(std::is_integral_v<N> && !std::is_same_v<N, bool> && !std::is_same_v<N, char>)
  Value(N n) : value_(Number{std::to_string(n)}) {}
  Value(double d);
  Value(Array a) : value_(std::move(a)) {}
  Value(Object o) : value_(std::move(o)) {}

  static Value array(std::initializer_list<Value> items = {}) { return Value(Array(items)); }
  static Value object(std::initializer_list<Member> members = {}) { return Value(Object(members)); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_number() const { return std::holds_alternative<Number>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// nullptr or nullopt when the value is of another kind.
  const bool* if_bool() const { return std::get_if<bool>(&value_); }
  const std::string* if_string() const { return std::get_if<std::string>(&value_); }
  const Number* if_number() const { return std::get_if<Number>(&value_); }
  const Array* if_array() const { return std::get_if<Array>(&value_); }
  const Object* if_object() const { return std::get_if<Object>(&value_); }
  Array* if_array() { return std::get_if<Array>(&value_); }
  Object* if_object() { return std::get_if<Object>(&value_); }
  std::optional<std::int64_t> as_int() const;  ///< also 3.0, as some clients write integers
  std::optional<double> as_double() const;

  /// The member, or nullptr when absent or this is no object. Exact name.
  const Value* find(std::string_view name) const;
  Value* find(std::string_view name);
  /// The member ignoring ASCII case, an exact match first.
  const Value* find_ignoring_case(std::string_view name) const;
  /// Sets or adds a member; a null becomes an object first.
  Value& set(std::string_view name, Value value);
  void erase(std::string_view name);
  /// Appends; a null becomes an array first.
  void push(Value value);

  friend bool operator==(const Value&, const Value&);

 private:
  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

/// RFC 8259, strict: UTF-8, at most `depth_max` levels, duplicate names refused, nothing behind the
/// value. Errors: InvalidArgument; target is the offset or the path of the duplicate.
base::Result<Value> parse(std::string_view text, int depth_max = 64);

std::string write(const Value& value);
std::string write_pretty(const Value& value);  ///< two spaces of indentation

}  // namespace fanfare::json
