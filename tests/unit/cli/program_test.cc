#include "cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

namespace fanfare::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Ran {
  int exit;
  std::string out;
  std::string err;
};

Ran run(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  Console console{out, err};
  const auto program = make_program();
  const int exit = run_program(*program, arguments, console);
  return {exit, out.str(), err.str()};
}

// --- wrong use
// ------------------------------------------------------------------------------------

struct Wrong {
  const char* name;
  std::vector<std::string> arguments;
  const char* message;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class WrongUseTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongUseTest, exits_with_2_and_says_what_is_wrong) {
  const auto ran = run(GetParam().arguments);
  EXPECT_EQ(ran.exit, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, StartsWith(std::string("fanfare: ") + GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, WrongUseTest,
    testing::Values(
        Wrong{"an_unknown_command",
              {"publsh"},
              "fanfare: unknown command 'publsh'; did you mean 'publish'?\nSee `fanfare --help`."},
        Wrong{"an_unknown_command_of_a_group",
              {"topic", "creat", "x"},
              "fanfare topic: unknown command 'creat'; did you mean 'create'?\nSee `fanfare topic "
              "--help`."},
        Wrong{"a_group_alone", {"topic"}, "fanfare topic: A subcommand is required"},
        Wrong{"an_unknown_option",
              {"topic", "list", "--outptu", "json"},
              "fanfare topic list: unknown option '--outptu'; did you mean '--output'?"},
        Wrong{"an_argument_too_many",
              {"topic", "show", "a", "b"},
              "fanfare topic show: unknown argument 'b'"},
        Wrong{"a_missing_argument", {"topic", "show"}, "fanfare topic show: NAME is required"},
        Wrong{"a_value_outside_of_its_choices",
              {"status", "-o", "xml"},
              "fanfare status: --output: xml not in {"},
        Wrong{"a_duration_without_unit",
              {"clock", "advance", "10"},
              "fanfare clock advance: DURATION: not a duration such as 500ms"},
        Wrong{"an_option_that_needs_another",
              {"publish", "--subject", "s"},
              "fanfare publish: --subject requires --type"},
        Wrong{"a_port_that_is_none",
              {"listen", "--port", "70000"},
              "fanfare listen: Could not convert"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Commands, WrongUseTest,
    testing::Values(
        Wrong{"publish_without_an_event", {"publish"}, "publish: nothing to publish; name a FILE"},
        Wrong{"publish_with_two_sources",
              {"publish", "f.json", "--type", "T"},
              "publish: a file and --type are both given"},
        Wrong{"publish_of_a_file_that_is_not_there",
              {"publish", "/no/such.json"},
              "/no/such.json: cannot be read: No such file or directory"},
        Wrong{"a_server_that_is_no_address",
              {"status", "--server", "localhost:4880"},
              "--server: 'localhost:4880' is no address: "},
        Wrong{"a_server_with_a_path",
              {"status", "--server", "http://localhost:4880/x"},
              "--server: 'http://localhost:4880/x' has a path; the address alone is wanted"},
        Wrong{"a_ca_that_is_not_there",
              {"status", "--ca", "/no/ca.pem"},
              "--ca: cannot read /no/ca.pem: No such file or directory"},
        Wrong{
            "subscription_without_an_endpoint",
            {"subscription", "create", "mine"},
            "subscription create: where to deliver is missing; give --endpoint URL or --from FILE"},
        Wrong{"replay_of_nothing",
              {"deadletter", "replay"},
              "deadletter replay: give the names of dead letters, or --subscription"},
        Wrong{"topic_with_a_mapping_that_is_none",
              {"topic", "create", "x", "--input-mapping-fields", "kind"},
              "--input-mapping-fields: 'kind' is not NAME=VALUE"},
        Wrong{"serve_with_a_setting_that_is_no_pair",
              {"serve", "--set", "threads"},
              "--set: 'threads' is not KEY=VALUE"},
        Wrong{"serve_with_an_unknown_key",
              {"serve", "--set", "thread=1"},
              "--set thread: unknown setting \"thread\"; did you mean \"threads\"?"},
        Wrong{"serve_with_a_wrong_listener",
              {"serve", "--listen", "nowhere"},
              "--listen: listen: \"nowhere\" is not allowed; allowed: ADDRESS:PORT"},
        Wrong{"serve_with_a_file_that_is_not_there",
              {"serve", "--config", "/no.yaml"},
              "/no.yaml: cannot be read: No such file or directory"},
        Wrong{"check_of_a_file_that_is_not_there",
              {"config", "check", "/no.yaml"},
              "/no.yaml: cannot be read: No such file or directory"}),
    [](const auto& info) { return info.param.name; });

TEST(ProgramTest, nothing_at_all_prints_the_help_and_exits_with_2) {
  const auto ran = run({});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.out, StartsWith("NAME\n    fanfare - "));
}

TEST(ProgramTest, a_server_that_is_not_there_exits_with_3_and_says_how_to_start_one) {
  const auto ran = run({"status", "--server", "http://127.0.0.1:1"});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, StartsWith("fanfare: no answer from http://127.0.0.1:1"));
  EXPECT_THAT(ran.err, HasSubstr("`fanfare serve` starts a server"));
}

TEST(ProgramTest, the_version_is_printed_by_flag_and_command) {
  EXPECT_EQ(run({"--version"}).out, run({"version"}).out);
  EXPECT_THAT(run({"version", "-o", "json"}).out, StartsWith("{\"version\":\""));
}

TEST(ProgramTest, config_check_is_content_with_the_example) {
  const auto file = std::string(FANFARE_TEST_DATA) + "/../../examples/fanfare.yaml";
  const auto ran = run({"config", "check", file});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("right; 3 topics declared"));
}

}  // namespace
}  // namespace fanfare::cli
