/// What reading and rendering one published event costs. `ns/event` is the figure to look at.
#include <benchmark/benchmark.h>

#include <string>

#include "event/cloud_events.h"
#include "event/event_grid_schema.h"
#include "json/index.h"

namespace fanfare::event {
namespace {

constexpr const char* kTopic =
    "/subscriptions/0/resourceGroups/local/providers/Microsoft.EventGrid/topics/events";

/// About 600 bytes of members of several kinds, as services send them.
std::string data_member() {
  return R"("data":{"messageBody":"Welcome to the service, it is good to have you here","messageId":"1600389507167",)"
         R"("senderId":"8:acs:fac4607d-d2d0-40e5-84df-6f32ebd1251a_00000005-3e0d-e5aa-0e04-343a0d00037c",)"
         R"("senderDisplayName":"John","composeTime":"2020-09-18T00:38:27.167Z","type":"Text",)"
         R"("version":1600389507167,"flags":[true,false,null],"amount":{"value":12.50,"currency":"EUR"},)"
         R"("recipientId":"8:acs:fac4607d-d2d0-40e5-84df-6f32ebd1251a_00000005-3e1a-3090-6a0b-343a0d000409",)"
         R"("transactionId":"WGW1YmwRzkupk0UI0QA9ZA.1.1.1.1.1797783722.1.9",)"
         R"("threadId":"19:46df844a4c064bfaa2b3b30e385d1018@thread.v2","note":"PADDING"})";
}

std::string padded(std::string event) {
  const auto at = event.find("PADDING");
  const std::size_t size = event.size() < 1024 ? 1024 - event.size() : 0;
  return event.replace(at, 0, std::string(size, 'x'));
}

std::string grid_event(int i) {
  return padded(R"({"id":"c13afb5f-d975-4296-a8ef-)" + std::to_string(100'000'000'000 + i) +
                R"(","subject":"thread/46df844a/sender/8:acs:fac4607d/recipient/8:acs:fac4607e",)" +
                data_member() +
                R"(,"eventType":"Microsoft.Communication.ChatMessageReceived","dataVersion":"1.0",)"
                R"("metadataVersion":"1","eventTime":"2020-09-18T00:38:28.0946757Z"})");
}

std::string cloud_event(int i) {
  return padded(
      R"({"specversion":"1.0","id":"c13afb5f-d975-4296-a8ef-)" +
      std::to_string(100'000'000'000 + i) +
      R"(","source":"/services/chat","subject":"thread/46df844a/sender/8:acs:fac4607d",)" +
      data_member() +
      R"(,"type":"Microsoft.Communication.ChatMessageReceived","traceparent":"00-0af7651916cd43dd-01",)"
      R"("time":"2020-09-18T00:38:28.0946757Z"})");
}

BodyView batch_of(std::string (*event)(int), int count) {
  std::string body = "[";
  for (int i = 0; i < count; ++i) body += (i == 0 ? "" : ",") + event(i);
  return BodyView::copy_of(body + "]");
}

void report(benchmark::State& state, const BodyView& body) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.text.size()));
  state.counters["s/event"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void check_json(benchmark::State& state) {
  const auto body = batch_of(grid_event, static_cast<int>(state.range(0)));
  json::Index index;
  for (auto _ : state) benchmark::DoNotOptimize(index.build(body.text, kJsonDepthMax));
  report(state, body);
}
BENCHMARK(check_json)->Arg(1)->Arg(100);

void parse_event_grid_batch(benchmark::State& state) {
  const auto body = batch_of(grid_event, static_cast<int>(state.range(0)));
  const std::string topic = kTopic;
  for (auto _ : state) benchmark::DoNotOptimize(parse_event_grid(body, topic));
  report(state, body);
}
BENCHMARK(parse_event_grid_batch)->Arg(1)->Arg(100)->Arg(1000);

void parse_cloud_events_batch(benchmark::State& state) {
  const auto body = batch_of(cloud_event, static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(parse_cloud_event_batch(body));
  report(state, body);
}
BENCHMARK(parse_cloud_events_batch)->Arg(1)->Arg(100);

void render_event_grid(benchmark::State& state) {
  const auto body = batch_of(grid_event, static_cast<int>(state.range(0)));
  const auto batch = parse_event_grid(body, kTopic).value();
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const auto& event : batch.events) append_event_grid(out, event);
    benchmark::DoNotOptimize(out.data());
  }
  report(state, body);
}
BENCHMARK(render_event_grid)->Arg(100);

void store_and_load(benchmark::State& state) {
  const auto body = batch_of(grid_event, static_cast<int>(state.range(0)));
  const auto batch = parse_event_grid(body, kTopic).value();
  std::string out;
  for (auto _ : state) {
    out.clear();
    base::ByteWriter writer(out);
    for (const auto& event : batch.events) encode(event, writer);
    base::ByteReader reader(out);
    while (!reader.at_end() && reader.ok()) benchmark::DoNotOptimize(decode(reader));
  }
  report(state, body);
}
BENCHMARK(store_and_load)->Arg(100);

}  // namespace
}  // namespace fanfare::event

BENCHMARK_MAIN();
