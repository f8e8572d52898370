#pragma once
/// Times as the samples of SMS show them.
#include <string>

#include "base/time.h"

namespace fanfare::communication::sms {

/// Up to seven fraction digits without trailing zeros: `2020-09-18T00:27:45.32Z`.
std::string short_timestamp(base::TimePoint time);

}  // namespace fanfare::communication::sms
