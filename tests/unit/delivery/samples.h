#pragma once
/// Subscriptions, events and tasks to start from.
#include <chrono>
#include <memory>
#include <string>

#include "grid/subscription.h"
#include "queue/task.h"

namespace fanfare::delivery {

inline const base::TimePoint kNoon =
    std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(12);

inline grid::EventSubscription sample_subscription(
    std::string url = "https://hooks.example.com/in?code=1") {
  grid::EventSubscription subscription;
  subscription.id = {7};
  subscription.topic = {3};
  subscription.topic_arm_id =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.EventGrid/topics/t";
  subscription.name = "orders-Hook";
  subscription.destination = grid::WebHookDestination{.endpoint_url = std::move(url)};
  subscription.state = grid::ProvisioningState::Succeeded;
  return subscription;
}

inline grid::WebHookDestination& webhook_of(grid::EventSubscription& subscription) {
  return std::get<grid::WebHookDestination>(subscription.destination);
}

inline event::Event sample_event() {
  event::Event event;
  event.schema = event::Schema::EventGrid;
  event.id = R"("id-1")";
  event.source = R"("/topics/t")";
  event.subject = R"("orders/1")";
  event.type = R"("Order.Placed")";
  event.time = R"("2026-01-31T11:59:58Z")";
  event.data_version = R"("1.0")";
  event.data = R"({"count":12345678901234567890,"system":"north","deep":{"flag":true}})";
  return event;
}

inline event::Event sample_cloud_event() {
  event::Event event;
  event.schema = event::Schema::CloudEvents;
  event.id = R"("ce-1")";
  event.source = R"("/shop")";
  event.type = R"("order.placed")";
  event.extensions = R"(,"traceparent":"00-ab")";
  event.data = R"({"a":1})";
  return event;
}

inline event::Event sample_custom_event() {
  auto event = sample_event();
  event.schema = event::Schema::Custom;
  event.data = R"({"myKey":"k","anything":[1,2]})";
  return event;
}

inline queue::Task sample_task(event::Event event = sample_event(), std::uint32_t index = 0) {
  queue::Task task;
  task.key = {{7}, 42, index};
  task.event = event;
  task.topic = {3};
  task.published = kNoon;
  return task;
}

}  // namespace fanfare::delivery
