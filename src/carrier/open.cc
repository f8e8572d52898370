#include "carrier/open.h"

#include <array>
#include <utility>

namespace fanfare::carrier {

namespace {

using Opened = base::Result<std::unique_ptr<Carrier>>;

Opened open_loopback(Options options, base::Clock& clock, base::Executor executor) {
  for (const auto& script : options.loopback.scripts) {
    if (auto fine = loopback::check(script); !fine) return fine.error();
  }
  return std::make_unique<loopback::Loopback>(std::move(options.loopback), clock, executor);
}

struct Row {
  std::string_view name;
  Opened (*open)(Options, base::Clock&, base::Executor);
};
constexpr std::array kCarriers{Row{"loopback", open_loopback}};

}  // namespace

base::Result<std::unique_ptr<Carrier>> open(std::string_view name, Options options,
                                            base::Clock& clock, base::Executor executor) {
  for (const auto& row : kCarriers) {
    if (row.name == name) return row.open(std::move(options), clock, executor);
  }
  return base::invalid("there is no carrier '" + std::string(name) + "'; known is: loopback");
}

}  // namespace fanfare::carrier
