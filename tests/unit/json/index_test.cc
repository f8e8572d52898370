#include "json/index.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace fanfare::json {
namespace {

std::vector<std::string> raw_children(const Node& node) {
  std::vector<std::string> out;
  if (node.is_array()) {
    for (const Node child : node.elements()) out.emplace_back(child.raw());
  } else {
    for (const MemberNode member : node.members()) {
      out.push_back(std::string(member.name.raw()) + "=" + std::string(member.value.raw()));
    }
  }
  return out;
}

TEST(Index, CutsTextVerbatimWithoutTheSpaceAround) {
  Index index;
  const std::string text = " [ 1.0 , \"a\\u0041 \" ,{ \"x\" : [ ] } , true ,null\n]\r\n ";
  ASSERT_TRUE(index.build(text, 64));
  EXPECT_THAT(raw_children(index.root()),
              testing::ElementsAre("1.0", "\"a\\u0041 \"", "{ \"x\" : [ ] }", "true", "null"));
  EXPECT_EQ(index.root().raw(), "[ 1.0 , \"a\\u0041 \" ,{ \"x\" : [ ] } , true ,null\n]");
}

TEST(Index, WalksMembersInOrderAndKeepsRepeatedNames) {
  Index index;
  ASSERT_TRUE(index.build(R"({"a":1,"b":{"c":[1,2]},"a":""})", 64));
  EXPECT_THAT(raw_children(index.root()),
              testing::ElementsAre("\"a\"=1", R"("b"={"c":[1,2]})", "\"a\"=\"\""));
}

TEST(Index, EmptyContainersHaveNoChildren) {
  Index index;
  ASSERT_TRUE(index.build("{ }", 64));
  EXPECT_THAT(raw_children(index.root()), testing::IsEmpty());
  ASSERT_TRUE(index.build("[]", 64));
  EXPECT_THAT(raw_children(index.root()), testing::IsEmpty());
}

TEST(Index, ReadsNothingBehindTheText) {
  Index index;
  const std::string text = "[12]34";
  ASSERT_TRUE(index.build(std::string_view(text).substr(0, 4), 64));
  ASSERT_TRUE(index.build(std::string_view(text).substr(1, 2), 64));
  EXPECT_EQ(index.root().raw(), "12");
  EXPECT_FALSE(index.build(std::string_view("true").substr(0, 3), 64));
}

TEST(Index, AcceptsTheDepthThatIsAllowedAndNoMore) {
  Index index;
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(index.build(nested(64), 64));
  const auto deeper = index.build(nested(65), 64);
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().target, "offset 64");
  EXPECT_THAT(deeper.error().message, testing::HasSubstr("at most 64 levels"));
  EXPECT_FALSE(index.build(nested(2000), 5000)) << "the hard limit holds";
  EXPECT_FALSE(index.build(std::string(100'000, '['), 64));
}

struct Fault {
  const char* name;
  std::string text;
  const char* target;
  const char* message;
};

void PrintTo(const Fault& c, std::ostream* out) { *out << c.name; }
class IndexFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(IndexFaultTest, NamesTheFaultAndItsPlace) {
  Index index;
  const auto built = index.build(GetParam().text, 64);
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, base::Errc::InvalidArgument);
  EXPECT_EQ(built.error().target, GetParam().target);
  EXPECT_THAT(built.error().message, testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Index, IndexFaultTest,
    testing::Values(
        Fault{"empty", "", "offset 0", "empty"}, Fault{"space_only", " \n", "offset 0", "empty"},
        Fault{"byte_order_mark", "\xEF\xBB\xBF{}", "offset 0", "byte order mark"},
        Fault{"not_utf8", "[\"\xff\"]", "offset 0", "UTF-8"},
        Fault{"surrogate_in_utf8", "[\"\xED\xA0\x80\"]", "offset 0", "UTF-8"},
        Fault{"control_character", "[\"a\nb\"]", "offset 0", "control character"},
        Fault{"open_string", "[\"abc", "offset 5", "not closed"},
        Fault{"open_array", "[1,2", "offset 4", "ends too early"},
        Fault{"open_object", "{\"a\":1", "offset 6", "ends too early"},
        Fault{"missing_colon", "{\"a\" 1}", "offset 5", "a member name in quotes and a colon"},
        Fault{"number_as_name", "{1:2}", "offset 1", "a member name in quotes"},
        Fault{"trailing_comma", "[1,]", "offset 3", "a value must stand here"},
        Fault{"trailing_text", "{} x", "offset 3", "text follows"},
        Fault{"wrong_closer", "[1}", "offset 2", "closing bracket"},
        Fault{"string_glued_to_number", "[12\"x\"]", "offset 1", "a value must stand here"},
        Fault{"word_glued_to_string", "[\"a\"b]", "offset 4", "a comma or the closing bracket"},
        Fault{"form_feed", "[1\x0c]", "offset 1", "a value must stand here"},
        Fault{"form_feed_after_string", "[\"a\"\x0c]", "offset 4", "a comma"},
        Fault{"nul", std::string("[1]\0", 4), "offset 3", "text follows"},
        Fault{"unknown_escape", "[\"ab\\x\"]", "offset 4", "escape"},
        Fault{"short_escape", "[\"\\u12\"]", "offset 2", "escape"},
        Fault{"lone_high_surrogate", "[\"\\uD83D\"]", "offset 2", "surrogate"},
        Fault{"lone_low_surrogate", "[\"\\uDE00\"]", "offset 2", "surrogate"},
        Fault{"high_then_high", "[\"\\uD83D\\uD83D\"]", "offset 2", "surrogate"},
        Fault{"backslash_outside", "[\\n]", "offset 1", "a value must stand here"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Index, AcceptsEveryEscapeAndSurrogatePairs) {
  Index index;
  EXPECT_TRUE(index.build(R"(["\"\\\/\b\f\n\r\t\u0000\uD83D\uDE00\\u"])", 64));
}

TEST(Index, StaysUsableAfterAFaultAndAfterTrim) {
  Index index;
  EXPECT_FALSE(index.build("[1,", 64));
  EXPECT_TRUE(index.build("[1]", 64));
  const std::string large = "[\"" + std::string(600'000, 'x') + "\"]";
  ASSERT_TRUE(index.build(large, 64));
  EXPECT_EQ(index.root().raw().size(), large.size());
  index.trim();
  EXPECT_TRUE(index.build("[1]", 64));
  EXPECT_EQ(index.root().raw(), "[1]");
}

}  // namespace
}  // namespace fanfare::json
