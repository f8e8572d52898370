#include "communication/sms/outcome.h"

#include <algorithm>
#include <utility>

#include "carrier/codes.h"

namespace fanfare::communication::sms {

namespace {

std::uint32_t tried(const Attempt& attempt) {
  return attempt.segments_succeeded + attempt.segments_failed;
}

void note_attempt(Message& message, const carrier::Report& report) {
  const auto segments = report.segments_succeeded + report.segments_failed;
  auto& attempts = message.attempts;
  if (attempts.empty() || tried(attempts.back()) + segments > message.segments) {
    attempts.emplace_back();
  }
  auto& attempt = attempts.back();
  attempt.at = std::max(attempt.at, report.at);
  attempt.segments_succeeded += report.segments_succeeded;
  attempt.segments_failed += report.segments_failed;
}

bool is_worse(const carrier::Verdict& verdict, int code) {
  return code == 0 || (code == carrier::kDelivered && verdict.fate != carrier::Fate::Delivered);
}

}  // namespace

void apply_report(Message& message, const carrier::Report& report, base::TimePoint now) {
  if (message.ended()) return;
  note_attempt(message, report);
  if (!report.verdict) return;
  message.segments_settled += report.segments_succeeded + report.segments_failed;
  if (is_worse(*report.verdict, message.code)) {
    message.code = report.verdict->code;
    message.detail = report.verdict->detail;
  }
  if (message.segments_settled < message.segments) return;
  const bool delivered =
      message.attempts.back().segments_failed == 0 && message.code == carrier::kDelivered;
  message.state = delivered ? State::Delivered : State::Failed;
  message.reported = now;
}

void fail(Message& message, int code, std::string detail, base::TimePoint now) {
  if (message.ended()) return;
  if (message.attempts.empty()) message.attempts.push_back({now, 0, message.segments});
  message.state = State::Failed;
  message.code = code;
  message.detail = std::move(detail);
  message.reported = now;
}

}  // namespace fanfare::communication::sms
