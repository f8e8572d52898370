#include "cli/completion.h"

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/help.h"
#include "cli/options.h"

namespace fanfare::cli {
namespace {

/// One command: its path of names, and what may follow.
struct Entry {
  std::string path;  ///< `topic create`; empty for the program itself
  std::vector<const CLI::App*> commands;
  std::vector<const CLI::Option*> options;
};

void collect(const CLI::App& command, const std::string& path, std::vector<Entry>& out) {
  Entry entry{.path = path, .commands = {}, .options = command.get_options()};
  entry.commands =
      command.get_subcommands([](const CLI::App* child) { return !child->get_group().empty(); });
  out.push_back(entry);
  for (const auto* child : entry.commands) {
    collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), out);
  }
}

std::vector<Entry> entries_of(const CLI::App& app) {
  std::vector<Entry> out;
  collect(app, "", out);
  return out;
}

std::vector<std::string> flags_of(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const auto& name : option.get_lnames()) out.push_back("--" + name);
  for (const auto& name : option.get_snames()) out.push_back("-" + name);
  return out;
}

bool takes_file(const CLI::Option& option) {
  const auto name = option.get_positional() ? option.get_name(true, false) : placeholder_of(option);
  return name == "FILE" || name == "FOLDER";
}

/// `words` for the choices, `@files`, or `@none` for a value that cannot be guessed.
std::string values_of(const CLI::Option& option) {
  if (const auto choices = choices_of(option); !choices.empty()) return choices;
  return takes_file(option) ? "@files" : "@none";
}

/// Case arms `"path|--flag") words="…" ;;` of options that take a value.
std::string value_arms(const std::vector<Entry>& entries) {
  std::string out;
  for (const auto& entry : entries) {
    for (const auto* option : entry.options) {
      if (option->get_positional() || placeholder_of(*option).empty()) continue;
      std::string pattern;
      for (const auto& flag : flags_of(*option)) {
        pattern += (pattern.empty() ? "" : "|") + ("\"" + entry.path + "/" + flag + "\"");
      }
      out += "    " + pattern + ") printf '%s' '" + values_of(*option) + "' ;;\n";
    }
  }
  return out;
}

/// Case arms `"path") words="…" ;;` of what may stand next.
std::string word_arms(const std::vector<Entry>& entries) {
  std::string out;
  for (const auto& entry : entries) {
    std::string words;
    bool files = false;
    for (const auto* child : entry.commands) words += child->get_name() + " ";
    for (const auto* option : entry.options) {
      files = files || (option->get_positional() && takes_file(*option));
      for (const auto& flag : flags_of(*option)) words += flag + " ";
    }
    if (files) words += "@files ";
    words.pop_back();
    out += "    \"" + entry.path + "\") printf '%s' '" + words + "' ;;\n";
  }
  return out;
}

/// Paths of all commands, to walk the words of the line by.
std::string path_arms(const std::vector<Entry>& entries) {
  std::string out;
  for (const auto& entry : entries) {
    if (!entry.path.empty()) out += (out.empty() ? "" : "|") + ("\"" + entry.path + "\"");
  }
  return "    " + out + ") return 0 ;;\n";
}

/// Functions that both shells share: what may stand at a place.
std::string tables(const CLI::App& app) {
  const auto entries = entries_of(app);
  return "_fanfare_is_command() {\n  case \"$1\" in\n" + path_arms(entries) +
         "  esac\n  return 1\n}\n\n"
         "_fanfare_values() {\n  case \"$1\" in\n" +
         value_arms(entries) +
         "  esac\n}\n\n"
         "_fanfare_words() {\n  case \"$1\" in\n" +
         word_arms(entries) + "  esac\n}\n\n";
}

constexpr auto kBash = R"sh(_fanfare() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local path="" word next words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    next="${path:+$path }$word"
    if _fanfare_is_command "$next"; then path="$next"; fi
  done
  words="$(_fanfare_values "$path/$previous")"
  if [ -z "$words" ]; then words="$(_fanfare_words "$path")"; fi
  COMPREPLY=()
  case " $words " in
    *" @none "*) return ;;
    *" @files "*) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
  words="${words//@files/}"
  COMPREPLY+=($(compgen -W "$words" -- "$current"))
}
complete -F _fanfare fanfare
)sh";

constexpr auto kZsh = R"sh(_fanfare() {
  local line_path="" word next found i
  for ((i = 2; i < CURRENT; i++)); do
    word="${words[i]}"
    next="${line_path:+$line_path }$word"
    if _fanfare_is_command "$next"; then line_path="$next"; fi
  done
  found="$(_fanfare_values "$line_path/${words[CURRENT-1]}")"
  if [[ -z "$found" ]]; then found="$(_fanfare_words "$line_path")"; fi
  if [[ " $found " == *" @none "* ]]; then return 1; fi
  if [[ " $found " == *" @files "* ]]; then _files; fi
  compadd -- ${(s: :)${found//@files/}}
}
compdef _fanfare fanfare
)sh";

}  // namespace

std::string bash_completion(const CLI::App& app) {
  return "# Completion of fanfare for bash.\n\n" + tables(app) + kBash;
}

std::string zsh_completion(const CLI::App& app) {
  return "#compdef fanfare\n# Completion of fanfare for zsh.\n\n" + tables(app) + kZsh;
}

void add_completion(CLI::App& parent, Program& program) {
  auto* command =
      add_command(parent, {.name = "completion",
                           .summary = "print a completion script for a shell",
                           .description = {},
                           .examples = "source <(fanfare completion bash)\n"
                                       "fanfare completion bash > /etc/bash_completion.d/fanfare\n"
                                       "source <(fanfare completion zsh)"});
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "The shell.")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  command->callback([&program, shell] {
    program.run = [&program, shell](Console& console) -> Got<void> {
      console.out << (*shell == "bash" ? bash_completion(*program.app)
                                       : zsh_completion(*program.app));
      return {};
    };
  });
}

}  // namespace fanfare::cli
