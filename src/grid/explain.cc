#include <algorithm>

#include "grid/clause.h"
#include "grid/matcher.h"
#include "grid/operators.h"
#include "grid/subject.h"

namespace fanfare::grid {

namespace {

ClauseResult explain_types(const std::vector<std::string>& types, const event::Event& event) {
  const auto type = event.type.empty() ? std::string() : event::unescape(event.type);
  return {"includedEventTypes", std::ranges::find(types, type) != types.end(),
          std::string(event.type)};
}

void explain_subject(const Filter& filter, const event::Event& event, MatchOptions options,
                     std::vector<ClauseResult>& out) {
  Subject subject;
  subject.reset(event.subject);
  const auto text = subject.text(subject_case(filter));
  if (!filter.subject_begins_with.empty()) {
    const bool passed = prefix_form(text, options.subject_slash)
                            .starts_with(prefix_operand(filter, options.subject_slash));
    out.push_back({"subjectBeginsWith", passed, std::string(event.subject)});
  }
  if (!filter.subject_ends_with.empty()) {
    out.push_back(
        {"subjectEndsWith", text.ends_with(suffix_operand(filter)), std::string(event.subject)});
  }
}

}  // namespace

std::vector<ClauseResult> explain(const EventSubscription& subscription, const event::Event& event,
                                  std::string_view topic_arm_id, MatchOptions options) {
  const Filter& filter = subscription.filter;
  std::vector<ClauseResult> out;
  if (filter.included_event_types && !filter.included_event_types->empty()) {
    out.push_back(explain_types(*filter.included_event_types, event));
  }
  explain_subject(filter, event, options, out);

  KeyTable keys;
  std::vector<Clause> clauses;
  for (const auto& one : filter.advanced) {
    clauses.push_back(compile(one, filter.enable_advanced_filtering_on_arrays, keys));
  }
  const std::string topic = event::quote(topic_arm_id);
  EventValues values;
  values.reset(keys, event, topic);
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    const auto& one = filter.advanced[i];
    const std::string name = "advancedFilters[" + std::to_string(i) + "] " +
                             std::string(to_string(one.op)) + " " + one.key;
    out.push_back({name, holds(clauses[i], values), std::string(values.get(clauses[i].key).raw())});
  }
  return out;
}

}  // namespace fanfare::grid
