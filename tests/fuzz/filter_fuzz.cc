/// Any filter on any event: `filter NUL data NUL subject`. The matcher and its explanation agree,
/// and an accepted filter comes back as it was written.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "grid/matcher.h"
#include "json/index.h"

namespace {

using namespace fanfare;

std::string_view take_part(std::string_view& rest) {
  const auto part = rest.substr(0, rest.find('\0'));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

void check_agreement(const grid::EventSubscription& subscription, const grid::Matcher& matcher,
                     const event::Event& event) {
  static grid::MatchScratch scratch;
  std::vector<queue::SubscriptionId> found;
  matcher.match(event, scratch, found);
  const auto clauses = grid::explain(subscription, event, "/topic", {});
  const bool all = std::ranges::all_of(clauses, [](const auto& clause) { return clause.passed; });
  FANFARE_CHECK(found.size() == (all ? 1u : 0u));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto tree = json::parse(take_part(rest));
  if (!tree) return 0;
  const auto filter = grid::parse_filter(*tree);
  if (!filter) {
    FANFARE_CHECK(!filter.error().message.empty() && !filter.error().target.empty());
    return 0;
  }
  const auto written = grid::to_json(*filter);
  const auto again = grid::parse_filter(written);
  FANFARE_CHECK(again && grid::to_json(*again) == written);

  auto subscription = std::make_shared<grid::EventSubscription>();
  subscription->id = {1};
  subscription->state = grid::ProvisioningState::Succeeded;
  subscription->filter = *filter;
  const std::vector<std::shared_ptr<const grid::EventSubscription>> all = {subscription};
  const grid::Matcher matcher(all, "/topic", {});

  json::Index index;
  const std::string content(take_part(rest));
  const std::string subject = event::quote(take_part(rest));
  event::Event event{.id = "\"1\"", .source = "\"/s\"", .type = "\"T\"", .data_version = "\"1\""};
  if (index.build(content, 64)) event.data = index.root().raw();
  if (index.build(subject, 64)) event.subject = subject;
  check_agreement(*subscription, matcher, event);
  event.schema = event::Schema::CloudEvents;
  event.extensions = ",\"num\":7,\"text\":\"Aé\"";
  check_agreement(*subscription, matcher, event);
  return 0;
}
