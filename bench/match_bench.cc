/// What finding the subscriptions of one event costs as subscriptions grow and the matches stay
/// few.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "grid/matcher.h"

namespace fanfare::grid {
namespace {

using SubscriptionPtr = std::shared_ptr<const EventSubscription>;

SubscriptionPtr subscription(int i, Filter filter) {
  EventSubscription out;
  out.id = {static_cast<std::uint32_t>(i + 1)};
  out.state = ProvisioningState::Succeeded;
  out.filter = std::move(filter);
  return std::make_shared<const EventSubscription>(std::move(out));
}

Filter by_prefix(int i) {
  Filter filter;
  filter.subject_begins_with = "/devices/" + std::to_string(i) + "/";
  return filter;
}

Filter by_type(int i) {
  Filter filter;
  filter.included_event_types = {"Contoso.Items.Type" + std::to_string(i)};
  return filter;
}

Filter by_value(int i) {
  Filter filter;
  filter.advanced.push_back(
      {.op = Operator::StringIn, .key = "data.tenant", .strings = {"tenant-" + std::to_string(i)}});
  return filter;
}

Filter by_prefix_and_data(int i) {
  Filter filter = by_prefix(i);
  filter.advanced.push_back(
      {.op = Operator::NumberGreaterThan, .key = "data.level", .numbers = {"3"}});
  filter.advanced.push_back(
      {.op = Operator::StringContains, .key = "data.note.text", .strings = {"WELCOME"}});
  return filter;
}

event::Event sample() {
  static const std::string data =
      R"({"tenant":"Tenant-0","level":7,"note":{"lang":"en","text":"welcome to it )" +
      std::string(600, 'x') + R"("}})" + std::string(base::kReadPadding, ' ');
  return {.id = "\"c13afb5f-d975-4296-a8ef-348c8fc496ee\"",
          .source = "\"/t\"",
          .subject = "\"/devices/0/readings/1\"",
          .type = "\"Contoso.Items.Type0\"",
          .time = "\"2020-09-18T00:38:28.0946757Z\"",
          .data_version = "\"1\"",
          .data = std::string_view(data).substr(0, data.size() - base::kReadPadding)};
}

void match(benchmark::State& state, Filter (*make)(int)) {
  std::vector<SubscriptionPtr> all;
  for (int i = 0; i < state.range(0); ++i) all.push_back(subscription(i, make(i)));
  const Matcher matcher(all, "/t", {});
  MatchScratch scratch;
  std::vector<queue::SubscriptionId> out;
  const auto event = sample();
  for (auto _ : state) {
    out.clear();
    matcher.match(event, scratch, out);
    benchmark::DoNotOptimize(out.data());
  }
  if (out.size() != 1) state.SkipWithError("exactly one subscription must match");
}

BENCHMARK_CAPTURE(match, by_type, by_type)->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK_CAPTURE(match, by_prefix, by_prefix)->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK_CAPTURE(match, by_value_in_data, by_value)->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK_CAPTURE(match, by_prefix_and_data, by_prefix_and_data)->Arg(1)->Arg(100)->Arg(10'000);

void compile(benchmark::State& state) {
  std::vector<SubscriptionPtr> all;
  for (int i = 0; i < state.range(0); ++i) all.push_back(subscription(i, by_prefix_and_data(i)));
  for (auto _ : state) benchmark::DoNotOptimize(Matcher(all, "/t", {}));
}
BENCHMARK(compile)->Arg(500)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace fanfare::grid

BENCHMARK_MAIN();
