#include <gmock/gmock.h>

#include "base/random.h"
#include "grid/prefix_index.h"

namespace fanfare::grid {
namespace {

std::vector<std::uint32_t> found(const PrefixIndex& index, std::string_view text) {
  std::vector<std::uint32_t> out;
  index.find(text, [&](std::uint32_t value) { out.push_back(value); });
  std::ranges::sort(out);
  return out;
}

TEST(PrefixIndex, FindsEveryPrefixOfAText) {
  PrefixIndex index;
  std::uint32_t value = 0;
  for (const char* prefix : {"", "a", "ab", "abc", "abd", "b", "ab", "abcde"})
    index.add(prefix, value++);
  index.build();
  EXPECT_THAT(found(index, ""), testing::ElementsAre(0));
  EXPECT_THAT(found(index, "abcd"), testing::ElementsAre(0, 1, 2, 3, 6));
  EXPECT_THAT(found(index, "abz"), testing::ElementsAre(0, 1, 2, 6));
  EXPECT_THAT(found(index, "b"), testing::ElementsAre(0, 5));
  EXPECT_THAT(found(index, "zz"), testing::ElementsAre(0));
}

TEST(PrefixIndex, FindsNothingWhenItIsEmpty) {
  PrefixIndex index;
  index.build();
  EXPECT_TRUE(index.empty());
  EXPECT_THAT(found(index, "a"), testing::IsEmpty());
}

TEST(PrefixIndex, AgreesWithTryingEveryPrefix) {
  base::SeededRandom random(7);
  const auto text = [&] {
    std::string out;
    for (auto size = random.next() % 7; size > 0; --size)
      out.push_back(static_cast<char>("ab\xff"[random.next() % 3]));
    return out;
  };
  for (int round = 0; round < 200; ++round) {
    PrefixIndex index;
    std::vector<std::string> prefixes;
    for (auto count = random.next() % 30; count > 0; --count) {
      prefixes.push_back(text());
      index.add(prefixes.back(), static_cast<std::uint32_t>(prefixes.size() - 1));
    }
    index.build();
    for (int i = 0; i < 50; ++i) {
      const auto probe = text();
      std::vector<std::uint32_t> expected;
      for (std::uint32_t p = 0; p < prefixes.size(); ++p) {
        if (probe.starts_with(prefixes[p])) expected.push_back(p);
      }
      ASSERT_EQ(found(index, probe), expected) << probe;
    }
  }
}

}  // namespace
}  // namespace fanfare::grid
