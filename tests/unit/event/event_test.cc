#include "event/event.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace fanfare::event {
namespace {

Event sample() {
  return {.schema = Schema::CloudEvents,
          .id = "\"1\"",
          .source = "\"/s\"",
          .subject = "\"u\"",
          .type = "\"T\"",
          .time = "\"2020-09-18T00:47:13Z\"",
          .data_version = "\"v\"",
          .data_content_type = "\"a/b\"",
          .data_schema = "\"d:\"",
          .extensions = ",\"e\":5",
          .data = "{\"x\": 1}",
          .data_base64 = "\"AA==\""};
}

bool same(const Event& a, const Event& b) {
  return a.schema == b.schema && a.id == b.id && a.source == b.source && a.subject == b.subject &&
         a.type == b.type && a.time == b.time && a.data_version == b.data_version &&
         a.data_content_type == b.data_content_type && a.data_schema == b.data_schema &&
         a.extensions == b.extensions && a.data == b.data && a.data_base64 == b.data_base64;
}

std::string encoded(const Event& event) {
  std::string out;
  base::ByteWriter writer(out);
  encode(event, writer);
  return out;
}

/// Logs written by any release hold these bytes: they never change.
TEST(StoredEvent, HasTheseBytes) {
  EXPECT_EQ(base::hex_encode(encoded(sample())),
            "02"                                              // CloudEvents
            "03223122"                                        // id
            "04222f7322"                                      // source
            "03227522"                                        // subject
            "03225422"                                        // type
            "1622323032302d30392d31385430303a34373a31335a22"  // time
            "03227622"                                        // data_version
            "0522612f6222"                                    // data_content_type
            "0422643a22"                                      // data_schema
            "062c2265223a35"                                  // extensions
            "087b2278223a20317d"                              // data
            "062241413d3d22");
}

TEST(StoredEvent, ComesBackAsItWasAndLeavesTheRest) {
  const std::string bytes = encoded(sample()) + "rest";
  base::ByteReader reader(bytes);
  EXPECT_TRUE(same(decode(reader), sample()));
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 4u);
}

TEST(StoredEvent, ThatIsCutShortIsNoEvent) {
  const std::string bytes = encoded(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    base::ByteReader reader(std::string_view(bytes).substr(0, size));
    EXPECT_TRUE(same(decode(reader), Event{})) << size;
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(StoredEvent, OfAnUnknownSchemaIsNoEvent) {
  for (const char schema : {'\0', '\4', '\xff'}) {
    std::string bytes = encoded(sample());
    bytes[0] = schema;
    base::ByteReader reader(bytes);
    EXPECT_TRUE(same(decode(reader), Event{}));
    EXPECT_FALSE(reader.ok());
  }
}

TEST(Event, CountsTheBytesOfItsMembers) {
  EXPECT_EQ(Event{}.bytes(), 0u);
  EXPECT_EQ(sample().bytes(), encoded(sample()).size() - 12);
}

TEST(StringToken, ResolvesEscapesAndQuotesText) {
  EXPECT_EQ(unescape(R"("a\"\\\/\b\f\n\r\t\u00e9\u20AC\uD83D\uDE00z")"), "a\"\\/\b\f\n\r\té€😀z");
  EXPECT_EQ(unescape("\"\""), "");
  EXPECT_EQ(unescape(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(quote("a\"\\\n\x01é"), R"("a\"\\\n\u0001é")");
}

}  // namespace
}  // namespace fanfare::event
