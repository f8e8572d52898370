#pragma once
/// How a command ends badly: the exit status, what happened, and what to do next.
#include <expected>
#include <string>
#include <utility>

#include "base/result.h"

namespace fanfare::cli {

/// The exit statuses; docs/cli.md and every help text have the same list.
enum class Exit : int {
  Ok = 0,
  Failed = 1,       ///< the server refused, or something failed on the way
  Usage = 2,        ///< the command line, a file or the configuration is wrong; nothing was done
  Unreachable = 3,  ///< no server at the address, or it is not trusted
  Unfinished = 4,   ///< not done in the time given, or waiting for somebody's action
};

struct Failure {
  Exit exit = Exit::Failed;
  std::string message;
  std::string hint;  ///< what to do next; may be empty
};

/// A T, or why there is none.
template <class T>
using Got = std::expected<T, Failure>;

inline std::unexpected<Failure> fail(Exit exit, std::string message, std::string hint = {}) {
  return std::unexpected(Failure{exit, std::move(message), std::move(hint)});
}

inline std::unexpected<Failure> usage(std::string message, std::string hint = {}) {
  return fail(Exit::Usage, std::move(message), std::move(hint));
}

}  // namespace fanfare::cli
