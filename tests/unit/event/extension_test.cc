#include "event/extension.h"

#include <gtest/gtest.h>

namespace fanfare::event {
namespace {

TEST(Extension, AreWalkedInOrderWhateverTheirStringsHold) {
  Event event;
  event.extensions = R"(,"a":"x,\"b\":1\\","b":5,"c":true,"d":"")";
  std::string_view rest = event.extensions;
  std::string walked;
  while (const auto extension = next_extension(rest)) {
    walked += std::string(extension->name) + "=" + std::string(extension->value) + ";";
  }
  EXPECT_EQ(walked, R"(a="x,\"b\":1\\";b=5;c=true;d="";)");
  EXPECT_EQ(find_extension(event, "c"), "true");
  EXPECT_EQ(find_extension(event, "x"), "");
  EXPECT_EQ(find_extension(Event{}, "a"), "");
}

TEST(Extension, NamesAreLowerCaseLettersAndDigits) {
  for (const char* name : {"a", "1", "traceparent", "abc123abc123abc123abc123"})
    EXPECT_TRUE(valid_extension_name(name));
  for (const char* name : {"", "A", "a_b", "a-b", "a.b", "ä", "a b"})
    EXPECT_FALSE(valid_extension_name(name)) << name;
}

}  // namespace
}  // namespace fanfare::event
