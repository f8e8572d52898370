/// What every carrier promises to those who submit messages to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <asio/post.hpp>

#include <functional>
#include <mutex>
#include <optional>

#include "base/check.h"
#include "base/clock.h"
#include "carrier/open.h"

namespace fanfare::carrier {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const auto kStart = *base::parse_rfc3339("2026-01-31T12:00:00Z");

/// Notes what it is told; answers as it was asked to.
class Notes final : public Listener {
 public:
  base::Async<base::Result<void>> on_report(Report report) override {
    const std::lock_guard lock(mutex_);
    if (refusals_ > 0) {
      --refusals_;
      co_return base::Error{base::Errc::Unavailable, "full", {}};
    }
    reports_.push_back(std::move(report));
    co_return base::Result<void>();
  }
  base::Async<base::Result<void>> on_inbound(Inbound message) override {
    const std::lock_guard lock(mutex_);
    inbound_.push_back(std::move(message));
    co_return base::Error{base::Errc::NotFound, "no number of ours", {}};
  }

  void refuse(int times) {
    const std::lock_guard lock(mutex_);
    refusals_ = times;
  }
  std::vector<Report> reports() const {
    const std::lock_guard lock(mutex_);
    return reports_;
  }
  std::vector<Inbound> inbound() const {
    const std::lock_guard lock(mutex_);
    return inbound_;
  }

 private:
  mutable std::mutex mutex_;
  int refusals_ = 0;
  std::vector<Report> reports_;
  std::vector<Inbound> inbound_;
};

/// A carrier, and the far end that plays phones for it: by prefix of the number.
///   +1555000…  delivered at once       +1555001…  fails after one hour
///   +1555002…  one failing attempt, delivered after a minute
///   +1555003…  refused with 4003
struct Kind {
  const char* name;
  std::function<std::unique_ptr<Carrier>(base::Clock&, base::Executor)> make;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

std::unique_ptr<Carrier> make_loopback(base::Clock& clock, base::Executor executor) {
  loopback::Script fails{.prefix = "+1555001"};
  fails.attempts = {{.after = 1h, .fate = Fate::Failed, .code = 4004}};
  loopback::Script second{.prefix = "+1555002"};
  second.attempts = {{.fate = Fate::Failed}, {.after = 1min}};
  loopback::Script refused{.prefix = "+1555003"};
  refused.refused = Refused{4003, "Not there."};
  Options options;
  options.loopback.scripts = {fails, second, refused};
  auto opened = open("loopback", std::move(options), clock, executor);
  FANFARE_CHECK(opened.has_value());
  return *std::move(opened);
}

class CarrierContract : public testing::TestWithParam<Kind> {
 protected:
  CarrierContract() : carrier_(GetParam().make(clock_, threads_.executor(0))) {
    carrier_->start(notes_);
  }
  ~CarrierContract() override {
    close();
    threads_.stop();
  }

  void close() {
    base::block_on(threads_.executor(0),
                   [this]() -> base::Async<void> { co_await carrier_->close(); });
  }

  Submitted submit(std::string id, std::string to, std::vector<std::string> segments = {"hi"}) {
    Submission submission;
    submission.id = std::move(id);
    submission.from = "+15555550100";
    submission.to = std::move(to);
    submission.segments = std::move(segments);
    std::optional<Submitted> out;
    base::block_on(threads_.executor(0), [&]() -> base::Async<void> {
      out = co_await carrier_->submit(std::move(submission));
    });
    return *std::move(out);
  }

  /// Runs what is due; a few rounds, since one step may start the next.
  void settle() {
    for (int round = 0; round < 20; ++round) base::run_on(threads_.executor(0), [] {});
  }
  void pass(base::Duration time) {
    clock_.advance_to(clock_.now() + time);
    settle();
  }

