#include "communication/sms/sms_json.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "carrier/unicode.h"
#include "communication/sms/events.h"
#include "communication/sms/timestamps.h"

namespace fanfare::communication::sms {

namespace {

constexpr std::size_t kRecipientsMax = 100;
constexpr std::size_t kMessageMax = 2048;
constexpr std::int64_t kTimeoutMin = 60;
constexpr std::int64_t kTimeoutMax = 43'200;

const json::Value* member(const json::Value& object, std::string_view name) {
  const auto* found = object.find_ignoring_case(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

base::Result<json::Value> parse_object(std::string_view body) {
  auto tree = json::parse(body);
  if (!tree) return base::invalid("The body is no JSON: " + tree.error().message);
  if (!tree->is_object()) return base::invalid("The body must be a JSON object.");
  return tree;
}

base::Error required(std::string_view name, std::string_view path) {
  return base::invalid("The " + std::string(name) + " field is required.", std::string(path));
}

base::Result<std::string> text_in(const json::Value& object, std::string_view name,
                                  const std::string& path) {
  const auto* value = member(object, name);
  if (value == nullptr) return required(name, path);
  const auto* text = value->if_string();
  if (text == nullptr) return base::invalid("must be a string", path);
  return *text;
}

base::Result<std::optional<std::string>> text_or_none(const json::Value& object,
                                                      std::string_view name,
                                                      const std::string& path) {
  if (member(object, name) == nullptr) return std::optional<std::string>();
  auto text = text_in(object, name, path);
  if (!text) return text.error();
  return std::optional<std::string>(*std::move(text));
}

base::Result<const json::Array*> list_in(const json::Value& object, std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr) return required(name, name);
  const auto* list = value->if_array();
  if (list == nullptr) return base::invalid("must be an array", std::string(name));
  if (list->empty() || list->size() > kRecipientsMax) {
    return base::invalid("must have 1 to 100 entries", std::string(name));
  }
  return list;
}

base::Result<Recipient> parse_recipient(const json::Value& value, const std::string& path) {
  if (!value.is_object()) return base::invalid("must be an object", path);
  auto to = text_in(value, "to", path + ".to");
  if (!to) return to.error();
  auto id = text_or_none(value, "repeatabilityRequestId", path + ".repeatabilityRequestId");
  if (!id) return id.error();
  auto sent = text_or_none(value, "repeatabilityFirstSent", path + ".repeatabilityFirstSent");
  if (!sent) return sent.error();
  return Recipient{*std::move(to), {*std::move(id), *std::move(sent)}};
}

base::Result<void> parse_timeout(const json::Value& options, SendRequest& out) {
  const auto* value = member(options, "deliveryReportTimeoutInSeconds");
  if (value == nullptr) return {};
  const auto seconds = value->as_int();
  if (!seconds || *seconds < kTimeoutMin || *seconds > kTimeoutMax) {
    return base::invalid("must be an integer from 60 to 43200",
                         "smsSendOptions.deliveryReportTimeoutInSeconds");
  }
  out.timeout = base::seconds(*seconds);
  return {};
}

/// Both published shapes: a key of the partner, or its parameters. Checked, and else without
/// effect: the message goes by the server's own carrier.
base::Result<void> check_messaging_connect(const json::Value& options) {
  const std::string path = "smsSendOptions.messagingConnect";
  const auto* value = member(options, "messagingConnect");
  if (value == nullptr) return {};
  if (!value->is_object()) return base::invalid("must be an object", path);
  if (auto partner = text_in(*value, "partner", path + ".partner"); !partner) {
    return partner.error();
  }
  const auto* parameters = member(*value, "partnerParams");
  const auto* key = member(*value, "apiKey");
  const bool has_parameters =
      parameters != nullptr && parameters->is_object() && !parameters->if_object()->empty();
  const bool has_key = key != nullptr && key->is_string();
  if (has_parameters || has_key) return {};
  return base::invalid("must have partnerParams with one entry at least, or an apiKey", path);
}

base::Result<void> parse_options(const json::Value& body, SendForm form, SendRequest& out) {
  const std::string path = "smsSendOptions";
  const auto* options = member(body, path);
  if (options == nullptr) return {};
  if (!options->is_object()) return base::invalid("must be an object", path);
  const auto* report = member(*options, "enableDeliveryReport");
  if (report == nullptr) return required("enableDeliveryReport", path + ".enableDeliveryReport");
  if (!report->is_bool()) {
    return base::invalid("must be true or false", path + ".enableDeliveryReport");
  }
  out.report_wanted = *report->if_bool();
  auto tag = text_or_none(*options, "tag", path + ".tag");
  if (!tag) return tag.error();
  out.tag = *std::move(tag);
  if (form == SendForm::First) return {};
  if (auto read = parse_timeout(*options, out); !read) return read;
  return check_messaging_connect(*options);
}

json::Value attempt_json(const Attempt& attempt) {
  return json::Value::object({{"timestamp", short_timestamp(attempt.at)},
                              {"segmentsSucceeded", attempt.segments_succeeded},
                              {"segmentsFailed", attempt.segments_failed}});
}

json::Value attempts_newest_first(const Message& message) {
  auto out = json::Value::array();
  for (const auto& attempt : std::views::reverse(message.attempts)) out.push(attempt_json(attempt));
  return out;
}

}  // namespace

base::Result<SendRequest> parse_send(std::string_view body, SendForm form) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  SendRequest out;
  auto from = text_in(*tree, "from", "from");
  if (!from) return from.error();
  out.from = *std::move(from);
  auto text = text_in(*tree, "message", "message");
  if (!text) return text.error();
  out.text = *std::move(text);
  if (carrier::utf16_units(out.text) > kMessageMax) {
    return base::invalid("must have 2048 characters at most", "message");
  }
  const auto recipients = list_in(*tree, "smsRecipients");
  if (!recipients) return recipients.error();
  for (const auto& each : **recipients) {
    auto recipient =
        parse_recipient(each, "smsRecipients[" + std::to_string(out.recipients.size()) + "]");
    if (!recipient) return recipient.error();
    out.recipients.push_back(*std::move(recipient));
  }
  if (auto read = parse_options(*tree, form, out); !read) return read.error();
  return out;
}

base::Result<OptOutRequest> parse_opt_out(std::string_view body) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  auto from = text_in(*tree, "from", "from");
  if (!from) return from.error();
  const auto recipients = list_in(*tree, "recipients");
  if (!recipients) return recipients.error();
  OptOutRequest out{*std::move(from), {}};
  for (const auto& each : **recipients) {
    const auto path = "recipients[" + std::to_string(out.recipients.size()) + "].to";
    auto to = text_in(each, "to", path);
    if (!to) return to.error();
    out.recipients.push_back(*std::move(to));
  }
  return out;
}

