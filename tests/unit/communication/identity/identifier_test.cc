#include "communication/identity/identifier.h"

#include <gmock/gmock.h>

namespace fanfare::communication::identity {
namespace {

struct Case {
  const char* name;
  const char* raw_id;
  const char* model;  ///< with kind, as answers have it
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

json::Value parsed(std::string_view text) { return json::parse(text).value(); }

class IdentifierTest : public testing::TestWithParam<Case> {};

TEST_P(IdentifierTest, IsWrittenFromItsRawId) {
  EXPECT_EQ(json::write(to_json(from_raw_id(GetParam().raw_id))),
            json::write(parsed(GetParam().model)));
}

TEST_P(IdentifierTest, IsTheSameFromItsModel) {
  const auto identifier = parse_identifier(parsed(GetParam().model), "id");
  ASSERT_TRUE(identifier) << identifier.error().message;
  EXPECT_EQ(*identifier, from_raw_id(GetParam().raw_id));
}

TEST_P(IdentifierTest, IsTheSameFromItsRawIdAlone) {
  const auto model = json::Value::object({{"rawId", GetParam().raw_id}});
  EXPECT_EQ(parse_identifier(model, "id").value(), from_raw_id(GetParam().raw_id));
}

TEST_P(IdentifierTest, IsTheSameFromItsNestedModelAlone) {
  auto model = parsed(GetParam().model);
  if (model.if_object()->size() < 3) return;  // unknown: a rawId is all it has
  model.erase("kind");
  model.erase("rawId");
  EXPECT_EQ(parse_identifier(model, "id").value(), from_raw_id(GetParam().raw_id));
}

TEST_P(IdentifierTest, HasNoKindInOlderVersions) {
  auto model = parsed(GetParam().model);
  model.erase("kind");
  EXPECT_EQ(json::write(to_json(from_raw_id(GetParam().raw_id), KindMember::Absent)),
            json::write(model));
}

INSTANTIATE_TEST_SUITE_P(
    Identifiers, IdentifierTest,
    testing::Values(
        Case{
            "user", "8:acs:aa_bb",
            R"({"kind":"communicationUser","rawId":"8:acs:aa_bb","communicationUser":{"id":"8:acs:aa_bb"}})"},
        Case{
            "user_of_gcch", "8:gcch-acs:aa_bb",
            R"({"kind":"communicationUser","rawId":"8:gcch-acs:aa_bb","communicationUser":{"id":"8:gcch-acs:aa_bb"}})"},
        Case{
            "user_of_dod", "8:dod-acs:aa_bb",
            R"({"kind":"communicationUser","rawId":"8:dod-acs:aa_bb","communicationUser":{"id":"8:dod-acs:aa_bb"}})"},
        Case{
            "user_of_spool", "8:spool:x_y_z",
            R"({"kind":"communicationUser","rawId":"8:spool:x_y_z","communicationUser":{"id":"8:spool:x_y_z"}})"},
        Case{
            "extension_user", "8:acs:r_t_u",
            R"({"kind":"teamsExtensionUser","rawId":"8:acs:r_t_u","teamsExtensionUser":{"userId":"u","tenantId":"t","resourceId":"r","cloud":"public"}})"},
        Case{
            "extension_user_of_gcch", "8:gcch-acs:r_t_u",
            R"({"kind":"teamsExtensionUser","rawId":"8:gcch-acs:r_t_u","teamsExtensionUser":{"userId":"u","tenantId":"t","resourceId":"r","cloud":"gcch"}})"},
        Case{
            "phone_number", "4:+15551234567",
            R"({"kind":"phoneNumber","rawId":"4:+15551234567","phoneNumber":{"value":"+15551234567"}})"},
        Case{
            "asserted_phone_number", "4:+15551234567_123",
            R"({"kind":"phoneNumber","rawId":"4:+15551234567_123","phoneNumber":{"value":"+15551234567_123","assertedId":"123"}})"},
        Case{
            "anonymous_caller", "4:anonymous",
            R"({"kind":"phoneNumber","rawId":"4:anonymous","phoneNumber":{"value":"anonymous","isAnonymous":true}})"},
        Case{
            "teams_user", "8:orgid:u",
            R"({"kind":"microsoftTeamsUser","rawId":"8:orgid:u","microsoftTeamsUser":{"userId":"u","isAnonymous":false,"cloud":"public"}})"},
        Case{
            "teams_user_of_gcch", "8:gcch:u",
            R"({"kind":"microsoftTeamsUser","rawId":"8:gcch:u","microsoftTeamsUser":{"userId":"u","isAnonymous":false,"cloud":"gcch"}})"},
        Case{
            "teams_user_of_dod", "8:dod:u",
            R"({"kind":"microsoftTeamsUser","rawId":"8:dod:u","microsoftTeamsUser":{"userId":"u","isAnonymous":false,"cloud":"dod"}})"},
        Case{
            "teams_visitor", "8:teamsvisitor:u",
            R"({"kind":"microsoftTeamsUser","rawId":"8:teamsvisitor:u","microsoftTeamsUser":{"userId":"u","isAnonymous":true,"cloud":"public"}})"},
        Case{
            "teams_app", "28:orgid:a",
            R"({"kind":"microsoftTeamsApp","rawId":"28:orgid:a","microsoftTeamsApp":{"appId":"a","cloud":"public"}})"},
        Case{
            "teams_app_of_gcch", "28:gcch:a",
            R"({"kind":"microsoftTeamsApp","rawId":"28:gcch:a","microsoftTeamsApp":{"appId":"a","cloud":"gcch"}})"},
        Case{
            "teams_app_of_dod", "28:dod:a",
            R"({"kind":"microsoftTeamsApp","rawId":"28:dod:a","microsoftTeamsApp":{"appId":"a","cloud":"dod"}})"},
        Case{"bot_without_cloud", "28:a", R"({"kind":"unknown","rawId":"28:a"})"},
        Case{"text", "nonsense", R"({"kind":"unknown","rawId":"nonsense"})"},
        Case{"four_parts", "8:acs:a:b", R"({"kind":"unknown","rawId":"8:acs:a:b"})"},
        Case{"unknown_prefix", "8:live:u", R"({"kind":"unknown","rawId":"8:live:u"})"}),
    [](const auto& case_) { return std::string(case_.param.name); });

struct Request {
  const char* name;
  const char* model;
  const char* raw_id;  ///< null: refused
};
void PrintTo(const Request& c, std::ostream* out) { *out << c.name; }
class IdentifierRequestTest : public testing::TestWithParam<Request> {};

TEST_P(IdentifierRequestTest, IsTakenOrRefused) {
  const auto identifier = parse_identifier(parsed(GetParam().model), "participants[0]");
  ASSERT_EQ(identifier.has_value(), GetParam().raw_id != nullptr);
  if (identifier) {
    EXPECT_EQ(identifier->raw_id, GetParam().raw_id);
    const auto again = parse_identifier(to_json(*identifier), "again");
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(to_json(*again), to_json(*identifier));
  } else {
    EXPECT_THAT(identifier.error().message, testing::StartsWith("participants[0]"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Identifiers, IdentifierRequestTest,
    testing::Values(
        Request{"javascript_user",
                R"({"rawId":"8:acs:a_b","communicationUser":{"id":"8:acs:a_b"}})", "8:acs:a_b"},
        Request{"null_members",
                R"({"rawId":null,"phoneNumber":null,"communicationUser":{"id":"8:acs:a_b"}})",
                "8:acs:a_b"},
        Request{"unknown_kind_is_passed_over",
                R"({"kind":"later","communicationUser":{"id":"8:acs:a_b"}})", "8:acs:a_b"},
        Request{"raw_id_without_plus_sign_wins",
                R"({"rawId":"4:112345556789","phoneNumber":{"value":"+112345556789"}})",
                "4:112345556789"},
        Request{"teams_user_with_defaults", R"({"microsoftTeamsUser":{"userId":"u"}})",
                "8:orgid:u"},
        Request{"teams_visitor", R"({"microsoftTeamsUser":{"userId":"u","isAnonymous":true}})",
                "8:teamsvisitor:u"},
        Request{"teams_visitor_of_another_cloud",
                R"({"microsoftTeamsUser":{"userId":"u","isAnonymous":true,"cloud":"dod"}})",
                "8:teamsvisitor:u"},
        Request{"app_that_says_it_is_anonymous",
                R"({"microsoftTeamsApp":{"appId":"a","isAnonymous":true}})", "28:orgid:a"},
        Request{"two_models",
                R"({"communicationUser":{"id":"8:acs:a_b"},"phoneNumber":{"value":"+1"}})",
                nullptr},
        Request{"nothing", "{}", nullptr},
        Request{"kind_alone", R"({"kind":"communicationUser"})", nullptr},
        Request{"empty_raw_id", R"({"rawId":""})", nullptr},
        Request{"raw_id_of_another_kind",
                R"({"rawId":"4:+1","communicationUser":{"id":"8:acs:a_b"}})", nullptr},
        Request{"raw_id_of_another_user",
                R"({"rawId":"8:acs:a_c","communicationUser":{"id":"8:acs:a_b"}})", nullptr},
        Request{"raw_id_is_a_number", R"({"rawId":4})", nullptr},
        Request{"user_without_id", R"({"communicationUser":{}})", nullptr},
        Request{"user_is_a_text", R"({"communicationUser":"8:acs:a_b"})", nullptr},
        Request{"unknown_cloud", R"({"microsoftTeamsApp":{"appId":"a","cloud":"moon"}})", nullptr},
        Request{"anonymous_is_a_text",
                R"({"microsoftTeamsUser":{"userId":"a","isAnonymous":"no"}})", nullptr},
        Request{"extension_user_without_tenant",
                R"({"teamsExtensionUser":{"userId":"u","resourceId":"r"}})", nullptr},
        Request{"no_object", R"("8:acs:a_b")", nullptr}),
    [](const auto& case_) { return std::string(case_.param.name); });

}  // namespace
}  // namespace fanfare::communication::identity
