#include "event/attribute.h"

#include <gtest/gtest.h>

namespace fanfare::event {
namespace {

struct Case {
  const char* path;
  std::optional<std::string> expected;
};

const Event kGridEvent = {
    .id = "\"i\\u0031\"",
    .source = "\"/topic\"",
    .subject = "\"s\"",
    .type = "\"T\"",
    .time = "\"2020-01-01T00:00:00Z\"",
    .data_version = "\"\"",
    .data =
        R"({"a":{"b":{"c":5.0}},"Flag":true,"text":"é\n","nothing":null,"list":[1],"t":1,"T":2,"x":1,"x":"last","":{"":"e"}})"};

TEST(AttributeValue, ReadsEnvelopeAndDataOfTheEventGridSchema) {
  for (const auto& [path, expected] : {Case{"id", "i1"},
                                       Case{"Subject", "s"},
                                       Case{"eventtype", "T"},
                                       Case{"topic", "/topic"},
                                       Case{"dataVersion", ""},
                                       Case{"eventTime", "2020-01-01T00:00:00Z"},
                                       Case{"source", std::nullopt},
                                       Case{"type", std::nullopt},
                                       Case{"data.a.b.c", "5.0"},
                                       Case{"Data.flag", "true"},
                                       Case{"data.text", "é\n"},
                                       Case{"data.t", "1"},
                                       Case{"data.T", "2"},
                                       Case{"data.x", "last"},
                                       Case{"data..", "e"},
                                       Case{"data", std::nullopt},
                                       Case{"data.", std::nullopt},
                                       Case{"data.a", std::nullopt},
                                       Case{"data.nothing", std::nullopt},
                                       Case{"data.list", std::nullopt},
                                       Case{"data.text.x", std::nullopt},
                                       Case{"data.none", std::nullopt},
                                       Case{"subject.x", std::nullopt},
                                       Case{"", std::nullopt}}) {
    EXPECT_EQ(attribute_value(kGridEvent, path), expected) << path;
  }
}

TEST(AttributeValue, ReadsAttributesAndExtensionsOfCloudEvents) {
  const Event event = {.schema = Schema::CloudEvents,
                       .id = "\"1\"",
                       .source = "\"/s\"",
                       .type = "\"T\"",
                       .extensions = ",\"n\":5,\"text\":\"a\\\"b\"",
                       .data = "\"plain\""};
  for (const auto& [path, expected] :
       {Case{"source", "/s"}, Case{"type", "T"}, Case{"specversion", "1.0"}, Case{"n", "5"},
        Case{"text", "a\"b"}, Case{"subject", std::nullopt}, Case{"eventType", std::nullopt},
        Case{"data", "plain"}, Case{"data.x", std::nullopt}}) {
    EXPECT_EQ(attribute_value(event, path), expected) << path;
  }
}

}  // namespace
}  // namespace fanfare::event