  base::VirtualClock clock_{kStart};
  base::IoThreads threads_{1};
  Notes notes_;
  std::unique_ptr<Carrier> carrier_;
};

TEST_P(CarrierContract, AnAcceptedMessageGetsOneVerdictByItsReference) {
  const auto submitted = submit("Outgoing_1", "+15550001111", {"one ", "two"});
  const auto* accepted = std::get_if<Accepted>(&submitted);
  ASSERT_NE(accepted, nullptr);
  ASSERT_FALSE(accepted->references.empty());
  settle();
  std::uint32_t succeeded = 0;
  for (const auto& report : notes_.reports()) {
    EXPECT_THAT(accepted->references, testing::Contains(report.reference));
    ASSERT_TRUE(report.verdict.has_value());
    EXPECT_EQ(report.verdict->fate, Fate::Delivered);
    EXPECT_EQ(report.verdict->code, 2000);
    succeeded += report.segments_succeeded;
  }
  EXPECT_EQ(succeeded, 2U);
  pass(48h);
  EXPECT_THAT(notes_.reports(), SizeIs(accepted->references.size()));
}

TEST_P(CarrierContract, AnAttemptThatFailedIsReportedBeforeTheNextOne) {
  submit("Outgoing_1", "+15550021111");
  settle();
  ASSERT_THAT(notes_.reports(), SizeIs(1));
  EXPECT_EQ(notes_.reports()[0].segments_failed, 1U);
  EXPECT_FALSE(notes_.reports()[0].verdict.has_value());
  pass(1min);
  ASSERT_THAT(notes_.reports(), SizeIs(2));
  EXPECT_EQ(notes_.reports()[1].verdict->fate, Fate::Delivered);
  EXPECT_EQ(notes_.reports()[1].at - notes_.reports()[0].at, 1min);
}

TEST_P(CarrierContract, AFailureHasACodeAndWords) {
  submit("Outgoing_1", "+15550011111");
  pass(59min);
  EXPECT_THAT(notes_.reports(), IsEmpty());
  pass(1min);
  ASSERT_THAT(notes_.reports(), SizeIs(1));
  EXPECT_EQ(notes_.reports()[0].verdict->fate, Fate::Failed);
  EXPECT_EQ(notes_.reports()[0].verdict->code, 4004);
  EXPECT_FALSE(notes_.reports()[0].verdict->detail.empty());
}

TEST_P(CarrierContract, WhatIsRefusedIsNeverReported) {
  const auto submitted = submit("Outgoing_1", "+15550031111");
  const auto* refused = std::get_if<Refused>(&submitted);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->code, 4003);
  pass(48h);
  EXPECT_THAT(notes_.reports(), IsEmpty());
}

TEST_P(CarrierContract, AReportThatCouldNotBeKeptIsToldAgain) {
  notes_.refuse(3);
  submit("Outgoing_1", "+15550001111");
  settle();
  EXPECT_THAT(notes_.reports(), IsEmpty());
  for (int second = 0; second < 10; ++second) pass(1s);
  EXPECT_THAT(notes_.reports(), SizeIs(1));
}

TEST_P(CarrierContract, AfterItsCloseNothingIsTakenOrTold) {
  submit("Outgoing_1", "+15550011111");
  close();
  const auto submitted = submit("Outgoing_2", "+15550001111");
  EXPECT_TRUE(std::holds_alternative<TryLater>(submitted));
  pass(48h);
  EXPECT_THAT(notes_.reports(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, CarrierContract, testing::Values(Kind{"loopback", make_loopback}),
                         [](const auto& kind) { return std::string(kind.param.name); });

// --- the loopback carrier alone
// -------------------------------------------------------------------

TEST_P(CarrierContract, LoopbackBringsTheWholeTextToTheRecipientFirst) {
  submit("Outgoing_1", "+15550001111", {"one ", "two"});
  settle();
  ASSERT_THAT(notes_.inbound(), SizeIs(1));
  EXPECT_EQ(notes_.inbound()[0].text, "one two");
  EXPECT_EQ(notes_.inbound()[0].segments, 2U);
  EXPECT_EQ(notes_.inbound()[0].reference, "Outgoing_1");
  submit("Outgoing_2", "+15550011111");
  pass(2h);
  EXPECT_THAT(notes_.inbound(), SizeIs(1)) << "what failed does not arrive";
}

TEST(LoopbackLimits, MoreThanItsRateAreToldToComeLater) {
  base::VirtualClock clock(kStart);
  base::IoThreads threads(1);
  Notes notes;
  Options options;
  options.loopback.messages_per_second = 2;
  auto carrier = *open("loopback", std::move(options), clock, threads.executor(0));
  carrier->start(notes);
  std::vector<bool> taken;
  base::block_on(threads.executor(0), [&]() -> base::Async<void> {
    for (int i = 0; i < 6; ++i) {
      if (i == 3) clock.advance_to(clock.now() + 1s);
      Submission submission;
      submission.id = std::to_string(i);
      submission.segments = {"hi"};
      const auto submitted = co_await carrier->submit(std::move(submission));
      taken.push_back(std::holds_alternative<Accepted>(submitted));
      if (const auto* later = std::get_if<TryLater>(&submitted)) EXPECT_EQ(later->wait, 1s);
    }
    co_await carrier->close();
  });
  EXPECT_THAT(taken, ElementsAre(true, true, false, true, true, false));
  threads.stop();
}

TEST(OpenCarrier, AnUnknownNameAndAWrongScriptAreErrors) {
  base::VirtualClock clock(kStart);
  base::IoThreads threads(1);
  EXPECT_FALSE(open("pigeon", {}, clock, threads.executor(0)).has_value());
  Options options;
  options.loopback.scripts = {{.prefix = "+1", .share = 2}};
  EXPECT_FALSE(open("loopback", std::move(options), clock, threads.executor(0)).has_value());
  threads.stop();
}

}  // namespace
}  // namespace fanfare::carrier
