#include <gmock/gmock.h>

#include <map>

#include "base/random.h"
#include "json/index.h"
#include "json/text.h"
#include "unit/grid/match_events.h"

/// The matcher against a plain reading of the rules: every filter on every event, no index, no
/// sharing.
namespace fanfare::grid {
namespace {

/// Numbers of at most 20 digits before the point and 15 behind it, as integers of 128 bits.
__int128 scaled(std::string_view text) {
  __int128 value = 0;
  int exponent = 15;
  const bool negative = text.starts_with('-');
  bool fraction = false;
  std::size_t i = negative ? 1 : 0;
  for (; i < text.size() && text[i] != 'e'; ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    value = value * 10 + (text[i] - '0');
    exponent -= fraction;
  }
  if (i < text.size()) exponent += std::stoi(std::string(text.substr(i + 1)));
  for (; exponent > 0; --exponent) value *= 10;
  for (; exponent < 0; ++exponent) value /= 10;
  return negative ? -value : value;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const auto& [lower, capital] :
       {std::pair<std::string, std::string>{"é", "É"}, {"σ", "Σ"}, {"ж", "Ж"}}) {
    for (auto at = text.find(lower); at != std::string::npos; at = text.find(lower))
      text.replace(at, lower.size(), capital);
  }
  return text;
}

/// The ASCII letters of toupper() above leave UTF-8 alone in the C locale, which tests run in.
std::string text_of(std::string_view token) { return json::unescape(token); }

/// A value by its key, or nothing.
class NaiveEvent {
 public:
  explicit NaiveEvent(const event::Event& event) : event_(event) {
    if (!event.data.empty()) EXPECT_TRUE(index_.build(event.data, 64));
  }

  std::string value(const std::string& key) const {
    const auto is = [&](const char* name) { return upper(key) == upper(name); };
    if (upper(key).starts_with("DATA."))
      return event_.data.empty() ? "" : below(index_.root(), key.substr(5));
    if (is("id")) return std::string(event_.id);
    if (is("subject")) return std::string(event_.subject);
    if (event_.schema == event::Schema::CloudEvents) {
      if (is("source")) return std::string(event_.source);
      if (is("type") || is("eventType")) return std::string(event_.type);
      if (is("num")) return "7";
      return "";
    }
    if (is("topic")) return std::string(event_.source);
    if (is("eventType")) return std::string(event_.type);
    return is("dataVersion") ? std::string(event_.data_version) : "";
  }

  bool numbers_are_text(const std::string& key) const {
    return event_.schema == event::Schema::CloudEvents && upper(key) == "NUM";
  }

 private:
  static std::string below(json::Node node, const std::string& path) {
    if (!node.is_object()) return "";
    const auto dot = path.find('.');
    const auto name = path.substr(0, dot);
    json::Node exact;
    json::Node similar;
    for (const auto member : node.members()) {
      const auto candidate = text_of(member.name.raw());
      if (candidate == name) exact = member.value;
      if (upper(candidate) == upper(name)) similar = member.value;
    }
    const auto found = exact ? exact : similar;
    if (!found) return "";
    return dot == std::string::npos ? std::string(found.raw()) : below(found, path.substr(dot + 1));
  }

