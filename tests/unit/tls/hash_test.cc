#include "tls/hash.h"

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"

namespace fanfare::tls {
namespace {

std::string hex(const Digest& digest) { return base::hex_encode(digest.bytes()); }

TEST(Sha256, gives_the_published_digests) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

struct Case {
  const char* name;
  std::string key, text, digest;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
class HmacTest : public testing::TestWithParam<Case> {};

TEST_P(HmacTest, gives_the_published_digest) {
  EXPECT_EQ(hex(hmac_sha256(GetParam().key, GetParam().text)), GetParam().digest);
}

// RFC 4231 sections 4.2, 4.3 and 4.7; the first row is HMAC of nothing.
INSTANTIATE_TEST_SUITE_P(
    Hmac, HmacTest,
    testing::Values(Case{"empty", "", "",
                         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
                    Case{"short_key", std::string(20, '\x0b'), "Hi There",
                         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
                    Case{"text_key", "Jefe", "what do ya want for nothing?",
                         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
                    Case{"long_key", std::string(131, '\xaa'),
                         "Test Using Larger Than Block-Size Key - Hash Key First",
                         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"}),
    [](const auto& case_) { return case_.param.name; });

TEST(Hmac, of_an_empty_key_does_not_reuse_the_key_before) {
  const std::string before = hex(hmac_sha256("key", "text"));
  EXPECT_NE(hex(hmac_sha256("", "text")), before);
  EXPECT_NE(hex(hmac_sha256(std::string_view(), "text")), before);
}

TEST(EqualConstantTime, compares) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_constant_time("", "a"));
  EXPECT_FALSE(equal_constant_time("a", ""));
}

}  // namespace
}  // namespace fanfare::tls
