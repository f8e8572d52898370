#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/communication_client.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

constexpr std::string_view kVersion = "?api-version=2024-03-07";

struct ChatOptions : ResourceOptions {
  std::string user;    ///< who acts
  std::string thread;  ///< its id
  std::string text;    ///< the message, or a new thread's topic
  std::string sender_name;
  std::vector<std::string> with;  ///< other users
  std::size_t limit = 20;
};

std::string threads_path() { return "/chat/threads" + std::string(kVersion); }

std::string thread_path(const ChatOptions& options, std::string_view part) {
  return "/chat/threads/" + http::percent_encode(options.thread) + std::string(part) +
         std::string(kVersion);
}

json::Value user_identifier(const std::string& user) {
  return json::Value::object({{"communicationUser", json::Value::object({{"id", user}})}});
}

json::Value participants(const std::vector<std::string>& users) {
  auto out = json::Value::array();
  for (const auto& user : users) {
    out.push(json::Value::object({{"communicationIdentifier", user_identifier(user)}}));
  }
  return out;
}

/// A client and the token of who acts.
struct Session {
  CommunicationClient client;
  std::string token;

  static Got<Session> begin(const ChatOptions& options) {
    auto client = CommunicationClient::make(options);
    if (!client) return std::unexpected(client.error());
    auto token = client->chat_token(options.user);
    if (!token) return std::unexpected(token.error());
    return Session{std::move(*client), std::move(*token)};
  }
};

void print_json(const json::Value& value, Console& console) {
  console.out << json::write_pretty(value) << '\n';
}

Got<void> refused_ones(const json::Value& answer) {
  const auto* invalid = answer.find("invalidParticipants");
  if (invalid == nullptr || !invalid->is_array() || invalid->if_array()->empty()) return {};
  const auto& first = invalid->if_array()->front();
  return fail(Exit::Failed, std::to_string(invalid->if_array()->size()) +
                                " users were not added; the first: " + text_at(first, "target") +
                                ": " + text_at(first, "message"));
}

Got<void> create(const ChatOptions& options, Console& console) {
  auto session = Session::begin(options);
  if (!session) return std::unexpected(session.error());
  const auto body =
      json::Value::object({{"topic", options.text}, {"participants", participants(options.with)}});
  const auto made =
      session->client.call_as(session->token, http::Method::Post, threads_path(), body);
  if (!made) return std::unexpected(made.error());
  if (options.output == Output::Json)
    print_json(*made, console);
  else
    console.out << printable(text_at(*made, "chatThread.id")) << '\n';
  return refused_ones(*made);
}

Got<void> list(const ChatOptions& options, Console& console) {
  auto session = Session::begin(options);
  if (!session) return std::unexpected(session.error());
  const auto threads =
      session->client.list_as(session->token, threads_path(), "value", options.limit);
  if (!threads) return std::unexpected(threads.error());
  if (options.output == Output::Json) {
    print_json(json::Value(*threads), console);
    return {};
  }
  Table table({"THREAD", "TOPIC", "LAST MESSAGE"});
  for (const auto& thread : *threads) {
    table.add({text_at(thread, "id"), text_at(thread, "topic"),
               text_at(thread, "lastMessageReceivedOn")});
  }
  console.out << table.text();
  return {};
}

Got<void> send(const ChatOptions& options, Console& console) {
  auto session = Session::begin(options);
  if (!session) return std::unexpected(session.error());
  auto body = json::Value::object({{"content", options.text}, {"type", "text"}});
  if (!options.sender_name.empty()) body.set("senderDisplayName", options.sender_name);
  const auto sent = session->client.call_as(session->token, http::Method::Post,
                                            thread_path(options, "/messages"), body);
  if (!sent) return std::unexpected(sent.error());
  if (options.output == Output::Json)
    print_json(*sent, console);
  else
    console.out << printable(text_at(*sent, "id")) << '\n';
  return {};
}

Got<void> messages(const ChatOptions& options, Console& console) {
  auto session = Session::begin(options);
  if (!session) return std::unexpected(session.error());
  const auto all = session->client.list_as(session->token, thread_path(options, "/messages"),
                                           "value", options.limit);
  if (!all) return std::unexpected(all.error());
  if (options.output == Output::Json) {
    print_json(json::Value(*all), console);
    return {};
  }
  Table table({"TIME", "TYPE", "SENDER", "CONTENT"});
  for (const auto& message : *all) {
    const auto name = text_at(message, "senderDisplayName");
    table.add({text_at(message, "createdOn"), text_at(message, "type"),
               name.empty() ? text_at(message, "senderCommunicationIdentifier.rawId") : name,
               text_at(message, "content.message")});
  }
  console.out << table.text();
  return {};
}

