#include "management/communication_resource.h"

#include <gtest/gtest.h>

#include <string>

namespace fanfare::management {
namespace {

using communication::Resource;

json::Value parsed(const std::string& text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *std::move(value) : json::Value();
}

struct Wrong {
  const char* name;
  const char* body;
  const char* target;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class RefusedPut : public testing::TestWithParam<Wrong> {};

TEST_P(RefusedPut, NamesTheProperty) {
  const auto wish = communication_from_put(parsed(GetParam().body));
  ASSERT_FALSE(wish);
  EXPECT_EQ(wish.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(wish.error().target, GetParam().target);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, RefusedPut,
    testing::Values(
        Wrong{"no_properties", R"({"location":"global"})", "properties"},
        Wrong{"no_data_location", R"({"properties":{}})", "properties.dataLocation"},
        Wrong{"an_unknown_property", R"({"properties":{"dataLocation":"UK","x":1}})",
              "properties.x"},
        Wrong{"an_unknown_member", R"({"properties":{"dataLocation":"UK"},"x":1})", "x"},
        Wrong{"a_tag_that_is_no_text", R"({"tags":{"a":1},"properties":{"dataLocation":"UK"}})",
              "tags.a"},
        Wrong{"an_identity",
              R"({"identity":{"type":"SystemAssigned"},"properties":{"dataLocation":"UK"}})",
              "identity.type"},
        Wrong{"domains", R"({"properties":{"dataLocation":"UK","linkedDomains":["/a"]}})",
              "properties.linkedDomains"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CommunicationResource, TakesBackWhatItShows) {
  Resource resource;
  resource.name = "contoso";
  resource.tags = {{"team", "blue"}};
  const auto shown = communication_resource(resource, "https://contoso.localhost:4880/");
  const auto wish = communication_from_put(shown);
  ASSERT_TRUE(wish) << wish.error().target << ": " << wish.error().message;
  EXPECT_EQ(wish->data_location, resource.data_location);
  EXPECT_EQ(wish->tags, resource.tags);
}

TEST(CommunicationResource, ShowsWhereItIsAndWhereItsDataIs) {
  Resource resource;
  resource.immutable_id = "11111111-2222-3333-4444-555555555555";
  const auto shown = communication_resource(resource, "https://localhost:4880/");
  const auto* properties = shown.find("properties");
  ASSERT_NE(properties, nullptr);
  EXPECT_EQ(*properties->find("hostName"), json::Value("localhost:4880"));
  EXPECT_EQ(*properties->find("dataLocation"), json::Value("United States"));
  EXPECT_EQ(*properties->find("immutableResourceId"), json::Value(resource.immutable_id));
}

TEST(CommunicationResource, KeepsWhatAPatchDoesNotName) {
  const auto nothing = communication_from_patch(parsed("{}"));
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->tags);
  EXPECT_FALSE(nothing->data_location);
  const auto cleared = communication_from_patch(parsed(R"({"tags":{}})"));
  ASSERT_TRUE(cleared);
  EXPECT_TRUE(cleared->tags && cleared->tags->empty());
  EXPECT_FALSE(communication_from_patch(parsed(R"({"properties":{"dataLocation":"UK"}})")));
}

TEST(CommunicationResource, GivesBothKeysInConnectionStrings) {
  Resource resource;
  resource.key1 = "b25l";
  resource.key2 = "dHdv";
  const auto keys = communication_keys(resource, "https://localhost:4880/");
  EXPECT_EQ(json::write(keys),
            R"({"primaryKey":"b25l","secondaryKey":"dHdv","primaryConnectionString":)"
            R"("endpoint=https://localhost:4880/;accesskey=b25l","secondaryConnectionString":)"
            R"("endpoint=https://localhost:4880/;accesskey=dHdv"})");
}

}  // namespace
}  // namespace fanfare::management
