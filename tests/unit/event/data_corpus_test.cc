#include <gtest/gtest.h>

#include <map>

#include "base/bytes.h"
#include "event/cloud_events.h"
#include "event/custom_schema.h"
#include "event/event_grid_schema.h"
#include "unit/event/test_events.h"

namespace fanfare::event {
namespace {

using test::body_of;
using test::kTopic;

/// The JSON corpus as the data of events: accepted or refused as by itself, and, when accepted, the
/// same bytes after publishing, storing and rendering.
class DataCorpusTest : public testing::TestWithParam<const char*> {
 protected:
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> out;
    for (const auto& entry :
         std::filesystem::directory_iterator(test::data_path("json") / GetParam())) {
      out[entry.path().filename().string()] = test::read_file(entry.path());
    }
    return out;
  }

  std::map<std::string, bool> verdicts() const {
    std::map<std::string, bool> out;
    std::ifstream in(test::data_path("json/decisions.txt"));
    for (std::string verdict, name; in >> verdict >> name;) out[name] = verdict == "accept";
    for (const auto& [name, text] : files()) {
      if (name[0] == 'y' || name.starts_with("n_")) out[name] = name[0] == 'y';
    }
    return out;
  }

  static std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
  }

  /// Through the stored form and back, then rendered.
  static std::string delivered(const EventBatch& batch,
                               void (*append)(std::string&, const Event&, std::string_view)) {
    std::string stored;
    base::ByteWriter writer(stored);
    encode(batch.events.at(0), writer);
    base::ByteReader reader(stored);
    std::string out;
    append(out, decode(reader), {});
    return out;
  }
};

TEST_P(DataCorpusTest, IsJudgedAlikeAsDataOfEverySchema) {
  const auto expected = verdicts();
  int judged = 0;
  for (const auto& [name, text] : files()) {
    ++judged;
    SCOPED_TRACE(name);
    const bool accepted = expected.at(name);
    const auto grid = parse_event_grid(
        body_of(
            R"([{"id":"1","subject":"","eventType":"T","eventTime":"2020-09-18T00:47:13Z","dataVersion":"","data":)" +
            text + "}]"),
        kTopic);
    const auto cloud = parse_cloud_event(
        body_of(R"({"specversion":"1.0","id":"1","source":"/s","type":"T","data":)" + text + "}"));
    EXPECT_EQ(grid.has_value(), accepted);
    EXPECT_EQ(cloud.has_value(), accepted);
    if (!grid || !cloud) continue;
    const auto data = "\"data\":" + trimmed(text) + ",";
    EXPECT_NE(delivered(*cloud, append_cloud_event).find(data), std::string::npos);
    const bool null_data = trimmed(text) == "null";
    EXPECT_EQ(delivered(*grid, append_event_grid).find(data) == std::string::npos, null_data);
    EXPECT_EQ(delivered(*grid, append_cloud_event).find(data) == std::string::npos, null_data);
  }
  EXPECT_EQ(judged, std::string(GetParam()) == "test_parsing" ? 318 : 22);
}

TEST_P(DataCorpusTest, AsAWholeBodyIsAlwaysAnsweredInOrder) {
  InputMapping mapping;
  mapping.event_type.default_value = "T";
  mapping.subject.default_value = "";
  mapping.data_version.default_value = "";
  base::SeededRandom random(1);
  const auto expected = verdicts();
  for (const auto& [name, text] : files()) {
    SCOPED_TRACE(name);
    const auto custom = parse_custom(body_of(text), mapping, kTopic, {}, random);
    if (custom) EXPECT_TRUE(expected.at(name));
    const auto grid = parse_event_grid(body_of(text), kTopic);
    if (grid) EXPECT_TRUE(grid->events.empty());
    if (!grid) EXPECT_FALSE(grid.error().message.empty());
    EXPECT_FALSE(parse_cloud_event(body_of(text)));
  }
}

INSTANTIATE_TEST_SUITE_P(Json, DataCorpusTest, testing::Values("test_parsing", "test_transform"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace fanfare::event