Got<void> members(const ChatOptions& options, Console& console) {
  auto session = Session::begin(options);
  if (!session) return std::unexpected(session.error());
  const auto all = session->client.list_as(session->token, thread_path(options, "/participants"),
                                           "value", options.limit);
  if (!all) return std::unexpected(all.error());
  if (options.output == Output::Json) {
    print_json(json::Value(*all), console);
    return {};
  }
  Table table({"USER", "NAME"});
  for (const auto& member : *all) {
    table.add({text_at(member, "communicationIdentifier.rawId"), text_at(member, "displayName")});
  }
  console.out << table.text();
  return {};
}

Got<void> add(const ChatOptions& options, Console& console) {
  auto session = Session::begin(options);
  if (!session) return std::unexpected(session.error());
  const auto body = json::Value::object({{"participants", participants(options.with)}});
  const auto added = session->client.call_as(session->token, http::Method::Post,
                                             thread_path(options, "/participants/:add"), body);
  if (!added) return std::unexpected(added.error());
  if (auto refused = refused_ones(*added); !refused) return refused;
  console.err << "Added " << options.with.size() << " to the thread.\n";
  return {};
}

using Action = Got<void> (*)(const ChatOptions&, Console&);

std::shared_ptr<ChatOptions> add_action(CLI::App& command, Program& program, Action action) {
  auto options = std::make_shared<ChatOptions>();
  command.callback([&program, options, action] {
    program.run = [options, action](Console& console) { return action(*options, console); };
  });
  command.add_option("--as", options->user, "Id of the user who does it: 8:acs:...")
      ->required()
      ->type_name("USER");
  return options;
}

void add_thread(CLI::App& command, ChatOptions& options) {
  command.add_option("THREAD", options.thread, "Id of the thread: 19:...@thread.v2")->required();
}

void add_others(CLI::App& command, ChatOptions& options) {
  command.add_option("--with", options.with, "Id of another user; repeatable.")
      ->allow_extra_args(false)
      ->type_name("USER");
}

void add_limit(CLI::App& command, ChatOptions& options) {
  command.add_option("--limit", options.limit, "At most so many.")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
}

void add_shared(CLI::App& command, ChatOptions& options) {
  add_output_option(command, options.output);
  add_resource_options(command, options);
}

void add_thread_commands(CLI::App& group, Program& program) {
  auto* command = add_command(
      group, {.name = "create",
              .summary = "begin a thread",
              .description = {},
              .examples = "fanfare chat create \"Lunch\" --as 8:acs:... --with 8:acs:..."});
  auto options = add_action(*command, program, create);
  command->add_option("TOPIC", options->text, "What it is about.")->required();
  add_others(*command, *options);
  add_shared(*command, *options);

  command = add_command(group, {.name = "list",
                                .summary = "list the threads of a user",
                                .description = {},
                                .examples = "fanfare chat list --as 8:acs:..."});
  options = add_action(*command, program, list);
  add_limit(*command, *options);
  add_shared(*command, *options);

  command = add_command(group, {.name = "members",
                                .summary = "list who is in a thread",
                                .description = {},
                                .examples = "fanfare chat members 19:... --as 8:acs:..."});
  options = add_action(*command, program, members);
  add_thread(*command, *options);
  add_limit(*command, *options);
  add_shared(*command, *options);

  command =
      add_command(group, {.name = "add",
                          .summary = "add users to a thread",
                          .description = {},
                          .examples = "fanfare chat add 19:... --as 8:acs:... --with 8:acs:..."});
  options = add_action(*command, program, add);
  add_thread(*command, *options);
  add_others(*command, *options);
  add_shared(*command, *options);
}

void add_message_commands(CLI::App& group, Program& program) {
  auto* command =
      add_command(group, {.name = "send",
                          .summary = "send a message to a thread",
                          .description = {},
                          .examples = "fanfare chat send 19:... \"hello\" --as 8:acs:..."});
  auto options = add_action(*command, program, send);
  add_thread(*command, *options);
  command->add_option("TEXT", options->text, "The message.")->required();
  command->add_option("--name", options->sender_name, "Name that the message shows.")
      ->type_name("NAME");
  add_shared(*command, *options);

  command = add_command(group, {.name = "messages",
                                .summary = "list the messages of a thread, newest first",
                                .description = {},
                                .examples = "fanfare chat messages 19:... --as 8:acs:..."});
  options = add_action(*command, program, messages);
  add_thread(*command, *options);
  add_limit(*command, *options);
  add_shared(*command, *options);
}

}  // namespace

void add_chat(CLI::App& parent, Program& program) {
  auto* group = add_group(
      parent, {.name = "chat",
               .summary = "begin threads, send and read messages",
               .description = "Each command acts as a user, with a token made for it by the key of "
                              "the communication resource; `fanfare identity create` makes users.",
               .examples = {}});
  add_thread_commands(*group, program);
  add_message_commands(*group, program);
}

}  // namespace fanfare::cli
