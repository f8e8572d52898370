#pragma once
/// Reads the members of a JSON object by name and kind, and refuses those that nobody asked for.
/// The first thing wrong is kept and names its path (`properties.retryPolicy.maxDeliveryAttempts`);
/// later reads then return nothing, so that a reader asks once, at the end, with finish().
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"

namespace fanfare::grid {

class Members {
 public:
  /// `value` outlives the reader. Anything but an object is an error.
  Members(const json::Value& value, std::string path);

  /// Absent and null are both nothing.
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<base::TimePoint> time(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  const json::Array* array(std::string_view name);
  const json::Value* object(std::string_view name);
  const json::Value* any(std::string_view name);

  /// True for a member that stands there as null: an explicit wish to clear.
  bool is_null(std::string_view name) const;

  /// Members that may stand there and are not read: read-only ones that clients send back.
  void ignore(std::initializer_list<std::string_view> names);

  std::string path_of(std::string_view name) const;

  void fail(std::string message, std::string target);
  bool failed() const { return error_.has_value(); }

  /// The first thing wrong, or an unknown member; then, success.
  base::Result<void> finish();

 private:
  const json::Value* take(std::string_view name);
  void wrong_kind(std::string_view name, std::string_view wanted);

  const json::Value& value_;
  std::string path_;
  std::vector<std::string_view> known_;
  std::optional<base::Error> error_;
};

}  // namespace fanfare::grid
