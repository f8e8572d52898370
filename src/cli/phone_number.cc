#include <CLI/CLI.hpp>
#include <chrono>
#include <ostream>
#include <thread>

#include "cli/communication_client.h"
#include "cli/resources.h"

namespace fanfare::cli {
namespace {

constexpr std::string_view kVersion = "api-version=2025-06-01";
constexpr auto kPause = base::milliseconds(200);

struct NumberOptions : ResourceOptions {
  std::string number;  ///< or the id of a search
  std::string country = "US";
  std::string type = "tollFree";
  std::string sms = "inbound+outbound";
  std::string calling = "none";
  std::string area_code;
  int quantity = 1;
  base::Duration wait = base::minutes(1);
};

std::string versioned_path(const std::string& path) { return path + "?" + std::string(kVersion); }

/// Polls a long-running operation to its end.
Got<void> finish(CommunicationClient& client, const ApiAnswer& started, base::Duration limit) {
  const auto location = started.headers.find("Operation-Location");
  if (!location) return {};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto path = std::string(*location);
    if (!path.contains("api-version")) path = versioned_path(path);
    const auto operation = client.call(http::Method::Get, path);
    if (!operation) return std::unexpected(operation.error());
    const auto status = text_at(*operation, "status");
    if (status == "succeeded") return {};
    if (status == "failed") return fail(Exit::Failed, text_at(*operation, "error.message"));
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Exit::Unfinished, "the server still works on it", "Wait longer with --wait.");
    }
    std::this_thread::sleep_for(kPause);
  }
}

Table table_of(const json::Array& numbers) {
  Table table({"NUMBER", "TYPE", "COUNTRY", "SMS", "CALLING"});
  for (const auto& number : numbers) {
    table.add({text_at(number, "phoneNumber"), text_at(number, "phoneNumberType"),
               text_at(number, "countryCode"), text_at(number, "capabilities.sms"),
               text_at(number, "capabilities.calling")});
  }
  return table;
}

Got<void> list(const NumberOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  json::Array numbers;
  for (auto next = versioned_path("/phoneNumbers"); !next.empty();) {
    const auto page = client->call(http::Method::Get, next);
    if (!page) return std::unexpected(page.error());
    const auto* items = page->find("phoneNumbers");
    if (items != nullptr && items->is_array()) {
      numbers.insert(numbers.end(), items->if_array()->begin(), items->if_array()->end());
    }
    next = text_at(*page, "nextLink");
  }
  if (options.output == Output::Json)
    console.out << json::write_pretty(json::Value(numbers)) << '\n';
  else
    console.out << table_of(numbers).text();
  return {};
}

json::Value search_body(const NumberOptions& options) {
  auto body = json::Value::object(
      {{"phoneNumberType", options.type},
       {"assignmentType", "application"},
       {"capabilities", json::Value::object({{"calling", options.calling}, {"sms", options.sms}})},
       {"quantity", options.quantity}});
  if (!options.area_code.empty()) body.set("areaCode", options.area_code);
  return body;
}

Got<void> search(const NumberOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  const auto path = "/availablePhoneNumbers/countries/" + http::percent_encode(options.country);
  const auto started =
      client->send(http::Method::Post, versioned_path(path + "/:search"), search_body(options));
  if (!started) return std::unexpected(started.error());
  if (auto done = finish(*client, *started, options.wait); !done) return done;
  const auto id = std::string(started->headers.get("search-id"));
  const auto found =
      client->call(http::Method::Get, versioned_path("/availablePhoneNumbers/searchResults/" + id));
  if (!found) return std::unexpected(found.error());
  if (options.output == Output::Json) {
    console.out << json::write_pretty(*found) << '\n';
    return {};
  }
  console.out << "search  " << printable(id) << '\n';
  const auto* numbers = found->find("phoneNumbers");
  if (numbers == nullptr || !numbers->is_array()) return {};
  for (const auto& number : *numbers->if_array()) {
    if (const auto* text = number.if_string())
      console.out << "number  " << printable(*text) << '\n';
  }
  return {};
}

