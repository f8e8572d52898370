#pragma once
/// The command line as a tree of commands. Each add_… registers one group, its options and their
/// help; parsing decides what to run, and running is a step of its own, so that tests can parse
/// alone.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/console.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace fanfare::cli {

using Run = std::function<Got<void>(Console&)>;

struct Program {
  std::unique_ptr<CLI::App> app;
  Run run;  ///< of the command that was parsed

  Program();
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
};

/// Every command.
std::unique_ptr<Program> make_program();

/// Parses and runs. Returns the exit status.
int run_program(Program& program, const std::vector<std::string>& arguments, Console& console);

void add_serve(CLI::App& parent, Program& program);
void add_listen(CLI::App& parent, Program& program);
void add_publish(CLI::App& parent, Program& program);
void add_topic(CLI::App& parent, Program& program);
void add_subscription(CLI::App& parent, Program& program);
void add_identity(CLI::App& parent, Program& program);
void add_sms(CLI::App& parent, Program& program);
void add_chat(CLI::App& parent, Program& program);
void add_phone_number(CLI::App& parent, Program& program);
void add_events(CLI::App& parent, Program& program);
void add_deadletter(CLI::App& parent, Program& program);
void add_attempts(CLI::App& parent, Program& program);
void add_queue(CLI::App& parent, Program& program);
void add_clock(CLI::App& parent, Program& program);
void add_status(CLI::App& parent, Program& program);
void add_store(CLI::App& parent, Program& program);
void add_config(CLI::App& parent, Program& program);
void add_version(CLI::App& parent, Program& program);
void add_completion(CLI::App& parent, Program& program);

}  // namespace fanfare::cli
