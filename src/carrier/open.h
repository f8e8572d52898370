#pragma once
/// From a carrier's name in the configuration to the carrier.
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "carrier/carrier.h"
#include "carrier/loopback/loopback.h"

namespace fanfare::carrier {

struct Options {
  loopback::Options loopback;
};

/// `loopback`. What is passed outlives the carrier. Errors: InvalidArgument (an unknown name, or
/// options that the carrier cannot follow).
base::Result<std::unique_ptr<Carrier>> open(std::string_view name, Options options,
                                            base::Clock& clock, base::Executor executor);

}  // namespace fanfare::carrier
