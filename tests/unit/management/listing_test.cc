#include "management/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace fanfare::management {
namespace {

struct FilterCase {
  const char* name;
  std::string filter;
  std::vector<std::string> accepted;  ///< of shop1, shop2, stock
};
void PrintTo(const FilterCase& c, std::ostream* out) { *out << c.filter; }
class NameFilterTest : public testing::TestWithParam<FilterCase> {};
TEST_P(NameFilterTest, AcceptsTheNamesThatItSays) {
  const auto filter = NameFilter::parse(GetParam().filter);
  ASSERT_TRUE(filter) << filter.error().message;
  std::vector<std::string> accepted;
  for (const std::string name : {"shop1", "shop2", "stock"}) {
    if (filter->accepts(name)) accepted.push_back(name);
  }
  EXPECT_EQ(accepted, GetParam().accepted);
}
INSTANTIATE_TEST_SUITE_P(
    Filters, NameFilterTest,
    testing::Values(FilterCase{"equal", "name eq 'SHOP1'", {"shop1"}},
                    FilterCase{"not_equal", "name ne 'shop1'", {"shop2", "stock"}},
                    FilterCase{"contains", "contains(name, 'HO')", {"shop1", "shop2"}},
                    FilterCase{
                        "contains_nothing", "contains(name,'')", {"shop1", "shop2", "stock"}},
                    FilterCase{"and_binds_closer",
                               "name eq 'stock' or name eq 'shop1' and name eq 'shop2'",
                               {"stock"}},
                    FilterCase{"parentheses",
                               "(name eq 'stock' or name eq 'shop1') and contains(name,'1')",
                               {"shop1"}},
                    FilterCase{"negation", "not contains(name,'shop')", {"stock"}},
                    FilterCase{"words_in_any_case", "NOT (Name EQ 'stock')", {"shop1", "shop2"}},
                    FilterCase{"doubled_quote", "name eq 'it''s'", {}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(NameFilter, RefusesWhatItDoesNotKnow) {
  for (const std::string text : {"name", "name eq", "name eq shop", "name eq 'x", "location eq 'x'",
                                 "contains(name)", "contains(topic, 'x')", "(name eq 'x'",
                                 "name eq 'x' xor name eq 'y'", "name eq 'x')", " "}) {
    EXPECT_FALSE(NameFilter::parse(text)) << text;
  }
  EXPECT_FALSE(NameFilter::parse(std::string(3000, '('))) << "depth is bounded";
  std::string nots;
  for (int i = 0; i < 500; ++i) nots += "not ";
  EXPECT_FALSE(NameFilter::parse(nots + "name eq 'x'"));
}

std::vector<Listed> listed(std::size_t count) {
  std::vector<Listed> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = "n" + std::to_string(100 + (i * 7) % count);
    out.push_back({"/x/" + name, name, [name] { return json::Value(name); }});
  }
  return out;
}

http::Request request(std::string target) {
  http::Request out;
  out.target = std::move(target);
  out.headers.add("Host", "h:1");
  return out;
}

std::vector<std::string> names(const json::Value& page) {
  std::vector<std::string> out;
  for (const auto& item : *page.find("value")->if_array()) out.push_back(*item.if_string());
  return out;
}

TEST(ListPage, WalksThroughAllPagesByTheirLinks) {
  std::string target = "/list?api-version=2022-06-15&$top=4&$filter=contains(name,'n1')";
  std::vector<std::string> seen;
  int pages = 0;
  for (; !target.empty(); ++pages) {
    ASSERT_LT(pages, 10);
    const auto page = list_page(listed(11), request(target));
    ASSERT_TRUE(page) << page.error().message;
    for (auto& name : names(*page)) seen.push_back(std::move(name));
    const auto* link = page->find("nextLink");
    target = link == nullptr ? "" : link->if_string()->substr(std::string("http://h:1").size());
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 11u);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST(ListPage, ShowsTwentyByDefaultAndAtMostAHundred) {
  EXPECT_EQ(names(*list_page(listed(150), request("/l"))).size(), 20u);
  EXPECT_EQ(names(*list_page(listed(150), request("/l?$top=100"))).size(), 100u);
  EXPECT_EQ(names(*list_page(listed(150), request("/l?%24top=3"))).size(), 3u);
  for (const std::string top : {"0", "101", "-1", "x", "", "1000000000000"}) {
    EXPECT_FALSE(list_page(listed(1), request("/l?$top=" + top))) << top;
  }
}

TEST(ListPage, TakesAPlusInAFilterForABlank) {
  const auto page = list_page(listed(3), request("/l?$filter=name+eq+'n100'"));
  ASSERT_TRUE(page);
  EXPECT_EQ(names(*page).size(), 1u);
}

}  // namespace
}  // namespace fanfare::management
