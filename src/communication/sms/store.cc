#include "communication/sms/store.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>

namespace fanfare::communication::sms {

namespace {

constexpr std::string_view kReferences = "comm/sms/x/";
constexpr std::size_t kHexDigits = 16;

std::string hex16(std::uint64_t value) {
  std::array<char, 20> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(value));
  return digits.data();
}

std::uint64_t nanoseconds(base::TimePoint time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// Newest first: the younger, the smaller.
std::string age(base::TimePoint time) {
  return hex16(std::numeric_limits<std::uint64_t>::max() - nanoseconds(time));
}

std::string reference_key(std::string_view reference) {
  return std::string(kReferences) + std::string(reference);
}

base::Error corrupt(std::string_view key) {
  return {base::Errc::Corrupt, "a record of SMS cannot be read", std::string(key)};
}

base::Result<bool> exists(const view::Records& records, std::string_view key) {
  const auto value = records.get(key);
  if (!value) return value.error();
  return value->has_value();
}

}  // namespace

Store::Store(const view::Records& records, ResourceId resource)
    : records_(records), resource_(resource), prefix_(area_prefix(resource, "sms")) {}

std::string Store::key(std::string_view kind, std::string_view rest) const {
  std::string out = prefix_;
  out.append(kind).append("/").append(rest);
  return out;
}

std::string Store::message_key(std::string_view id) const {
  const auto time = time_of_id(id);
  return time ? key("m", age(*time) + "/" + std::string(id)) : std::string();
}

std::string Store::deadline_key(base::TimePoint due, std::string_view id) const {
  return key("w", hex16(nanoseconds(due)) + "/" + std::string(id));
}

void Store::put_message(view::Batch& batch, const Message& message) const {
  batch.put(message_key(message.id), encode(message));
}

void Store::add_outgoing(view::Batch& batch, const Message& message) const {
  put_message(batch, message);
  batch.put(key("o", message.id), {});
  batch.put(deadline_key(message.report_due, message.id), {});
}

void Store::erase_waiting(view::Batch& batch, const Message& message) const {
  batch.erase(key("o", message.id));
  batch.erase(deadline_key(message.report_due, message.id));
  for (const auto& reference : message.references) batch.erase(reference_key(reference));
}

void Store::put_accepted(view::Batch& batch, const Message& message) const {
  put_message(batch, message);
  batch.erase(key("o", message.id));
  for (const auto& reference : message.references) {
    batch.put(reference_key(reference), submission_id(resource_, message.id));
  }
}

void Store::erase_message(view::Batch& batch, const Message& message) const {
  batch.erase(message_key(message.id));
  if (!message.repeat_id.empty()) batch.erase(key("r", message.repeat_id));
  if (!message.reference.empty()) batch.erase(key("i", message.reference));
}

void Store::put_repeat(view::Batch& batch, const Message& message) const {
  batch.put(key("r", message.repeat_id), message.id);
}

void Store::put_inbound_reference(view::Batch& batch, const Message& message) const {
  batch.put(key("i", message.reference), message.id);
}

void Store::put_opt_out(view::Batch& batch, std::string_view sender, std::string_view recipient,
                        base::TimePoint at) const {
  batch.put(key("b", std::string(sender) + "/" + std::string(recipient)),
            std::to_string(nanoseconds(at)));
}

void Store::erase_opt_out(view::Batch& batch, std::string_view sender,
                          std::string_view recipient) const {
  batch.erase(key("b", std::string(sender) + "/" + std::string(recipient)));
}

base::Result<std::optional<Message>> Store::message(std::string_view id) const {
  const auto at = message_key(id);
  if (at.empty()) return std::optional<Message>();
  const auto value = records_.get(at);
  if (!value) return value.error();
  if (!*value) return std::optional<Message>();
  auto message = decode_message(**value);
  if (!message) return corrupt(at);
  return message;
}

base::Result<std::optional<Message>> Store::message_of_repeat(std::string_view request_id) const {
  const auto id = records_.get(key("r", request_id));
  if (!id) return id.error();
  if (!*id) return std::optional<Message>();
  return message(**id);
}

base::Result<bool> Store::has_inbound_reference(std::string_view reference) const {
  return exists(records_, key("i", reference));
}

base::Result<bool> Store::opted_out(std::string_view sender, std::string_view recipient) const {
  return exists(records_, key("b", std::string(sender) + "/" + std::string(recipient)));
}

base::Result<void> Store::scan_messages(std::string_view from,
                                        const std::function<bool(Message)>& visit) const {
  std::string damaged;
  const auto scanned =
      records_.scan(key("m", ""), from, [&](std::string_view at, std::string_view value) {
        auto message = decode_message(value);
        if (message) return visit(*std::move(message));
        damaged = at;
        return false;
      });
  if (!scanned) return scanned.error();
  if (!damaged.empty()) return corrupt(damaged);
  return {};
}

base::Result<void> Store::messages(std::string_view after,
                                   const std::function<bool(Message)>& visit) const {
  const auto from = message_key(after);
  return scan_messages(from, [&](Message message) {
    return message.id == after ? true : visit(std::move(message));
  });
}

base::Result<void> Store::messages_before(base::TimePoint time,
                                          const std::function<bool(Message)>& visit) const {
  return scan_messages(key("m", age(time)), visit);
}

base::Result<std::size_t> Store::count_messages() const {
  std::size_t count = 0;
  const auto scanned = records_.scan(key("m", ""), {}, [&](std::string_view, std::string_view) {
    ++count;
    return true;
  });
  if (!scanned) return scanned.error();
  return count;
}

base::Result<std::vector<std::string>> Store::outbox(std::string_view from, std::size_t max) const {
  std::vector<std::string> out;
  const auto prefix = key("o", "");
  const auto start = from.empty() ? std::string() : prefix + std::string(from);
  const auto scanned = records_.scan(prefix, start, [&](std::string_view at, std::string_view) {
    if (out.size() == max) return false;
    out.emplace_back(at.substr(prefix.size()));
    return true;
  });
  if (!scanned) return scanned.error();
  return out;
}

base::Result<std::vector<Store::Deadline>> Store::deadlines(std::size_t max) const {
  std::vector<Deadline> out;
  const auto prefix = key("w", "");
  const auto scanned = records_.scan(prefix, {}, [&](std::string_view at, std::string_view) {
    if (out.size() == max) return false;
    at.remove_prefix(prefix.size());
    std::uint64_t due = 0;
    std::from_chars(at.data(), at.data() + kHexDigits, due, 16);
    const base::Duration since_epoch(static_cast<base::Duration::rep>(due));
    out.push_back({base::TimePoint(since_epoch), std::string(at.substr(kHexDigits + 1))});
    return true;
  });
  if (!scanned) return scanned.error();
  return out;
}

void Store::erase_deadline(view::Batch& batch, const Deadline& deadline) const {
  batch.erase(deadline_key(deadline.due, deadline.id));
}

std::string submission_id(ResourceId resource, std::string_view id) {
  return std::to_string(resource.value) + "/" + std::string(id);
}

std::optional<MessageName> parse_submission_id(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::uint32_t resource = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + slash, resource);
  if (error != std::errc() || end != text.data() + slash) return std::nullopt;
  return MessageName{{resource}, std::string(text.substr(slash + 1))};
}

base::Result<std::optional<MessageName>> find_reference(const view::Records& records,
                                                        std::string_view reference) {
  const auto value = records.get(reference_key(reference));
  if (!value) return value.error();
  if (!*value) return std::optional<MessageName>();
  return parse_submission_id(**value);
}

}  // namespace fanfare::communication::sms
