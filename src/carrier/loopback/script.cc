#include "carrier/loopback/script.h"

#include <algorithm>

#include "carrier/codes.h"

namespace fanfare::carrier::loopback {

namespace {

Verdict verdict_of(const Attempt& attempt) {
  Verdict out;
  out.fate = attempt.fate;
  out.code = attempt.code != 0 ? attempt.code : code_of(attempt.fate);
  out.detail = attempt.detail.empty() ? std::string(words_of(out.code)) : attempt.detail;
  return out;
}

Step step_of(const Attempt& attempt, std::uint32_t segments, bool last) {
  Step step;
  step.segments_succeeded = attempt.fate == Fate::Delivered
                                ? segments
                                : std::min(attempt.segments_delivered, segments - 1);
  step.segments_failed = segments - step.segments_succeeded;
  if (last) step.verdict = verdict_of(attempt);
  return step;
}

base::Duration spread_of(const Script& script, base::Random& random) {
  if (script.spread == base::Duration::zero()) return {};
  return base::Duration(
      static_cast<base::Duration::rep>(static_cast<double>(script.spread.count()) * random.unit()));
}

}  // namespace

base::Result<void> check(const Script& script) {
  const auto wrong = [&](std::string what) {
    return base::invalid(std::move(what), script.prefix);
  };
  if (!(script.share >= 0 && script.share <= 1)) return wrong("share: must be between 0 and 1");
  if (script.spread < base::Duration::zero()) return wrong("spread: must not be negative");
  for (const auto& attempt : script.attempts) {
    if (attempt.after < base::Duration::zero()) return wrong("after: must not be negative");
    if (&attempt != &script.attempts.back() && attempt.fate != Fate::Failed) {
      return wrong("only the last attempt can deliver or expire");
    }
  }
  return {};
}

const Script* choose(const std::vector<Script>& scripts, std::string_view to,
                     base::Random& random) {
  std::vector<const Script*> fitting;
  for (const auto& script : scripts) {
    if (to.starts_with(script.prefix)) fitting.push_back(&script);
  }
  // Pointers into one vector: their order is that of the list.
  std::ranges::sort(fitting, [](const Script* a, const Script* b) {
    return a->prefix.size() != b->prefix.size() ? a->prefix.size() > b->prefix.size() : a < b;
  });
  for (const auto* script : fitting) {
    if (script->share >= 1 || random.unit() < script->share) return script;
  }
  return nullptr;
}

std::vector<Step> plan(const Script* script, std::uint32_t segments, base::Random& random) {
  static const std::vector<Attempt> kDeliveredAtOnce{Attempt{}};
  const bool plain = script == nullptr || script->attempts.empty();
  const auto& attempts = plain ? kDeliveredAtOnce : script->attempts;
  auto when = script == nullptr ? base::Duration{} : spread_of(*script, random);
  std::vector<Step> steps;
  for (const auto& attempt : attempts) {
    auto step = step_of(attempt, segments, &attempt == &attempts.back());
    when += attempt.after;
    step.when = when;
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace fanfare::carrier::loopback