Got<void> purchase(const NumberOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  const auto started =
      client->send(http::Method::Post, versioned_path("/availablePhoneNumbers/:purchase"),
                   json::Value::object({{"searchId", options.number}, {"agreeToNotResell", true}}));
  if (!started) return std::unexpected(started.error());
  if (auto done = finish(*client, *started, options.wait); !done) return done;
  console.err << "Purchased what the search " << printable(options.number) << " held.\n";
  return {};
}

Got<void> release(const NumberOptions& options, Console& console) {
  auto client = CommunicationClient::make(options);
  if (!client) return std::unexpected(client.error());
  const auto started =
      client->send(http::Method::Delete,
                   versioned_path("/phoneNumbers/" + http::percent_encode(options.number)));
  if (!started) return std::unexpected(started.error());
  if (auto done = finish(*client, *started, options.wait); !done) return done;
  console.err << "Released " << printable(options.number) << ".\n";
  return {};
}

using Action = Got<void> (*)(const NumberOptions&, Console&);

std::shared_ptr<NumberOptions> add_action(CLI::App& command, Program& program, Action action) {
  auto options = std::make_shared<NumberOptions>();
  command.callback([&program, options, action] {
    program.run = [options, action](Console& console) { return action(*options, console); };
  });
  return options;
}

void add_wait(CLI::App& command, NumberOptions& options) {
  add_duration(command, "--wait", options.wait, "How long to wait for the server. Default: 1m.");
}

void add_search(CLI::App& group, Program& program) {
  auto* command =
      add_command(group, {.name = "search",
                          .summary = "find numbers to purchase, and hold them for a while",
                          .description = {},
                          .examples = "fanfare phone-number search --country US --type tollFree"});
  const auto options = add_action(*command, program, search);
  command->add_option("--country", options->country, "Two letters.")
      ->type_name("CODE")
      ->capture_default_str();
  command->add_option("--type", options->type, "The kind of number.")
      ->check(CLI::IsMember({"geographic", "tollFree", "mobile"}))
      ->type_name("TYPE")
      ->capture_default_str();
  const CLI::IsMember directions({"none", "inbound", "outbound", "inbound+outbound"});
  command->add_option("--sms", options->sms, "What it must do with messages.")
      ->check(directions)
      ->type_name("DIRECTION")
      ->capture_default_str();
  command->add_option("--calling", options->calling, "What it must do with calls.")
      ->check(directions)
      ->type_name("DIRECTION")
      ->capture_default_str();
  command->add_option("--area-code", options->area_code, "Where it is.")->type_name("DIGITS");
  command->add_option("--quantity", options->quantity, "How many.")->capture_default_str();
  add_wait(*command, *options);
  add_output_option(*command, options->output);
  add_resource_options(*command, *options);
}

}  // namespace

void add_phone_number(CLI::App& parent, Program& program) {
  auto* group = add_group(parent, {.name = "phone-number",
                                   .summary = "list, find, purchase and release phone numbers",
                                   .description = {},
                                   .examples = {}});
  auto* command = add_command(*group, {.name = "list",
                                       .summary = "list the numbers of a communication resource",
                                       .description = {},
                                       .examples = "fanfare phone-number list"});
  auto options = add_action(*command, program, list);
  add_output_option(*command, options->output);
  add_resource_options(*command, *options);
  add_search(*group, program);

  command = add_command(*group, {.name = "purchase",
                                 .summary = "purchase what a search holds",
                                 .description = {},
                                 .examples = "fanfare phone-number purchase SEARCH"});
  options = add_action(*command, program, purchase);
  command->add_option("SEARCH", options->number, "Id of the search.")->required();
  add_wait(*command, *options);
  add_resource_options(*command, *options);

  command = add_command(*group, {.name = "release",
                                 .summary = "give a number back",
                                 .description = {},
                                 .examples = "fanfare phone-number release +15555550100"});
  options = add_action(*command, program, release);
  command->add_option("NUMBER", options->number, "The number.")->required();
  add_wait(*command, *options);
  add_resource_options(*command, *options);
}

}  // namespace fanfare::cli
