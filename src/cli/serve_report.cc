#include "cli/serve_report.h"

namespace fanfare::cli {
namespace {

std::string text_of(const json::Value& value, std::string_view name) {
  const auto* member = value.find(name);
  const auto* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? "" : *text;
}

std::string line(std::string_view name, const std::string& value) {
  if (value.empty()) return "";
  std::string head = "  " + std::string(name);
  head.append(head.size() < 12 ? 12 - head.size() : 1, ' ');
  return head + value + '\n';
}

std::string addresses(const json::Value& ready, Colour colour) {
  return painted(colour, Paint::Bold, "Fanfare takes requests") + '\n' +
         line("HTTP", text_of(ready, "http")) + line("HTTPS", text_of(ready, "https")) + '\n';
}

std::string topics(const json::Value& ready, Colour colour) {
  const auto* all = ready.find("topics");
  const auto* members = all == nullptr ? nullptr : all->if_object();
  if (members == nullptr) return "";
  std::string out;
  for (const auto& [name, topic] : *members) {
    out += painted(colour, Paint::Bold, "Topic " + name) + '\n';
    out += line("endpoint", text_of(topic, "endpoint")) + line("key1", text_of(topic, "key1")) +
           line("key2", text_of(topic, "key2")) + line("id", text_of(topic, "id")) + '\n';
  }
  return out;
}

std::string communication(const json::Value& ready, Colour colour) {
  const auto* all = ready.find("communication");
  const auto* members = all == nullptr ? nullptr : all->if_object();
  if (members == nullptr) return "";
  std::string out;
  for (const auto& [name, resource] : *members) {
    out += painted(colour, Paint::Bold, "Communication resource " + name) + '\n';
    out += line("connect", text_of(resource, "connectionString")) +
           line("id", text_of(resource, "id")) + '\n';
  }
  return out;
}

std::string trust(const json::Value& ready, Colour colour) {
  const auto ca = text_of(ready, "ca");
  if (ca.empty() || text_of(ready, "https").empty()) return "";
  return painted(colour, Paint::Bold, "To trust its certificate") + '\n' +
         line("curl", "curl --cacert " + ca + " " + text_of(ready, "https") + "/healthz") +
         line("Node", "export NODE_EXTRA_CA_CERTS=" + ca) +
         line("Python", "export REQUESTS_CA_BUNDLE=" + ca) +
         line("fanfare", "export FANFARE_CA=" + ca) +
         line("Debian", "sudo cp " + ca +
                            " /usr/local/share/ca-certificates/fanfare.crt && sudo "
                            "update-ca-certificates") +
         '\n';
}

std::string next_steps(const json::Value& ready, Colour colour) {
  auto address = text_of(ready, "http");
  if (address.empty()) address = text_of(ready, "https");
  const auto server = address == "http://127.0.0.1:4880" ? "" : " --server " + address;
  return painted(colour, Paint::Bold, "Next, in other terminals") + '\n' +
         "  fanfare listen --subscribe events" + server + '\n' +
         "  fanfare publish --type Hello --subject world --data '{\"n\":1}'" + server + '\n';
}

}  // namespace

std::string serve_report(const json::Value& ready, Colour colour) {
  return addresses(ready, colour) + topics(ready, colour) + communication(ready, colour) +
         trust(ready, colour) + next_steps(ready, colour);
}

}  // namespace fanfare::cli
