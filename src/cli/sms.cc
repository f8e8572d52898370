#include <CLI/CLI.hpp>
#include <ostream>

#include "base/clock.h"
#include "base/http_date.h"
#include "base/random.h"
#include "cli/communication_client.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

struct SmsOptions : ResourceOptions {
  std::string from;
  std::vector<std::string> to;
  std::string text;
  std::string tag;
  bool report = false;
  std::size_t limit = 20;
};

json::Value send_body(const SmsOptions& options) {
  auto recipients = json::Value::array();
  for (const auto& to : options.to) {
    recipients.push(json::Value::object(
        {{"to", to},
         {"repeatabilityRequestId", base::uuid4(base::system_random())},
         {"repeatabilityFirstSent", base::format_http_date(base::SystemClock().wall())}}));
  }
  auto body = json::Value::object({{"from", options.from},
                                   {"smsRecipients", std::move(recipients)},
                                   {"message", options.text}});
  auto wishes = json::Value::object({{"enableDeliveryReport", options.report}});
  if (!options.tag.empty()) wishes.set("tag", options.tag);
  body.set("smsSendOptions", std::move(wishes));
  return body;
}

Got<void> send(const SmsOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  const auto sent =
      client->call(http::Method::Post, "/sms?api-version=2021-03-07", send_body(options));
  if (!sent) return std::unexpected(sent.error());
  const auto* results = sent->find("value");
  const auto* list = results == nullptr ? nullptr : results->if_array();
  if (options.output == Output::Json) console.out << json::write_pretty(*sent) << '\n';
  Table table({"TO", "STATUS", "MESSAGE ID", "ERROR"});
  std::size_t failed = 0;
  for (const auto& result : list == nullptr ? json::Array() : *list) {
    if (text_at(result, "successful") != "true") ++failed;
    table.add({text_at(result, "to"), text_at(result, "httpStatusCode"),
               text_at(result, "messageId"), text_at(result, "errorMessage")});
  }
  if (options.output == Output::Table) console.out << table.text();
  if (failed == 0) return {};
  return fail(Exit::Failed, std::to_string(failed) + " of " + std::to_string(options.to.size()) +
                                " messages were not accepted");
}

Got<void> receive(const SmsOptions& options, Console& console) {
  auto api = ApiClient::make(options.connection);
  if (!api) return std::unexpected(api.error());
  const auto body = json::Value::object(
      {{"from", options.from}, {"to", options.to.front()}, {"message", options.text}});
  const auto received = (*api)->post("/fanfare/v1/sms/receive", body);
  if (!received) return std::unexpected(received.error());
  if (options.output == Output::Json)
    console.out << json::write_pretty(*received) << '\n';
  else
    console.out << printable(text_at(*received, "messageId")) << '\n';
  return {};
}

Got<void> list(const SmsOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  const auto page =
      client->operations().get("/fanfare/v1/sms?top=" + std::to_string(options.limit));
  if (!page) return std::unexpected(page.error());
  const auto* value = page->find("value");
  const auto messages = value == nullptr || !value->is_array() ? json::Array() : *value->if_array();
  if (options.output == Output::Json) {
    console.out << json::write_pretty(json::Value(messages)) << '\n';
    return {};
  }
  Table table({"TIME", "DIRECTION", "FROM", "TO", "STATE", "MESSAGE"});
  for (const auto& message : messages) {
    table.add({text_at(message, "timestamp"), text_at(message, "direction"),
               text_at(message, "from"), text_at(message, "to"), text_at(message, "state"),
               text_at(message, "message")});
  }
  console.out << table.text();
  return {};
}

using Action = Got<void> (*)(const SmsOptions&, Console&);

std::shared_ptr<SmsOptions> add_action(CLI::App& command, Program& program, Action action) {
  auto options = std::make_shared<SmsOptions>();
  command.callback([&program, options, action] {
    program.run = [options, action](Console& console) { return action(*options, console); };
  });
  return options;
}

void add_text(CLI::App& command, SmsOptions& options) {
  command.add_option("TEXT", options.text, "The message.")->required();
}

void add_send(CLI::App& group, Program& program) {
  auto* command = add_command(
      group, {.name = "send",
              .summary = "send a message",
              .description = "Exit status 1 when one recipient or more was refused.",
              .examples = "fanfare sms send --from +15555550100 --to +14255550123 \"hello\""});
  const auto options = add_action(*command, program, send);
  add_text(*command, *options);
  command->add_option("--from", options->from, "A number of the resource.")
      ->required()
      ->type_name("NUMBER");
  command->add_option("--to", options->to, "Whom it is for; repeatable.")
      ->required()
      ->allow_extra_args(false)
      ->type_name("NUMBER");
  command->add_flag("--report", options->report, "Have a delivery report made of it.");
  command->add_option("--tag", options->tag, "A word that the report carries.")->type_name("TEXT");
  add_output_option(*command, options->output);
  add_resource_options(*command, *options);
}

void add_receive(CLI::App& group, Program& program) {
  auto* command = add_command(
      group,
      {.name = "receive",
       .summary = "have a message come in, as if a phone had sent it",
       .description = "It raises Microsoft.Communication.SMSReceived at the resource that owns the "
                      "number.",
       .examples = "fanfare sms receive --from +14255550123 --to +15555550100 \"hello\""});
  const auto options = add_action(*command, program, receive);
  add_text(*command, *options);
  command->add_option("--from", options->from, "Who sends it.")->required()->type_name("NUMBER");
  command->add_option("--to", options->to, "A number of a resource.")
      ->required()
      ->expected(1)
      ->allow_extra_args(false)
      ->type_name("NUMBER");
  add_output_option(*command, options->output);
  add_connection_options(*command, options->connection);
}

}  // namespace

void add_sms(CLI::App& parent, Program& program) {
  auto* group = add_group(parent, {.name = "sms",
                                   .summary = "send and receive text messages",
                                   .description = {},
                                   .examples = {}});
  add_send(*group, program);
  add_receive(*group, program);
  auto* command = add_command(*group, {.name = "list",
                                       .summary = "list sent and received messages, newest first",
                                       .description = {},
                                       .examples = "fanfare sms list"});
  const auto options = add_action(*command, program, list);
  command->add_option("--limit", options->limit, "At most so many.")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_output_option(*command, options->output);
  add_resource_options(*command, *options);
}

}  // namespace fanfare::cli
