#include "cli/help.h"

#include <CLI/CLI.hpp>
#include <sstream>

namespace fanfare::cli {
namespace {

constexpr std::size_t kWidth = 80;

/// Breaks at spaces; line breaks in the text stay.
std::string wrapped(const std::string& text, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      out += '\n';
      continue;
    }
    std::istringstream words(line);
    std::string current = margin;
    for (std::string word; words >> word;) {
      if (current.size() > indent && current.size() + 1 + word.size() > kWidth) {
        out += current + '\n';
        current = margin;
      }
      current += (current.size() > indent ? " " : "") + word;
    }
    out += current + '\n';
  }
  return out;
}

std::string indented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    out += line.empty() ? "\n" : "    " + line + '\n';
  }
  return out;
}

std::vector<const CLI::App*> commands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* child) {
    return !child->get_name().empty() && !child->get_group().empty();
  });
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  return command.get_options(
      [](const CLI::Option* option) { return !option->get_group().empty(); });
}

std::string names_of(const CLI::Option& option) {
  std::string out;
  for (const auto& name : option.get_snames()) out += (out.empty() ? "-" : ", -") + name;
  for (const auto& name : option.get_lnames()) out += (out.empty() ? "--" : ", --") + name;
  return out;
}

std::string positional_of(const CLI::Option& option) {
  auto name = option.get_name(true, false);
  if (option.get_expected_max() > 1) name += "...";
  return option.get_required() ? name : "[" + name + "]";
}

std::string synopsis_of(const CLI::App& command, const std::string& full_name) {
  std::string line = full_name;
  for (const auto* option : options_of(command)) {
    const auto name = names_of(*option).substr(0, names_of(*option).find(','));
    if (option->get_positional())
      line += " " + positional_of(*option);
    else if (option->get_required())
      line += " " + name + " " + placeholder_of(*option);
  }
  line += " [OPTION...]";
  if (!commands_of(command).empty()) line = full_name + " COMMAND";
  return line;
}

std::string option_entry(const CLI::Option& option) {
  std::string head = option.get_positional() ? option.get_name(true, false) : names_of(option);
  const auto placeholder = placeholder_of(option);
  if (!option.get_positional() && !placeholder.empty()) head += " " + placeholder;
  std::string text = option.get_description();
  if (const auto choices = choices_of(option); !choices.empty())
    text += " One of: " + choices + ".";
  if (!option.get_default_str().empty()) text += " Default: " + option.get_default_str() + ".";
  if (!option.get_envname().empty()) text += " Environment: " + option.get_envname() + ".";
  if (!option.get_positional() && option.get_items_expected_max() > 1) text += " Repeatable.";
  return "    " + head + '\n' + wrapped(text, 8);
}

std::string option_sections(const CLI::App& command) {
  std::vector<std::pair<std::string, std::string>> sections = {{"ARGUMENTS", ""}, {"OPTIONS", ""}};
  for (const auto* option : options_of(command)) {
    std::string title = option->get_positional() ? "ARGUMENTS" : option->get_group();
    std::ranges::transform(title, title.begin(), [](char c) { return std::toupper(c); });
    auto found = std::ranges::find(sections, title, &std::pair<std::string, std::string>::first);
    if (found == sections.end()) found = sections.insert(sections.end(), {title, ""});
    found->second += option_entry(*option);
  }
  std::string out;
  for (const auto& [title, text] : sections) {
    if (!text.empty()) out += title + '\n' + text + '\n';
  }
  return out;
}

std::string command_list(const CLI::App& command) {
  const auto commands = commands_of(command);
  if (commands.empty()) return "";
  std::size_t widest = 0;
  for (const auto* child : commands) widest = std::max(widest, child->get_name().size());
  std::string out = "COMMANDS\n";
  for (const auto* child : commands) {
    const auto& name = child->get_name();
    out += "    " + name + std::string(widest - name.size() + 2, ' ') + summary_of(*child) + '\n';
  }
  return out + '\n';
}

std::string description_of(const CLI::App& command) {
  const auto& text = command.get_description();
  const auto end = text.find("\n\n");
  if (end == std::string::npos) return "";
  return "DESCRIPTION\n" + wrapped(text.substr(end + 2), 4) + '\n';
}

constexpr auto kExitStatus =
    "EXIT STATUS\n"
    "    0  done\n"
    "    1  the server refused, or something failed on the way\n"
    "    2  the command line, a file or the configuration is wrong\n"
    "    3  the server cannot be reached, or is not trusted\n"
    "    4  not done in the time given, or waiting for somebody's action\n";

}  // namespace

std::string help_page(const CLI::App& command, const std::string& full_name) {
  std::string out = "NAME\n    " + full_name + " - " + summary_of(command) + "\n\n";
  out += "SYNOPSIS\n    " + synopsis_of(command, full_name) + "\n\n";
  out += description_of(command) + command_list(command) + option_sections(command);
  if (!command.get_footer().empty()) out += "EXAMPLES\n" + indented(command.get_footer()) + '\n';
  return out + kExitStatus;
}

std::string full_name_of(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent == nullptr ? "fanfare" : full_name_of(*parent) + " " + command.get_name();
}

std::string summary_of(const CLI::App& command) {
  const auto& text = command.get_description();
  return text.substr(0, text.find('\n'));
}

std::string placeholder_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "";
  const auto type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::string choices_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto open = type.find(":{");
  const auto close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return "";
  std::string out = type.substr(open + 2, close - open - 2);
  std::ranges::replace(out, ',', ' ');
  return out;
}

}  // namespace fanfare::cli
