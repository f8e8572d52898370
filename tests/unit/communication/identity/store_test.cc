#include "communication/identity/store.h"

#include <gmock/gmock.h>

#include "communication/identity/revocations.h"

namespace fanfare::communication::identity {
namespace {

const UserGuid kUser = *parse_user_guid("00000005-14a2-493b-8a72-5a3a0d000081");

TEST(IdentityRecords, StandWhereTheHeaderSays) {
  const Keys keys(ResourceId{7});
  EXPECT_EQ(keys.user(kUser), "comm/0000000007/identity/user/00000005-14a2-493b-8a72-5a3a0d000081");
  EXPECT_EQ(keys.custom("a/b"), "comm/0000000007/identity/custom/a/b");
  EXPECT_EQ(keys.revoked({1'900'000'000, kUser}),
            "comm/0000000007/identity/revoked/1900000000/00000005-14a2-493b-8a72-5a3a0d000081");
  EXPECT_EQ(keys.leaving(kUser),
            "comm/0000000007/identity/leaving/00000005-14a2-493b-8a72-5a3a0d000081");
  EXPECT_EQ(keys.signing_key("k"), "comm/0000000007/identity/key/k");
}

TEST(IdentityRecords, KeepTheirForm) {
  StoredIdentity identity;
  identity.created = base::TimePoint(base::Duration(0x0102030405060708));
  identity.last_token = base::TimePoint(base::Duration(1));
  identity.revocations = 300;
  identity.custom_id = "me";
  const auto bytes = encode(identity);
  EXPECT_EQ(bytes, std::string("\x01\x08\x07\x06\x05\x04\x03\x02\x01"
                               "\x01\0\0\0\0\0\0\0\xac\x02\x02me",
                               22));
  const auto read = decode_identity(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(encode(*read), bytes);
  EXPECT_EQ(decode_revocations(encode_revocations(kDeleted)).value(), kDeleted);
}

TEST(IdentityRecords, DamagedAreCorrupt) {
  const auto bytes = encode(StoredIdentity{});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_identity(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_identity(bytes + "x"));
  EXPECT_FALSE(decode_identity("\x02" + bytes.substr(1)));
  EXPECT_FALSE(decode_revocations(""));
  EXPECT_FALSE(decode_revocations(std::string("\x02\x01", 2)));
}

TEST(IdentityKeys, AreToldFromOthers) {
  const auto parsed = parse_key("comm/0000000007/identity/key/k");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->resource, ResourceId{7});
  EXPECT_EQ(parsed->rest, "key/k");
  for (const auto* other :
       {"", "comm/", "comm/resource/7", "comm/0000000007/chat/h/x", "grid/topic/1",
        "comm/00000000x7/identity/key/k", "comm/9999999999/identity/key/k"})
    EXPECT_FALSE(parse_key(other)) << other;
}

TEST(IdentityKeys, OfRevocationsAreReadBack) {
  const auto read = parse_revoked("1900000000/00000005-14a2-493b-8a72-5a3a0d000081");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->until, 1'900'000'000u);
  EXPECT_EQ(read->user, kUser);
  for (const auto* other : {"", "1900000000", "1900000000/", "19000000001/x",
                            "190000000x/00000005-14a2-493b-8a72-5a3a0d000081"})
    EXPECT_FALSE(parse_revoked(other)) << other;
}

struct BadGuid {
  const char* name;
  const char* text;
};
void PrintTo(const BadGuid& c, std::ostream* out) { *out << c.name; }
class BadGuidTest : public testing::TestWithParam<BadGuid> {};

TEST_P(BadGuidTest, IsNone) { EXPECT_FALSE(parse_user_guid(GetParam().text)); }

INSTANTIATE_TEST_SUITE_P(
    UserGuid, BadGuidTest,
    testing::Values(BadGuid{"empty", ""},
                    BadGuid{"upper_case", "0000000A-14a2-493b-8a72-5a3a0d000081"},
                    BadGuid{"short", "00000005-14a2-493b-8a72-5a3a0d00008"},
                    BadGuid{"long", "00000005-14a2-493b-8a72-5a3a0d0000811"},
                    BadGuid{"hyphen_elsewhere", "0000000514-a2-493b-8a72-5a3a0d000081"},
                    BadGuid{"underscore", "00000005_14a2-493b-8a72-5a3a0d000081"}),
    [](const auto& case_) { return std::string(case_.param.name); });

TEST(Revocations, KeepTheHighestCount) {
  Revocations revocations;
  EXPECT_TRUE(revocations.allows(kUser, 0));
  revocations.put({10, kUser}, 2);
  EXPECT_FALSE(revocations.allows(kUser, 1));
  EXPECT_TRUE(revocations.allows(kUser, 2));
  revocations.put({5, kUser}, 1);  // an older one, told again
  EXPECT_FALSE(revocations.allows(kUser, 1));
  revocations.erase({5, kUser});
  EXPECT_FALSE(revocations.allows(kUser, 1)) << "not the one that counts";
  revocations.erase({10, kUser});
  EXPECT_TRUE(revocations.allows(kUser, 0));
  EXPECT_EQ(revocations.size(), 0u);
}

TEST(Revocations, OfTheDeletedAllowNothing) {
  Revocations revocations;
  revocations.put({10, kUser}, kDeleted);
  EXPECT_FALSE(revocations.allows(kUser, kDeleted - 1));
}

}  // namespace
}  // namespace fanfare::communication::identity
