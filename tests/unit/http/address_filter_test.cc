#include "http/address_filter.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace fanfare::http {
namespace {

asio::ip::address address(const std::string& text) { return asio::ip::make_address(text); }

TEST(AddressList, has_every_entry_judged_as_stated) {
  std::ifstream file(FANFARE_TEST_DATA "/ssrf/addresses.json");
  const auto list = nlohmann::json::parse(file).at("addresses");
  ASSERT_EQ(list.size(), 86u);
  const AddressFilter filter;
  for (const auto& entry : list) {
    std::string text = entry.at("address");
    text = text.substr(0, text.find('%'));  // a zone names an interface that this machine may lack
    const bool allowed = !filter.refusal(address(text)).has_value();
    EXPECT_EQ(allowed, entry.at("verdict") == "allow") << text << ": " << entry.at("why");
  }
}

TEST(AddressFilter, allows_loopback_and_nothing_else_for_development) {
  const AddressFilter filter({.loopback = LoopbackTargets::Allow});
  EXPECT_FALSE(filter.refusal(address("127.0.0.1")));
  EXPECT_FALSE(filter.refusal(address("127.9.9.9")));
  EXPECT_FALSE(filter.refusal(address("::1")));
  EXPECT_FALSE(filter.refusal(address("::ffff:127.0.0.1")));
  EXPECT_TRUE(filter.refusal(address("10.0.0.1")));
  EXPECT_TRUE(filter.refusal(address("0.0.0.0")));
  EXPECT_TRUE(filter.refusal(address("169.254.169.254")));
  EXPECT_FALSE(filter.refusal(address("8.8.8.8")));
}

TEST(AddressFilter, allows_what_the_operator_names) {
  const AddressFilter filter({.allowed = {*parse_address_range("10.1.0.0/16")}});
  EXPECT_FALSE(filter.refusal(address("10.1.255.1")));
  EXPECT_FALSE(filter.refusal(address("::ffff:10.1.0.1")));
  EXPECT_TRUE(filter.refusal(address("10.2.0.1")));
}

TEST(AddressFilter, says_why) {
  EXPECT_EQ(AddressFilter().refusal(address("10.0.0.1")),
            "10.0.0.1 is not allowed as a target: private");
}

struct UrlCase {
  const char* name;
  const char* url;
  AddressFilterOptions options;
  bool allowed;
};

void PrintTo(const UrlCase& c, std::ostream* out) { *out << c.name; }
class CheckUrlTest : public testing::TestWithParam<UrlCase> {};

TEST_P(CheckUrlTest, gives_its_verdict) {
  const auto url = parse_url(GetParam().url);
  ASSERT_TRUE(url);
  EXPECT_EQ(AddressFilter(GetParam().options).check_url(*url).has_value(), GetParam().allowed);
}

const AddressFilterOptions kDevelopment{.loopback = LoopbackTargets::Allow,
                                        .plain = PlainTargets::Allow};
const AddressFilterOptions kInside{.allowed = {*parse_address_range("10.0.0.0/8")}};

INSTANTIATE_TEST_SUITE_P(
    AddressFilter, CheckUrlTest,
    testing::Values(UrlCase{"plain", "http://a.example/", {}, false},
                    UrlCase{"plain_in_development", "http://localhost:5000/hook", kDevelopment,
                            true},
                    UrlCase{"literal_in_development", "http://127.0.0.1:5000/", kDevelopment, true},
                    UrlCase{"below_localhost", "https://a.localhost/", kDevelopment, true},
                    UrlCase{"inside_name_in_development", "https://intranet/", kDevelopment, false},
                    UrlCase{"private_in_development", "https://10.0.0.1/", kDevelopment, false},
                    UrlCase{"inside_name_with_inside_range", "https://receiver/", kInside, true},
                    UrlCase{"inside_address_with_inside_range", "https://10.0.0.1/", kInside, true},
                    UrlCase{"loopback_with_inside_range", "https://127.0.0.1/", kInside, false},
                    UrlCase{"other_protocols_port", "https://a.example:11211/", {}, false}),
    [](const auto& case_) { return case_.param.name; });

struct RangeCase {
  const char* name;
  const char* text;
  bool valid;
};

void PrintTo(const RangeCase& c, std::ostream* out) { *out << c.name; }
class AddressRangeTest : public testing::TestWithParam<RangeCase> {};

TEST_P(AddressRangeTest, is_read_or_refused) {
  EXPECT_EQ(parse_address_range(GetParam().text).has_value(), GetParam().valid);
}

INSTANTIATE_TEST_SUITE_P(
    AddressRange, AddressRangeTest,
    testing::Values(RangeCase{"v4", "10.0.0.0/8", true}, RangeCase{"v6", "fd00::/8", true},
                    RangeCase{"single", "192.0.2.7", true}, RangeCase{"all", "0.0.0.0/0", true},
                    RangeCase{"too_long", "10.0.0.0/33", false}, RangeCase{"empty", "", false},
                    RangeCase{"no_bits", "10.0.0.0/", false}, RangeCase{"name", "a/8", false},
                    RangeCase{"negative", "10.0.0.0/-1", false}),
    [](const auto& case_) { return case_.param.name; });

}  // namespace
}  // namespace fanfare::http
