#pragma once
/// Help texts as manual pages: name, synopsis, description, commands, options, examples,
/// environment, exit status. Everything comes from the tree of commands, so that no text can lag
/// behind.
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace fanfare::cli {

/// `full_name` is `fanfare topic create`. Lines are at most 80 characters where words allow it.
std::string help_page(const CLI::App& command, const std::string& full_name);

/// `fanfare topic create`, from the command's place in the tree.
std::string full_name_of(const CLI::App& command);

/// First line of the description.
std::string summary_of(const CLI::App& command);

/// `FILE`, `SCHEMA`; empty for a flag.
std::string placeholder_of(const CLI::Option& option);
/// The words of an option that takes one of a few, separated by spaces; empty for others.
std::string choices_of(const CLI::Option& option);

}  // namespace fanfare::cli
