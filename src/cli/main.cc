#include <csignal>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  auto console = fanfare::cli::standard_console();
  const auto program = fanfare::cli::make_program();
  return fanfare::cli::run_program(*program, arguments, console);
}