  const event::Event& event_;
  json::Index index_;
};

bool is_number(const std::string& raw) {
  return raw[0] == '-' || std::isdigit(static_cast<unsigned char>(raw[0])) != 0;
}

bool naive_hit(const AdvancedFilter& f, const std::string& raw, bool numbers_are_text) {
  const bool text_like = raw[0] == '"' || (numbers_are_text && is_number(raw));
  const auto text = !text_like ? "" : upper(raw[0] == '"' ? text_of(raw) : raw);
  const auto any_text = [&](auto test) {
    return text_like &&
           std::ranges::any_of(f.strings, [&](const std::string& s) { return test(upper(s)); });
  };
  const auto number = is_number(raw) ? scaled(raw) : 0;
  const auto compare = [&](auto test) {
    return is_number(raw) && test(number, scaled(f.numbers.at(0)));
  };
  switch (f.op) {
    case Operator::NumberIn:
    case Operator::NumberNotIn:
      return is_number(raw) &&
             std::ranges::any_of(f.numbers, [&](const auto& n) { return scaled(n) == number; });
    case Operator::NumberInRange:
    case Operator::NumberNotInRange:
      return is_number(raw) && std::ranges::any_of(f.ranges, [&](const auto& r) {
               return scaled(r.first) <= number && number <= scaled(r.second);
             });
    case Operator::NumberLessThan:
      return compare(std::less<>());
    case Operator::NumberLessThanOrEquals:
      return compare(std::less_equal<>());
    case Operator::NumberGreaterThan:
      return compare(std::greater<>());
    case Operator::NumberGreaterThanOrEquals:
      return compare(std::greater_equal<>());
    case Operator::BoolEquals:
      return raw == (f.boolean ? "true" : "false");
    case Operator::StringIn:
    case Operator::StringNotIn:
      return any_text([&](const std::string& s) { return text == s; });
    case Operator::StringContains:
    case Operator::StringNotContains:
      return any_text([&](const std::string& s) { return text.find(s) != std::string::npos; });
    case Operator::StringBeginsWith:
    case Operator::StringNotBeginsWith:
      return any_text([&](const std::string& s) { return text.starts_with(s); });
    case Operator::StringEndsWith:
    case Operator::StringNotEndsWith:
      return any_text([&](const std::string& s) { return text.ends_with(s); });
    default:
      return false;
  }
}

bool naive_advanced(const AdvancedFilter& f, bool on_arrays, const NaiveEvent& event) {
  const auto raw = event.value(f.key);
  const bool missing = raw.empty() || raw == "null";
  if (f.op == Operator::IsNullOrUndefined) return missing;
  if (f.op == Operator::IsNotNull) return !missing;
  if (missing) {
    return f.op == Operator::NumberNotIn || f.op == Operator::NumberNotInRange ||
           f.op == Operator::StringNotIn;
  }
  using enum Operator;
  const bool negative = f.op == NumberNotIn || f.op == NumberNotInRange || f.op == StringNotIn ||
                        f.op == StringNotContains || f.op == StringNotBeginsWith ||
                        f.op == StringNotEndsWith;
  if (raw[0] != '[') return naive_hit(f, raw, event.numbers_are_text(f.key)) != negative;
  bool hit = false;
  json::Index index;
  EXPECT_TRUE(index.build(raw, 64));
  if (on_arrays) {
    for (const auto node : index.root().elements())
      hit |= naive_hit(f, std::string(node.raw()), false);
  }
  return hit != negative;
}

std::string without_slash(std::string text) {
  return text.starts_with('/') ? text.substr(1) : text;
}

bool naive_matches(const Filter& f, const event::Event& event, SubjectSlash slash) {
  if (f.included_event_types && !f.included_event_types->empty() &&
      std::ranges::find(*f.included_event_types, text_of(event.type)) ==
          f.included_event_types->end()) {
    return false;
  }
  auto subject = text_of(event.subject);
  auto prefix = f.subject_begins_with;
  auto suffix = f.subject_ends_with;
  if (!f.is_subject_case_sensitive) {
    subject = upper(subject);
    prefix = upper(prefix);
    suffix = upper(suffix);
  }
  if (!subject.ends_with(suffix)) return false;
  if (slash == SubjectSlash::Lenient && !prefix.empty()) {
    if (!without_slash(subject).starts_with(without_slash(prefix))) return false;
  } else if (!subject.starts_with(prefix)) {
    return false;
  }
  const NaiveEvent naive(event);
  return std::ranges::all_of(f.advanced, [&](const AdvancedFilter& one) {
    return naive_advanced(one, f.enable_advanced_filtering_on_arrays, naive);
  });
}

/// Makes subscriptions and events from few parts, so that they meet often.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_.next() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::string pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

  std::string text() {
    return pick({"", "a", "A", "ab", "aB/é", "É", "σ", "жa", "b", "7", "/a", "x/y", "true"});
  }
  std::string number() {
    return pick({"0", "-0", "1", "1.0", "1e0", "2", "-1", "0.5", "7", "9007199254740992",
                 "9007199254740993", "9007199254740993.0", "18446744073709551615", "10e-1", "0.1e1",
                 "99.99"});
  }
  std::string type() { return pick({"A", "B", "b", "Sample.Created"}); }
  std::string subject() {
    return pick({"", "/", "/a", "a", "/a/b", "A/B", "a/é", "/A/É/x", "//a", "b/a", "x/y/a"});
  }
  std::string key() {
    return pick({"data.a", "data.A", "data.b", "data.n.a", "data.N.b.c", "Id", "subject",
                 "EventType", "dataVersion", "num", "source", "type", "topic", "data.none",
                 "nothing", "data.a.b"});
  }

  AdvancedFilter advanced() {
    AdvancedFilter f;
    f.op = static_cast<Operator>(below(19));
    f.key = key();
    f.boolean = one_in(2);
    for (auto n = 1 + below(3); n > 0; --n) {
      f.numbers.push_back(number());
      f.strings.push_back(text());
      auto range = std::pair(number(), number());
      if (scaled(range.first) > scaled(range.second)) std::swap(range.first, range.second);
      f.ranges.push_back(range);
    }
    return f;
  }

