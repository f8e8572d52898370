#include "auth/shared_key.h"

#include <gtest/gtest.h>

namespace fanfare::auth {
namespace {

TEST(SharedKey, EitherKeyOpensAndNothingElseDoes) {
  const KeyPair keys = {"a+/b==", "second=="};
  EXPECT_TRUE(check_shared_key("a+/b==", keys));
  EXPECT_TRUE(check_shared_key("second==", keys));
  for (const char* wrong : {"", "a+/b=", "A+/B==", "a+/b== ", "third==="}) {
    const auto refused = check_shared_key(wrong, keys);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, base::Errc::Unauthorized);
  }
}

TEST(SharedKey, AnEmptyKeyOpensNothing) { EXPECT_FALSE(check_shared_key("", {"", ""})); }

TEST(SharedKey, IsFoundInTheQueryEscapedOrNot) {
  EXPECT_EQ(key_in_query("aeg-sas-key=a+/b=="), "a+/b==");
  EXPECT_EQ(key_in_query("api-version=2018-01-01&aeg-sas-key=a%2B%2Fb%3D%3D&x=1"), "a+/b==");
  EXPECT_EQ(key_in_query("AEG-SAS-KEY=k"), "k");
  EXPECT_EQ(key_in_query("aeg-sas-key="), "");
  EXPECT_EQ(key_in_query("aeg-sas-key=%2"), std::nullopt);
  EXPECT_EQ(key_in_query("aeg-sas-key"), std::nullopt);
  EXPECT_EQ(key_in_query("x=aeg-sas-key"), std::nullopt);
  EXPECT_EQ(key_in_query("&&"), std::nullopt);
  EXPECT_EQ(key_in_query(""), std::nullopt);
}

}  // namespace
}  // namespace fanfare::auth
