#include "log/guards.h"

#include <gtest/gtest.h>

namespace fanfare::log {
namespace {

AggregateKey key(const std::string& name) { return hash_aggregate(name, 1); }

TEST(GuardsTest, an_unknown_aggregate_expects_none) {
  const Guards guards;
  EXPECT_TRUE(guards.holds(key("a"), 0, 1));
  EXPECT_FALSE(guards.holds(key("a"), 5, 1));
}

TEST(GuardsTest, the_last_position_is_expected) {
  Guards guards;
  guards.note(key("a"), 3);
  guards.note(key("a"), 7);
  EXPECT_TRUE(guards.holds(key("a"), 7, 1));
  EXPECT_FALSE(guards.holds(key("a"), 3, 1));
  EXPECT_FALSE(guards.holds(key("a"), 0, 1));
}

TEST(GuardsTest, positions_before_the_first_count_as_none) {
  Guards guards;
  guards.note(key("a"), 3);
  EXPECT_TRUE(guards.holds(key("a"), 0, 4));
  EXPECT_TRUE(guards.holds(key("a"), 3, 4));
  EXPECT_FALSE(guards.holds(key("a"), 4, 4));
}

TEST(GuardsTest, undo_takes_back_what_was_not_settled) {
  Guards guards;
  guards.note(key("a"), 1);
  guards.settle();
  guards.note(key("a"), 2);
  guards.note(key("b"), 3);
  guards.note(key("a"), 4);
  guards.undo();
  EXPECT_TRUE(guards.holds(key("a"), 1, 1));
  EXPECT_TRUE(guards.holds(key("b"), 0, 1));
  EXPECT_EQ(guards.size(), 1u);
}

TEST(GuardsTest, memory_stays_bounded_by_what_the_log_keeps) {
  Guards guards;
  for (Position p = 1; p <= 100'000; ++p) {
    guards.note(key(std::to_string(p)), p);
    guards.settle();
    guards.forget_before(p > 100 ? p - 100 : 1);
  }
  EXPECT_LT(guards.size(), 3000u);
  EXPECT_TRUE(guards.holds(key("100000"), 100'000, 99'900));
}

TEST(GuardsTest, stores_hash_the_same_name_differently) {
  EXPECT_NE(hash_aggregate("thread/1", 1), hash_aggregate("thread/1", 2));
}

}  // namespace
}  // namespace fanfare::log
