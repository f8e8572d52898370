#pragma once
/// Errors are values: `Result<T>` holds a T or an `Error`.
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace fanfare::base {

/// What kind of failure. The edge modules map each to a status and a body; see their `*_errors`
/// files.
enum class Errc {
  InvalidArgument,  ///< the caller's input is wrong; `message` says what is allowed
  NotFound,
  Conflict,      ///< exists already, or changed since it was read
  Unauthorized,  ///< no or wrong credential
  Forbidden,     ///< a valid credential without the right
  TooLarge,
  Unsupported,  ///< a form (content type, method) that is not taken here
  TimedOut,
  Cancelled,
  Unavailable,  ///< may succeed later: disk full, shutting down, peer unreachable
  Corrupt,      ///< stored bytes do not pass their check
  Internal,
};

std::string_view to_string(Errc code);

/// A failure. `message` tells the user what to do; `target` names the offending field
/// (a JSON path such as `events[3].eventTime`, a configuration key, a file), or is empty.
struct Error {
  Errc code = Errc::Internal;
  std::string message;
  std::string target;
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpect, std::move(error)) {}
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
 public:
  using std::expected<void, Error>::expected;
  Result(Error error) : std::expected<void, Error>(std::unexpect, std::move(error)) {}
};

inline Error invalid(std::string message, std::string target = {}) {
  return Error{Errc::InvalidArgument, std::move(message), std::move(target)};
}

}  // namespace fanfare::base
