#pragma once
/// Completion scripts for shells, written from the tree of commands. Pure.
#include <string>

namespace CLI {
class App;
}

namespace fanfare::cli {

std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);

}  // namespace fanfare::cli