  Filter filter() {
    Filter f;
    if (one_in(2)) f.included_event_types = {type(), type()};
    if (one_in(8)) f.included_event_types = std::vector<std::string>();
    if (one_in(2)) f.subject_begins_with = subject();
    if (one_in(4)) f.subject_ends_with = pick({"", "a", "/a", "B", "É", "x"});
    f.is_subject_case_sensitive = one_in(3);
    f.enable_advanced_filtering_on_arrays = one_in(2);
    for (auto n = below(3); n > 0; --n) f.advanced.push_back(advanced());
    return f;
  }

  std::string value(int depth) {
    switch (below(depth > 0 ? 8 : 5)) {
      case 0:
        return "null";
      case 1:
        return one_in(2) ? "true" : "false";
      case 2:
        return number();
      case 3:
        return event::quote(text());
      case 4:
        return pick({R"("\u0061")", R"("\u00e9")", R"("a\n")"});
      case 5:
        return array(depth - 1);
      default:
        return object(depth - 1);
    }
  }

  std::string array(int depth) {
    std::string out = "[";
    for (auto n = below(4); n > 0; --n) out += (out.size() > 1 ? " , " : "") + value(depth);
    return out + "]";
  }

  std::string object(int depth) {
    std::string out = "{";
    for (auto n = below(6); n > 0; --n) {
      out += (out.size() > 1 ? "," : "") +
             pick({"\"a\"", "\"A\"", "\"b\"", "\"n\"", "\"N\"", "\"c\"", R"("\u0061")"}) + ": " +
             value(depth);
    }
    return out + "}";
  }

  event::Event event() {
    texts_ = {event::quote(text()), event::quote(subject()), event::quote(type()),
              one_in(4) ? value(3) : object(3)};
    event::Event out;
    out.id = texts_[0];
    out.source = "\"/Source\"";
    out.subject = texts_[1];
    out.type = texts_[2];
    out.data = one_in(10) ? std::string_view() : texts_[3];
    if (one_in(2)) {
      out.schema = event::Schema::CloudEvents;
      out.extensions = ",\"num\":7";
    } else {
      out.data_version = "\"7\"";
    }
    return out;
  }

 private:
  base::SeededRandom random_;
  std::vector<std::string> texts_;
};

TEST(MatcherDifferential, AgreesWithAPlainReadingOfTheRules) {
  std::size_t hits = 0;
  std::size_t verdicts = 0;
  MatchScratch scratch;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Maker maker(seed);
    const auto slash = seed % 2 == 0 ? SubjectSlash::Lenient : SubjectSlash::Strict;
    std::vector<test::SubscriptionPtr> all;
    for (std::uint32_t id = 0; id < 120; ++id)
      all.push_back(test::subscription(id, maker.filter()));
    const Matcher matcher(all, std::string(test::kTopic), {slash});
    for (int i = 0; i < 60; ++i) {
      const auto event = maker.event();
      std::vector<std::uint32_t> expected;
      for (const auto& one : all) {
        if (naive_matches(one->filter, event, slash)) expected.push_back(one->id.value);
      }
      hits += expected.size();
      verdicts += all.size();
      const auto found = test::matches(matcher, scratch, event);
      std::vector<std::uint32_t> differing;
      std::ranges::set_symmetric_difference(found, expected, std::back_inserter(differing));
      if (differing.empty()) continue;
      FAIL() << "seed " << seed << ", subject " << event.subject << ", type " << event.type
             << ", data " << event.data << "\nfilter "
             << json::write(to_json(all[differing[0]]->filter));
    }
  }
  EXPECT_EQ(verdicts, 60u * 120 * 60);
  EXPECT_GT(hits, verdicts / 50) << "filters and events must meet often enough to mean anything";
}

TEST(MatcherDifferential, ExplainAgreesWithTheMatcher) {
  Maker maker(4711);
  for (int i = 0; i < 3000; ++i) {
    const auto one = test::subscription(1, maker.filter());
    const auto event = maker.event();
    const auto clauses = explain(*one, event, test::kTopic, {});
    const bool all =
        std::ranges::all_of(clauses, [](const ClauseResult& clause) { return clause.passed; });
    ASSERT_EQ(all, test::matches(one->filter, event))
        << json::write(to_json(one->filter)) << " " << event.data;
  }
}

}  // namespace
}  // namespace fanfare::grid
