#include "carrier/reassembly.h"

#include <algorithm>

namespace fanfare::carrier {

namespace {

// What a message and a part cost besides their texts: nodes, headers, spare room.
constexpr std::size_t kMessageOverhead = 240;
constexpr std::size_t kPartOverhead = 64;

std::string key_of(const Part& part) {
  return part.from + '\n' + part.to + '\n' + std::to_string(part.reference) + '/' +
         std::to_string(part.total);
}

std::string text_of(std::vector<std::pair<std::uint8_t, std::string>>& parts) {
  std::ranges::sort(parts);
  std::string out;
  for (const auto& [number, text] : parts) out += text;
  return out;
}

}  // namespace

void Reassembly::forget(Messages::iterator message) {
  bytes_ -= message->second.bytes;
  by_age_.erase(message->second.place);
  messages_.erase(message);
}

void Reassembly::forget_oldest() { forget(messages_.find(*by_age_.front())); }

void Reassembly::expire(base::TimePoint now) {
  while (!by_age_.empty()) {
    const auto oldest = messages_.find(*by_age_.front());
    if (now < oldest->second.first_came + limits_.lifetime) return;
    forget(oldest);
  }
}

std::optional<Reassembly::Whole> Reassembly::add(Part part, base::TimePoint now) {
  expire(now);
  const bool alone = part.total <= 1 || part.number == 0 || part.number > part.total;
  if (alone) return Whole{std::move(part.text), 1};
  const auto [found, is_new] = messages_.try_emplace(key_of(part));
  auto& message = found->second;
  if (is_new) {
    message.first_came = now;
    message.place = by_age_.insert(by_age_.end(), &found->first);
    message.bytes = kMessageOverhead + found->first.size();
    bytes_ += message.bytes;
  }
  const bool repeated = std::ranges::any_of(
      message.parts, [&](const auto& known) { return known.first == part.number; });
  if (repeated) return std::nullopt;
  const auto cost = kPartOverhead + part.text.size();
  message.bytes += cost;
  bytes_ += cost;
  message.parts.emplace_back(part.number, std::move(part.text));
  if (message.parts.size() < part.total) {
    while (bytes_ > limits_.bytes_max) forget_oldest();
    return std::nullopt;
  }
  Whole whole{text_of(message.parts), part.total};
  forget(found);
  return whole;
}

}  // namespace fanfare::carrier
