#include "base/result.h"

namespace fanfare::base {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::InvalidArgument:
      return "InvalidArgument";
    case Errc::NotFound:
      return "NotFound";
    case Errc::Conflict:
      return "Conflict";
    case Errc::Unauthorized:
      return "Unauthorized";
    case Errc::Forbidden:
      return "Forbidden";
    case Errc::TooLarge:
      return "TooLarge";
    case Errc::Unsupported:
      return "Unsupported";
    case Errc::TimedOut:
      return "TimedOut";
    case Errc::Cancelled:
      return "Cancelled";
    case Errc::Unavailable:
      return "Unavailable";
    case Errc::Corrupt:
      return "Corrupt";
    case Errc::Internal:
      return "Internal";
  }
  return "Internal";
}

}  // namespace fanfare::base
