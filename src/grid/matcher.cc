#include "grid/matcher.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "grid/clause.h"
#include "grid/operators.h"
#include "grid/prefix_index.h"
#include "grid/subject.h"
#include "json/text.h"

namespace fanfare::grid {

namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// What is left to check of one subscription once its event type, and its prefix or suffix, fits.
struct Rule {
  queue::SubscriptionId id;
  SubjectCase subject_case{};
  std::string suffix;           ///< empty when there is none or the index has seen to it
  std::vector<Clause> clauses;  ///< those on the envelope first: they cost least
};

using Rules = std::vector<std::uint32_t>;

/// The subscriptions to one event type (or to all), by what narrows them best: subject prefix,
/// subject suffix, the values of one StringIn filter, or nothing.
struct Group {
  std::array<PrefixIndex, 2> prefixes;                      ///< by SubjectCase
  std::array<PrefixIndex, 2> suffixes;                      ///< of reversed texts
  std::unordered_map<std::uint32_t, ByText<Rules>> values;  ///< by key, then by upper-case value
  Rules others;
};

std::size_t index_of(SubjectCase how) { return static_cast<std::size_t>(how); }

/// A clause that only the events with one of a few values pass.
const Clause* selective_clause(const std::vector<Clause>& clauses) {
  const auto found = std::ranges::find_if(clauses, [](const Clause& clause) {
    return clause.op == Operator::StringIn && !clause.on_arrays;
  });
  return found == clauses.end() ? nullptr : &*found;
}

std::string reversed(std::string_view text) { return {text.rbegin(), text.rend()}; }

bool reads_data(const AdvancedFilter& filter) {
  return filter.key.size() > 4 && (filter.key[0] | 0x20) == 'd' && filter.key[4] == '.';
}

}  // namespace

struct MatchScratch::Impl {
  EventValues values;
  Subject subject;
  std::string type;
};

MatchScratch::MatchScratch() : impl(std::make_unique<Impl>()) {}
MatchScratch::~MatchScratch() = default;

struct Matcher::Impl {
  std::vector<std::shared_ptr<const EventSubscription>>
      subscriptions;  // clauses view their numbers
  std::string topic_token;
  MatchOptions options;
  KeyTable keys;
  std::vector<Rule> rules;
  ByText<Group> by_type;
  Group any_type;

  void add(const EventSubscription& subscription);
  void add_to(Group& group, std::uint32_t rule, const Filter& filter);
  void build();
  void match_group(const Group& group, MatchScratch::Impl& scratch,
                   std::vector<queue::SubscriptionId>& out) const;
  void try_rule(std::uint32_t index, MatchScratch::Impl& scratch,
                std::vector<queue::SubscriptionId>& out) const;
};

void Matcher::Impl::add(const EventSubscription& subscription) {
  const Filter& filter = subscription.filter;
  Rule rule{.id = subscription.id, .subject_case = subject_case(filter)};
  if (!filter.subject_begins_with.empty()) rule.suffix = suffix_operand(filter);
  for (const bool data : {false, true}) {
    for (const auto& one : filter.advanced) {
      if (reads_data(one) == data)
        rule.clauses.push_back(compile(one, filter.enable_advanced_filtering_on_arrays, keys));
    }
  }
  const auto index = static_cast<std::uint32_t>(rules.size());
  rules.push_back(std::move(rule));
  if (!filter.included_event_types || filter.included_event_types->empty())
    return add_to(any_type, index, filter);
  auto types = *filter.included_event_types;
  std::ranges::sort(types);
  const auto repeated = std::ranges::unique(types);
  types.erase(repeated.begin(), repeated.end());
  for (const auto& type : types) add_to(by_type[type], index, filter);
}

void Matcher::Impl::add_to(Group& group, std::uint32_t rule, const Filter& filter) {
  const auto how = index_of(subject_case(filter));
  if (!filter.subject_begins_with.empty()) {
    group.prefixes[how].add(prefix_operand(filter, options.subject_slash), rule);
  } else if (!filter.subject_ends_with.empty()) {
    group.suffixes[how].add(reversed(suffix_operand(filter)), rule);
  } else if (const Clause* clause = selective_clause(rules[rule].clauses)) {
    auto& values = group.values[clause->key];
    for (const auto& value : clause->strings) {
      auto& there = values[value];
      if (there.empty() || there.back() != rule) there.push_back(rule);
    }
  } else {
    group.others.push_back(rule);
  }
}

void Matcher::Impl::build() {
  const auto build_group = [](Group& group) {
    for (auto& index : group.prefixes) index.build();
    for (auto& index : group.suffixes) index.build();
  };
  build_group(any_type);
  for (auto& [type, group] : by_type) build_group(group);
}

void Matcher::Impl::try_rule(std::uint32_t index, MatchScratch::Impl& scratch,
                             std::vector<queue::SubscriptionId>& out) const {
  const Rule& rule = rules[index];
  if (!rule.suffix.empty() && !scratch.subject.text(rule.subject_case).ends_with(rule.suffix))
    return;
  for (const auto& clause : rule.clauses) {
    if (!holds(clause, scratch.values)) return;
  }
  out.push_back(rule.id);
}

void Matcher::Impl::match_group(const Group& group, MatchScratch::Impl& scratch,
                                std::vector<queue::SubscriptionId>& out) const {
  const auto try_it = [&](std::uint32_t rule) { try_rule(rule, scratch, out); };
  for (const auto how : {SubjectCase::Ignored, SubjectCase::Exact}) {
    const auto& prefixes = group.prefixes[index_of(how)];
    if (!prefixes.empty())
      prefixes.find(prefix_form(scratch.subject.text(how), options.subject_slash), try_it);
    const auto& suffixes = group.suffixes[index_of(how)];
    if (!suffixes.empty()) suffixes.find(scratch.subject.reversed(how), try_it);
  }
  for (const auto& [key, by_value] : group.values) {
    FilterValue& value = scratch.values.get(key);
    if (value.missing() || !value.is_text()) continue;
    const auto found = by_value.find(value.folded_text());
    if (found != by_value.end()) std::ranges::for_each(found->second, try_it);
  }
  std::ranges::for_each(group.others, try_it);
}

Matcher::Matcher(std::span<const std::shared_ptr<const EventSubscription>> subscriptions,
                 std::string topic_arm_id, MatchOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->topic_token = event::quote(topic_arm_id);
  impl_->options = options;
  for (const auto& subscription : subscriptions) {
    if (!subscription->active()) continue;
    impl_->subscriptions.push_back(subscription);
    impl_->add(*subscription);
  }
  impl_->build();
}

Matcher::~Matcher() = default;

void Matcher::match(const event::Event& event, MatchScratch& scratch,
                    std::vector<queue::SubscriptionId>& out) const {
  auto& work = *scratch.impl;
  work.values.reset(impl_->keys, event, impl_->topic_token);
  work.subject.reset(event.subject);
  impl_->match_group(impl_->any_type, work, out);
  if (impl_->by_type.empty() || event.type.size() < 2) return;
  std::string_view type = event.type.substr(1, event.type.size() - 2);
  if (type.find('\\') != std::string_view::npos) type = work.type = json::unescape(event.type);
  const auto group = impl_->by_type.find(type);
  if (group != impl_->by_type.end()) impl_->match_group(group->second, work, out);
}

}  // namespace fanfare::grid
