#include "app/store_format.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>

namespace fanfare::app {
namespace {

constexpr const char* kId = "0b8f3a52-5d0f-4f0e-9a3e-1f2d3c4b5a69";

class StoreFormatTest : public testing::Test {
 protected:
  StoreFormatTest() {
    std::string pattern = testing::TempDir() + "/fanfare-format-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~StoreFormatTest() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& text) { std::ofstream(folder_ / "format", std::ios::binary) << text; }
  std::string text() const {
    std::ifstream in(folder_ / "format", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path folder_;
};

TEST_F(StoreFormatTest, what_was_made_is_read) {
  ASSERT_TRUE(make_format(folder_, kId));
  EXPECT_EQ(read_format(folder_).value(), kId);
}

TEST_F(StoreFormatTest, the_oldest_form_is_read) {
  put(std::string("fanfare-store 1 ") + kId + "\n");
  EXPECT_EQ(read_format(folder_).value(), kId);
}

TEST_F(StoreFormatTest, no_store_is_told_from_one_that_lost_the_file) {
  EXPECT_EQ(read_format(folder_).error().code, base::Errc::NotFound);
  std::filesystem::create_directory(folder_ / "log");
  EXPECT_EQ(read_format(folder_).error().code, base::Errc::Corrupt);
}

TEST_F(StoreFormatTest, any_bit_that_flips_and_any_byte_that_is_missing_is_noticed) {
  ASSERT_TRUE(make_format(folder_, kId));
  const auto whole = text();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    put(damaged);
    const auto read = read_format(folder_);
    ASSERT_FALSE(read) << damaged;
    const auto code = read.error().code;  // a flipped version may look newer
    EXPECT_TRUE(code == base::Errc::Corrupt || code == base::Errc::InvalidArgument) << damaged;
  }
  for (std::size_t length = 0; length < whole.size(); ++length) {
    put(whole.substr(0, length));
    EXPECT_EQ(read_format(folder_).error().code, base::Errc::Corrupt) << length;
  }
}

TEST_F(StoreFormatTest, a_newer_store_is_refused_with_what_to_do) {
  put("fanfare-store 2 whatever comes then\n");
  const auto read = read_format(folder_);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, base::Errc::InvalidArgument);
  EXPECT_NE(read.error().message.find("format 2"), std::string::npos);
  EXPECT_NE(read.error().message.find("newer program"), std::string::npos);
}

}  // namespace
}  // namespace fanfare::app
