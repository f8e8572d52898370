#include "tls/signing.h"

#include <gmock/gmock.h>

namespace fanfare::tls {
namespace {

const RsaPrivateKey& key() {
  static const auto one = RsaPrivateKey::generate();
  return one;
}

TEST(RsaKey, VerifiesWhatItSignedAndNothingElse) {
  const auto signature = key().sign("text");
  EXPECT_TRUE(key().public_key().verify("text", signature));
  EXPECT_FALSE(key().public_key().verify("text.", signature));
  EXPECT_FALSE(key().public_key().verify("text", signature.substr(1)));
  EXPECT_FALSE(key().public_key().verify("text", signature + "x"));
  EXPECT_FALSE(key().public_key().verify("text", ""));
  EXPECT_FALSE(RsaPrivateKey::generate().public_key().verify("text", signature));
}

TEST(RsaKey, IsTheSameAfterBeingWrittenAndRead) {
  const auto pem = key().to_pem();
  EXPECT_THAT(pem, testing::StartsWith("-----BEGIN PRIVATE KEY-----"));
  const auto read = RsaPrivateKey::from_pem(pem);
  ASSERT_TRUE(read);
  EXPECT_TRUE(key().public_key().verify("text", read->sign("text")));
}

TEST(RsaKey, IsTheSameByItsNumbers) {
  const auto key_here = key().public_key();
  const auto read = RsaPublicKey::from_numbers(key_here.modulus(), key_here.exponent());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->verify("text", key().sign("text")));
}

class BadPemTest : public testing::TestWithParam<std::string> {};

TEST_P(BadPemTest, IsRefusedWithoutBeingTold) {
  const auto read = RsaPrivateKey::from_pem(GetParam());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, base::Errc::InvalidArgument);
}

// The last one is a good key of another kind (P-256).
INSTANTIATE_TEST_SUITE_P(
    Rsa, BadPemTest,
    testing::Values("", "nonsense",
                    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                    "-----BEGIN PRIVATE KEY-----\n"
                    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiTVgIqf7quo0cjI1\n"
                    "Mnxq9Wk9sr6ZDwteClvZP9qh7NChRANCAARH6c8ew9dQ4rkklMqjQwpBa4lzXhu6\n"
                    "9N6pdfK/dp0/kJ09dqbZeIWU5XyzZfkYv1ITDBoLjceiuwjN5hMKWoYJ\n"
                    "-----END PRIVATE KEY-----\n"));

TEST(RsaKey, TooShortOrOddIsRefused) {
  EXPECT_FALSE(RsaPublicKey::from_numbers("short", "\x03"));
  EXPECT_FALSE(RsaPublicKey::from_numbers(std::string(256, '\xff'), "\x04"));
  EXPECT_FALSE(RsaPublicKey::from_numbers(std::string(256, '\xff'), "\x01"));
  EXPECT_FALSE(RsaPublicKey::from_numbers(std::string(4096, '\xff'), "\x03"));
}

}  // namespace
}  // namespace fanfare::tls
