#include "http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "http/address_filter.h"

namespace fanfare::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

struct Listed {
  std::string url;
  bool allowed;
  std::string why;
};

std::vector<Listed> listed_urls() {
  std::ifstream file(FANFARE_TEST_DATA "/ssrf/urls.json");
  const auto list = nlohmann::json::parse(file);
  std::vector<Listed> out;
  for (const auto& entry : list.at("urls")) {
    out.push_back({entry.at("url"), entry.at("verdict") == "allow", entry.at("why")});
  }
  return out;
}

TEST(UrlList, has_every_entry_judged_as_stated) {
  const auto list = listed_urls();
  ASSERT_EQ(list.size(), 97u);
  const AddressFilter filter;
  for (const Listed& entry : list) {
    const auto url = parse_url(entry.url);
    const bool allowed = url && filter.check_url(*url);
    EXPECT_EQ(allowed, entry.allowed) << entry.url << ": " << entry.why;
  }
}

TEST(Url, keeps_path_and_query_to_the_letter) {
  const auto url = parse_url("HTTPS://Hooks.Example.com:8443/A%2fb?code=a%2Fb%3D%3D&x={1}");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "hooks.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/A%2fb?code=a%2Fb%3D%3D&x={1}");
  EXPECT_EQ(url->origin(), "https://hooks.example.com:8443");
  EXPECT_EQ(url->host_header(), "hooks.example.com:8443");
  EXPECT_EQ(url->without_query(), "https://hooks.example.com:8443/A%2fb");
}

TEST(Url, fills_in_port_and_path) {
  EXPECT_EQ(parse_url("http://a.b")->port, 80);
  EXPECT_EQ(parse_url("https://a.b")->port, 443);
  EXPECT_EQ(parse_url("https://a.b")->target, "/");
  EXPECT_EQ(parse_url("https://a.b?x=1")->target, "/?x=1");
  EXPECT_EQ(parse_url("https://a.b:443/")->origin(), "https://a.b");
}

TEST(Url, writes_ipv6_hosts_in_brackets_and_one_form) {
  const auto url = parse_url("http://[0:0:0:0:0:0:0:1]:81/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->host_header(), "[::1]:81");
}

TEST(Url, converts_international_names) {
  EXPECT_EQ(parse_url("https://bücher.example/")->host, "xn--bcher-kva.example");
}

TEST(Url, says_what_is_wrong) {
  EXPECT_EQ(parse_url("ftp://a.b/").error().message, "URL: only https and http are taken");
  EXPECT_EQ(parse_url("https://u@a.b/").error().message, "URL: user information is not taken");
}

TEST(PercentDecode, resolves_or_refuses) {
  EXPECT_EQ(percent_decode("a%2Fb%20+"), "a/b +");
  EXPECT_EQ(percent_decode("%"), std::nullopt);
  EXPECT_EQ(percent_decode("%4"), std::nullopt);
  EXPECT_EQ(percent_decode("%zz"), std::nullopt);
}

TEST(PercentEncode, round_trips_every_byte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_encode("a-b.c_d~e/ä"), "a-b.c_d~e%2F%C3%A4");
}

TEST(QueryParameter, is_found_without_case_and_decoded) {
  EXPECT_EQ(query_parameter("a=1&API-Version=2018%2D01", "api-version"), "2018-01");
  EXPECT_EQ(query_parameter("a=1&a=2", "a"), "1");
  EXPECT_EQ(query_parameter("a", "a"), "");
  EXPECT_EQ(query_parameter("a=1", "b"), std::nullopt);
}

TEST(QueryParameter, takes_values_that_were_sent_unescaped) {
  EXPECT_EQ(query_parameter("sig=ab+/=&x", "sig"), "ab+/=");
  EXPECT_EQ(query_parameter("x=50%", "x"), "50%");
}

TEST(QueryParameters, keep_order) {
  EXPECT_THAT(query_parameters("b=2&&a=1&c"),
              ElementsAre(Pair("b", "2"), Pair("a", "1"), Pair("c", "")));
}

}  // namespace
}  // namespace fanfare::http
