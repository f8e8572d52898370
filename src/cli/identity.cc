#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/communication_client.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

constexpr std::string_view kVersion = "?api-version=2023-10-01";

struct IdentityOptions : ResourceOptions {
  std::string user;
  std::vector<std::string> scopes;
  base::Duration expires_in = base::hours(24);
};

std::string path_of(const IdentityOptions& options, std::string_view action = {}) {
  return "/identities/" + http::percent_encode(options.user) + std::string(action) +
         std::string(kVersion);
}

json::Value scopes_of(const IdentityOptions& options) {
  return json::Value(json::Array(options.scopes.begin(), options.scopes.end()));
}

std::int64_t minutes_of(const IdentityOptions& options) {
  return std::chrono::duration_cast<base::minutes>(options.expires_in).count();
}

void print(const json::Value& answer, const IdentityOptions& options, Console& console,
           std::initializer_list<std::pair<std::string_view, std::string_view>> rows) {
  if (options.output == Output::Json) {
    console.out << json::write_pretty(answer) << '\n';
    return;
  }
  for (const auto& [title, path] : rows) {
    const auto value = text_at(answer, path);
    if (value.empty()) continue;
    console.out << title << std::string(10 - title.size(), ' ') << printable(value) << '\n';
  }
}

Got<void> create(const IdentityOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  auto body = json::Value::object();
  if (!options.scopes.empty()) {
    body.set("createTokenWithScopes", scopes_of(options));
    body.set("expiresInMinutes", minutes_of(options));
  }
  const auto made =
      client->call(http::Method::Post, "/identities" + std::string(kVersion), std::move(body));
  if (!made) return std::unexpected(made.error());
  print(*made, options, console,
        {{"id", "identity.id"},
         {"token", "accessToken.token"},
         {"expires", "accessToken.expiresOn"}});
  return {};
}

Got<void> token(const IdentityOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  auto wanted = options;
  if (wanted.scopes.empty()) wanted.scopes = {"chat"};
  const auto body = json::Value::object(
      {{"scopes", scopes_of(wanted)}, {"expiresInMinutes", minutes_of(wanted)}});
  const auto issued =
      client->call(http::Method::Post, path_of(options, "/:issueAccessToken"), body);
  if (!issued) return std::unexpected(issued.error());
  print(*issued, options, console, {{"token", "token"}, {"expires", "expiresOn"}});
  return {};
}

Got<void> revoke(const IdentityOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  const auto done = client->send(http::Method::Post, path_of(options, "/:revokeAccessTokens"));
  if (!done) return std::unexpected(done.error());
  console.err << "Revoked the tokens of " << printable(options.user) << ".\n";
  return {};
}

Got<void> remove(const IdentityOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  const auto done = client->send(http::Method::Delete, path_of(options));
  if (!done) return std::unexpected(done.error());
  console.err << "Deleted " << printable(options.user) << ".\n";
  return {};
}

using Action = Got<void> (*)(const IdentityOptions&, Console&);

std::shared_ptr<IdentityOptions> add_action(CLI::App& command, Program& program, Action action) {
  auto options = std::make_shared<IdentityOptions>();
  command.callback([&program, options, action] {
    program.run = [options, action](Console& console) { return action(*options, console); };
  });
  return options;
}

void add_user(CLI::App& command, IdentityOptions& options) {
  command.add_option("USER", options.user, "Id of the user: 8:acs:...")->required();
}

void add_token_options(CLI::App& command, IdentityOptions& options, const std::string& standard) {
  command
      .add_option("--scope", options.scopes, "What the token is good for; repeatable. " + standard)
      ->allow_extra_args(false)
      ->type_name("SCOPE")
      ->check(CLI::IsMember({"chat", "chat.join", "chat.join.limited", "voip", "voip.join"}));
  add_duration(command, "--expires-in", options.expires_in,
               "How long the token lives, 1h to 24h. Default: 24h.");
  add_output_option(command, options.output);
}

}  // namespace

void add_identity(CLI::App& parent, Program& program) {
  auto* group = add_group(parent, {.name = "identity",
                                   .summary = "make users of a communication resource, and tokens",
                                   .description = {},
                                   .examples = {}});
  auto* command = add_command(*group, {.name = "create",
                                       .summary = "make a user",
                                       .description = {},
                                       .examples = "fanfare identity create --scope chat"});
  auto options = add_action(*command, program, create);
  add_token_options(*command, *options, "Without one no token is made.");
  add_resource_options(*command, *options);

  command = add_command(*group, {.name = "token",
                                 .summary = "issue a token for a user",
                                 .description = {},
                                 .examples = "fanfare identity token 8:acs:... --scope chat"});
  options = add_action(*command, program, token);
  add_user(*command, *options);
  add_token_options(*command, *options, "Default: chat.");
  add_resource_options(*command, *options);

  command = add_command(*group, {.name = "revoke",
                                 .summary = "end every token of a user",
                                 .description = {},
                                 .examples = "fanfare identity revoke 8:acs:..."});
  options = add_action(*command, program, revoke);
  add_user(*command, *options);
  add_resource_options(*command, *options);

  command = add_command(*group, {.name = "delete",
                                 .summary = "delete a user, with its tokens and memberships",
                                 .description = {},
                                 .examples = "fanfare identity delete 8:acs:..."});
  options = add_action(*command, program, remove);
  add_user(*command, *options);
  add_resource_options(*command, *options);
}

}  // namespace fanfare::cli
