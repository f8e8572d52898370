#pragma once
/// Which subscriptions of a topic an event is for. Compiled when subscriptions change, immutable,
/// shared by all threads. Cost grows with the matches, not with the subscriptions.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "event/event.h"
#include "grid/subscription.h"

namespace fanfare::grid {

/// A prefix filter ignores one leading slash on either side unless Strict: the published event
/// reference writes subjects both as `/phonenumber/…` and `thread/…`, its filter as
/// `phonenumber/1555`.
enum class SubjectSlash { Lenient, Strict };

struct MatchOptions {
  SubjectSlash subject_slash = SubjectSlash::Lenient;
};

/// Scratch memory of one matching thread; reused from event to event.
class MatchScratch {
 public:
  MatchScratch();
  ~MatchScratch();
  struct Impl;
  std::unique_ptr<Impl> impl;
};

class Matcher {
 public:
  /// Only active subscriptions are compiled in. `topic_arm_id` is the source of Event Grid events.
  Matcher(std::span<const std::shared_ptr<const EventSubscription>> subscriptions,
          std::string topic_arm_id, MatchOptions options);
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// Appends the ids of the matching subscriptions to `out`. `data` is read at most once, and only
  /// when a filter needs it. The event's bytes need base::kReadPadding readable bytes behind them.
  void match(const event::Event& event, MatchScratch& scratch,
             std::vector<queue::SubscriptionId>& out) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// One clause of a filter and what became of it; for people who ask why an event was not delivered.
struct ClauseResult {
  std::string clause;  ///< for example `advancedFilters[1] NumberIn data.count`
  bool passed = false;
  std::string value;  ///< the event's value, as JSON text; empty when the key is missing
};
std::vector<ClauseResult> explain(const EventSubscription& subscription, const event::Event& event,
                                  std::string_view topic_arm_id, MatchOptions options);

}  // namespace fanfare::grid