base::Result<ReceiveRequest> parse_receive(std::string_view body) {
  const auto tree = parse_object(body);
  if (!tree) return tree.error();
  auto from = text_in(*tree, "from", "from");
  if (!from) return from.error();
  auto to = text_in(*tree, "to", "to");
  if (!to) return to.error();
  auto message = text_in(*tree, "message", "message");
  if (!message) return message.error();
  return ReceiveRequest{*std::move(from), *std::move(to), *std::move(message)};
}

json::Value send_results_json(const std::vector<SendResult>& results) {
  auto list = json::Value::array();
  for (const auto& result : results) {
    auto item = json::Value::object({{"to", result.to}});
    if (result.message_id) item.set("messageId", *result.message_id);
    item.set("httpStatusCode", result.status);
    if (result.repeatability) {
      const bool accepted = *result.repeatability == RepeatabilityResult::Accepted;
      item.set("repeatabilityResult", accepted ? "accepted" : "rejected");
    }
    if (!result.error_message.empty()) item.set("errorMessage", result.error_message);
    item.set("successful", result.status < 300);
    list.push(std::move(item));
  }
  return json::Value::object({{"value", std::move(list)}});
}

json::Value opt_out_results_json(const std::vector<OptOutResult>& results) {
  auto list = json::Value::array();
  for (const auto& result : results) {
    auto item = json::Value::object({{"to", result.to}, {"httpStatusCode", result.status}});
    if (result.opted_out) item.set("isOptedOut", *result.opted_out);
    if (!result.error_message.empty()) item.set("errorMessage", result.error_message);
    list.push(std::move(item));
  }
  return json::Value::object({{"value", std::move(list)}});
}

json::Value delivery_report_json(const Message& message) {
  auto out = json::Value::object({{"deliveryStatus", to_string(message.state)},
                                  {"deliveryStatusDetails", status_details(message)},
                                  {"deliveryAttempts", attempts_newest_first(message)},
                                  {"receivedTimestamp", short_timestamp(message.reported)}});
  if (message.tag) out.set("tag", *message.tag);
  out.set("messageId", message.id);
  out.set("from", message.from);
  out.set("to", message.to);
  return out;
}

json::Value message_json(const Message& message) {
  auto out =
      json::Value::object({{"messageId", message.id},
                           {"direction", message.state == State::Received ? "received" : "sent"},
                           {"state", to_string(message.state)},
                           {"from", message.from},
                           {"to", message.to},
                           {"message", message.text},
                           {"segmentCount", message.segments},
                           {"timestamp", base::format_rfc3339(message.created)}});
  if (message.state == State::Received) return out;
  out.set("enableDeliveryReport", message.report_wanted);
  if (message.tag) out.set("tag", *message.tag);
  if (!message.ended()) return out;
  out.set("deliveryReport", delivery_report_json(message));
  return out;
}

}  // namespace fanfare::communication::sms
