#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "cli/program.h"

namespace fanfare::cli {
namespace {

using testing::HasSubstr;

/// What bash offers after `words`, the last of which is being typed.
std::string completed(const std::vector<std::string>& words) {
  const auto folder = testing::TempDir();
  const auto script = folder + "/fanfare-completion.bash";
  const auto program = make_program();
  std::ofstream out(script);
  out << bash_completion(*program->app) << "COMP_WORDS=(fanfare";
  for (const auto& word : words) out << " '" << word << "'";
  out << ")\nCOMP_CWORD=" << words.size() << "\n_fanfare\necho \"${COMPREPLY[@]}\"\n";
  out.close();
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(("bash " + script).c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> buffer;
  while (const auto n = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    text.append(buffer.data(), n);
  }
  return text;
}

TEST(CompletionTest, bash_offers_commands_options_and_choices) {
  EXPECT_THAT(completed({"pub"}), HasSubstr("publish"));
  EXPECT_EQ(completed({"topic", "cre"}), "create\n");
  EXPECT_EQ(completed({"topic", "create", "--input-s"}), "--input-schema\n");
  EXPECT_EQ(completed({"topic", "create", "--input-schema", "Cl"}), "CloudEventSchemaV1_0\n");
  EXPECT_EQ(completed({"serve", "--durability", "f"}), "fsync\n");
  EXPECT_EQ(completed({"status", "--server", ""}), "\n");
}

TEST(CompletionTest, zsh_gets_the_same_tables) {
  const auto program = make_program();
  const auto script = zsh_completion(*program->app);
  EXPECT_EQ(script.find("#compdef fanfare\n"), 0u);
  EXPECT_THAT(script, HasSubstr("\"topic create\""));
  EXPECT_THAT(script, HasSubstr("compdef _fanfare fanfare"));
}

}  // namespace
}  // namespace fanfare::cli
