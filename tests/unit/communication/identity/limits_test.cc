#include "communication/identity/limits.h"

#include <gtest/gtest.h>

namespace fanfare::communication::identity {
namespace {

const base::TimePoint kStart{base::hours(1)};
constexpr ResourceId kOne{1};
constexpr ResourceId kTwo{2};

int taken(OperationLimits& limits, ResourceId resource, Operation operation) {
  int count = 0;
  while (count < 5000 && !limits.take(resource, operation)) ++count;
  return count;
}

TEST(OperationLimits, HoldTheServicesNumbersPerKindAndResource) {
  base::VirtualClock clock(kStart);
  OperationLimits limits(clock, LimitMode::Service);
  EXPECT_EQ(taken(limits, kOne, Operation::Create), 1000);
  EXPECT_EQ(taken(limits, kOne, Operation::CreateWithToken), 1000);
  EXPECT_EQ(taken(limits, kOne, Operation::Issue), 1000);
  EXPECT_EQ(taken(limits, kOne, Operation::Delete), 500);
  EXPECT_EQ(taken(limits, kOne, Operation::Revoke), 500);
  EXPECT_EQ(taken(limits, kOne, Operation::Exchange), 500);
  EXPECT_EQ(taken(limits, kTwo, Operation::Create), 1000);
}

TEST(OperationLimits, SayHowLongToWaitAndMeanIt) {
  base::VirtualClock clock(kStart);
  OperationLimits limits(clock, LimitMode::Service);
  taken(limits, kOne, Operation::Delete);
  const auto wait = limits.take(kOne, Operation::Delete);
  ASSERT_EQ(wait, base::seconds(1));
  clock.advance_to(clock.now() + *wait);
  EXPECT_EQ(limits.take(kOne, Operation::Delete), std::nullopt);
  clock.advance_to(clock.now() + base::hours(1));
  EXPECT_EQ(taken(limits, kOne, Operation::Delete), 500) << "never more than the limit";
}

TEST(OperationLimits, AreOffUnlessConfigured) {
  base::VirtualClock clock(kStart);
  OperationLimits limits(clock, LimitMode::Off);
  EXPECT_EQ(taken(limits, kOne, Operation::Create), 5000);
}

}  // namespace
}  // namespace fanfare::communication::identity
