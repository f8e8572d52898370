#include "cli/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "cli/program.h"

namespace fanfare::cli {
namespace {

using testing::HasSubstr;

std::vector<const CLI::App*> all_commands(const CLI::App& app) {
  std::vector<const CLI::App*> out = {&app};
  for (const auto* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    for (const auto* command : all_commands(*child)) out.push_back(command);
  }
  return out;
}

std::string page_of(const CLI::App& command) { return help_page(command, full_name_of(command)); }

TEST(HelpTest, names_every_option_of_every_command) {
  const auto program = make_program();
  for (const auto* command : all_commands(*program->app)) {
    const auto page = page_of(*command);
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) {
        EXPECT_THAT(page, HasSubstr("--" + name)) << full_name_of(*command);
      }
      EXPECT_FALSE(option->get_description().empty()) << full_name_of(*command);
    }
    for (const auto* child : command->get_subcommands([](const CLI::App*) { return true; })) {
      EXPECT_THAT(page, HasSubstr("    " + child->get_name() + " ")) << full_name_of(*command);
    }
  }
}

TEST(HelpTest, every_option_with_a_value_has_a_placeholder_and_every_command_a_summary) {
  const auto program = make_program();
  for (const auto* command : all_commands(*program->app)) {
    EXPECT_FALSE(summary_of(*command).empty()) << full_name_of(*command);
    EXPECT_FALSE(summary_of(*command).ends_with('.')) << full_name_of(*command);
    for (const auto* option : command->get_options()) {
      if (option->get_positional() || option->get_items_expected_max() == 0) continue;
      EXPECT_NE(placeholder_of(*option), "") << full_name_of(*command) << option->get_name();
      EXPECT_NE(placeholder_of(*option), "TEXT:") << option->get_name();
    }
  }
}

TEST(HelpTest, every_command_that_does_something_has_an_example_that_parses) {
  const auto program = make_program();
  for (const auto* command : all_commands(*program->app)) {
    const bool group = !command->get_subcommands([](const CLI::App*) { return true; }).empty();
    if (group || command->get_name() == "version") continue;
    EXPECT_THAT(page_of(*command), HasSubstr(full_name_of(*command))) << full_name_of(*command);
    EXPECT_THAT(command->get_footer(), HasSubstr(full_name_of(*command)));
  }
}

TEST(HelpTest, lines_fit_into_100_columns) {
  const auto program = make_program();
  for (const auto* command : all_commands(*program->app)) {
    std::istringstream lines(page_of(*command));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(HelpTest, a_page_has_the_parts_of_a_manual_page_in_order) {
  const auto program = make_program();
  const auto* publish = program->app->get_subcommand("publish");
  const auto page = page_of(*publish);
  std::size_t at = 0;
  for (const auto title : {"NAME\n", "SYNOPSIS\n", "DESCRIPTION\n", "ARGUMENTS\n", "OPTIONS\n",
                           "CONNECTION\n", "EXAMPLES\n", "EXIT STATUS\n"}) {
    const auto next = page.find(title, at);
    ASSERT_NE(next, std::string::npos) << title << page;
    at = next;
  }
  EXPECT_THAT(page, HasSubstr("    fanfare publish - publish events to a topic\n"));
  EXPECT_THAT(page, HasSubstr("    fanfare publish [FILE] [OPTION...]\n"));
}

/// The page as running text, wherever its lines end.
std::string unwrapped(std::string_view page) {
  std::string out;
  for (const char c : page) {
    const bool space = c == ' ' || c == '\n';
    if (!space || out.empty() || out.back() != ' ') out.push_back(space ? ' ' : c);
  }
  return out;
}

TEST(HelpTest, an_option_tells_its_choices_default_and_variable) {
  const auto program = make_program();
  const auto page = page_of(*program->app->get_subcommand("status"));
  EXPECT_THAT(page, HasSubstr("    -o, --output FORMAT\n"));
  const auto text = unwrapped(page);
  EXPECT_THAT(text, HasSubstr("One of: table json. Default: table."));
  EXPECT_THAT(text, HasSubstr("FANFARE_OUTPUT"));
  EXPECT_THAT(text, HasSubstr("Default: http://127.0.0.1:4880."));
}

TEST(CliDocTest, describes_every_command) {
  std::ifstream file(std::string(FANFARE_TEST_DATA) + "/../../docs/cli.md");
  ASSERT_TRUE(file) << "docs/cli.md is missing";
  std::stringstream text;
  text << file.rdbuf();
  const auto program = make_program();
  for (const auto* command : all_commands(*program->app)) {
    const bool group = !command->get_subcommands([](const CLI::App*) { return true; }).empty();
    if (!group) EXPECT_THAT(text.str(), HasSubstr("`" + full_name_of(*command)));
  }
}

}  // namespace
}  // namespace fanfare::cli
