#include "grid/members.h"

#include <algorithm>

namespace fanfare::grid {

Members::Members(const json::Value& value, std::string path)
    : value_(value), path_(std::move(path)) {
  if (!value_.is_object()) fail("must be a JSON object", path_);
}

std::string Members::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void Members::fail(std::string message, std::string target) {
  if (!error_) error_ = base::invalid(std::move(message), std::move(target));
}

void Members::wrong_kind(std::string_view name, std::string_view wanted) {
  fail("must be " + std::string(wanted), path_of(name));
}

const json::Value* Members::take(std::string_view name) {
  known_.push_back(name);
  if (error_) return nullptr;
  const auto* member = value_.find(name);
  return member == nullptr || member->is_null() ? nullptr : member;
}

std::optional<std::string> Members::text(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return std::nullopt;
  if (const auto* text = member->if_string()) return *text;
  wrong_kind(name, "a string");
  return std::nullopt;
}

std::optional<bool> Members::flag(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return std::nullopt;
  if (const auto* flag = member->if_bool()) return *flag;
  wrong_kind(name, "true or false");
  return std::nullopt;
}

std::optional<std::int64_t> Members::integer(std::string_view name, std::int64_t least,
                                             std::int64_t most) {
  const auto* member = take(name);
  if (member == nullptr) return std::nullopt;
  const auto number = member->as_int();
  if (number && *number >= least && *number <= most) return number;
  wrong_kind(name, "an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<base::TimePoint> Members::time(std::string_view name) {
  const auto text_form = text(name);
  if (!text_form) return std::nullopt;
  const auto time = base::parse_rfc3339(*text_form);
  if (time) return *time;
  fail("must be an RFC 3339 timestamp: " + time.error().message, path_of(name));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Members::texts(std::string_view name) {
  const auto* items = array(name);
  if (items == nullptr) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& item : *items) {
    if (const auto* text = item.if_string()) {
      out.push_back(*text);
    } else {
      fail("must be a string", path_of(name) + "[" + std::to_string(out.size()) + "]");
      return std::nullopt;
    }
  }
  return out;
}

const json::Array* Members::array(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return nullptr;
  if (const auto* items = member->if_array()) return items;
  wrong_kind(name, "an array");
  return nullptr;
}

const json::Value* Members::object(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return nullptr;
  if (member->is_object()) return member;
  wrong_kind(name, "a JSON object");
  return nullptr;
}

const json::Value* Members::any(std::string_view name) { return take(name); }

bool Members::is_null(std::string_view name) const {
  const auto* member = value_.find(name);
  return member != nullptr && member->is_null();
}

void Members::ignore(std::initializer_list<std::string_view> names) {
  known_.insert(known_.end(), names);
}

base::Result<void> Members::finish() {
  if (error_) return *error_;
  for (const auto& [name, member] : *value_.if_object()) {
    if (std::ranges::find(known_, std::string_view(name)) == known_.end()) {
      return base::invalid("is not a known property", path_of(name));
    }
  }
  return {};
}

}  // namespace fanfare::grid
