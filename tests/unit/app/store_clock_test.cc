#include "app/store_clock.h"

#include <gtest/gtest.h>

#include <ostream>

namespace fanfare::app {
namespace {

using base::hours;
using base::seconds;

constexpr base::TimePoint kThen{base::Duration(1'600'000'000'000'000'000)};

struct Case {
  const char* name;
  Owed owed;
  const char* boot_now;
  base::Duration really_passed;
  base::Duration wall_moved;
  base::Duration line_moves;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class ResumeScheduleTest : public testing::TestWithParam<Case> {};

TEST_P(ResumeScheduleTest, goes_on_where_it_should) {
  const auto& c = GetParam();
  const ScheduleSample last{
      .boot = "b1", .since_boot = hours(5), .time = kThen + hours(1), .owed = c.owed};
  const ScheduleSample now{.boot = c.boot_now,
                           .since_boot = c.boot_now == std::string("b1")
                                             ? hours(5) + c.really_passed
                                             : base::Duration(seconds(9)),
                           .time = kThen + hours(1) + c.wall_moved};
  EXPECT_EQ(resume_schedule(last, now) - (kThen + hours(1)), c.line_moves);
}

INSTANTIATE_TEST_SUITE_P(
    Restarts, ResumeScheduleTest,
    testing::Values(Case{"as_long_as_it_took", Owed::Something, "b1", seconds(3), seconds(3),
                         seconds(3)},
                    Case{"the_wall_clock_went_back_a_day", Owed::Something, "b1", seconds(3),
                         -hours(24), seconds(3)},
                    Case{"the_wall_clock_went_on_by_a_day", Owed::Something, "b1", seconds(3),
                         hours(24), seconds(3)},
                    Case{"with_nothing_owed_the_wall_clock_counts", Owed::Nothing, "b1", seconds(3),
                         -hours(24), -hours(24)},
                    Case{"after_another_boot_the_wall_clock_counts", Owed::Something, "b2",
                         hours(2), hours(2), hours(2)},
                    Case{"after_another_boot_it_does_not_go_back", Owed::Something, "b2", hours(2),
                         -hours(24), base::Duration::zero()},
                    Case{"a_machine_that_does_not_know_its_boot", Owed::Something, "", hours(2),
                         hours(2), hours(2)}),
    [](const auto& info) { return info.param.name; });

TEST(ScheduleSampleTest, reads_back_as_it_was_written) {
  const ScheduleSample sample{
      .boot = "b-1", .since_boot = seconds(77), .time = kThen, .owed = Owed::Something};
  const auto read = parse_schedule_sample(to_text(sample));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->boot, sample.boot);
  EXPECT_EQ(read->since_boot, sample.since_boot);
  EXPECT_EQ(read->time, sample.time);
  EXPECT_EQ(read->owed, Owed::Something);
}

TEST(ScheduleSampleTest, what_cannot_be_read_is_as_none) {
  for (const char* text :
       {"", "fanfare-clock 1 b1 5", "fanfare-clock 2 b1 5 5 owed\n", "fanfare-clock 1 b1 5 5 maybe",
        "fanfare-clock 1 b1 -5 5 owed", "fanfare-clock 1 b1 x 5 owed", "other 1 b1 5 5 owed"}) {
    EXPECT_FALSE(parse_schedule_sample(text)) << text;
  }
  const ScheduleSample now{.boot = "b1", .since_boot = seconds(1), .time = kThen};
  EXPECT_EQ(resume_schedule(std::nullopt, now), kThen);
}

}  // namespace
}  // namespace fanfare::app
