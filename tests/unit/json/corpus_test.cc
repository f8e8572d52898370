#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "json/index.h"
#include "json/value.h"

namespace fanfare::json {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

std::map<std::string, std::string> files_in(const char* folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::directory_iterator(fs::path(FANFARE_TEST_DATA) / "json" / folder)) {
    out[entry.path().filename().string()] = read_file(entry.path());
  }
  return out;
}

/// The verdicts on the files that the suite leaves free, and on those of the transform set:
/// numbers of any size are accepted and kept; what is no UTF-8, a lone surrogate, a byte order mark
/// or too deep is refused.
std::map<std::string, std::string> decisions() {
  std::map<std::string, std::string> out;
  std::ifstream in(fs::path(FANFARE_TEST_DATA) / "json" / "decisions.txt");
  std::string verdict;
  std::string name;
  while (in >> verdict >> name) out[name] = verdict;
  return out;
}

TEST(JsonCorpus, DecidesEveryDecidedFileRight) {
  Index index;
  int decided = 0;
  for (const auto& [name, text] : files_in("test_parsing")) {
    if (name[0] == 'i') continue;
    ++decided;
    EXPECT_EQ(index.build(text, 64).has_value(), name[0] == 'y') << name;
  }
  EXPECT_EQ(decided, 283);
}

TEST(JsonCorpus, TheTreeParserAgreesButForRepeatedNames) {
  for (const auto& [name, text] : files_in("test_parsing")) {
    if (name[0] == 'i') continue;
    const bool accepted = name[0] == 'y' && !name.starts_with("y_object_duplicated_key");
    EXPECT_EQ(parse(text).has_value(), accepted) << name;
  }
}

TEST(JsonCorpus, JudgesTheFreeFilesAsRecorded) {
  Index index;
  const auto expected = decisions();
  int judged = 0;
  auto free_files = files_in("test_transform");
  for (const auto& [name, text] : files_in("test_parsing")) {
    if (name[0] == 'i') free_files[name] = text;
  }
  for (const auto& [name, text] : free_files) {
    ++judged;
    ASSERT_TRUE(expected.contains(name)) << name;
    EXPECT_EQ(index.build(text, 64) ? "accept" : "refuse", expected.at(name)) << name;
  }
  EXPECT_EQ(judged, 35 + 22);
}

TEST(JsonCorpus, WhatIsAcceptedComesBackByteForByte) {
  Index index;
  for (const auto* folder : {"test_parsing", "test_transform"}) {
    for (const auto& [name, text] : files_in(folder)) {
      const std::string inside = "{\"data\": " + text + " }";
      if (!index.build(text, 64) || !index.build(inside, 65)) continue;
      const auto trimmed = text.substr(text.find_first_not_of(" \t\r\n"));
      const auto raw = (*index.root().members().begin()).value.raw();
      EXPECT_EQ(raw, trimmed.substr(0, trimmed.find_last_not_of(" \t\r\n") + 1)) << name;
    }
  }
}

TEST(JsonCorpus, ReadingWhatWasWrittenGivesTheSameTree) {
  for (const auto& [name, text] : files_in("test_parsing")) {
    const auto value = parse(text);
    if (!value) continue;
    for (const auto& written : {write(*value), write_pretty(*value)}) {
      const auto again = parse(written);
      ASSERT_TRUE(again) << name;
      EXPECT_EQ(*again, *value) << name;
    }
  }
}

}  // namespace
}  // namespace fanfare::json
