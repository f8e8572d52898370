#pragma once
/// FANFARE_CHECK stops the process on an impossible state, in release builds too: a restart from
/// the log is cheap, a wrong write is not. Never for input: bad input is an Error.
#include <string_view>

namespace fanfare::base {

[[noreturn]] void check_failed(std::string_view expression, std::string_view file, int line);

}  // namespace fanfare::base

#define FANFARE_CHECK(expression)      \
  ((expression) ? static_cast<void>(0) \
                : ::fanfare::base::check_failed(#expression, __FILE__, __LINE__))
