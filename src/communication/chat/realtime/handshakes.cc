#include "communication/chat/realtime/handshakes.h"

#include <utility>
#include <vector>

#include "base/bytes.h"

namespace fanfare::communication::chat::realtime {

std::string Handshakes::make(ConnectionPtr connection, TokenCheck check_token) {
  const base::TimePoint now = clock_.now();
  std::string bytes;
  base::ByteWriter writer(bytes);
  writer.u64(random_.next());
  writer.u64(random_.next());
  std::string number = connection->id() + "." + base::hex_encode(bytes);
  const std::lock_guard lock(mutex_);
  clean(now);
  make_room(connection->id());
  table_.emplace(number, Handshake{std::move(connection), std::move(check_token), nullptr, now});
  return number;
}

std::optional<Handshake> Handshakes::take(std::string_view number) {
  const base::TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(number);
  if (found == table_.end() || found->second.polling) return std::nullopt;
  Handshake taken = std::move(found->second);
  table_.erase(found);
  if (taken.at + kHandshakeKept <= now) return std::nullopt;
  return taken;
}

std::shared_ptr<PollingSocket> Handshakes::polling(
    std::string_view number,
    const std::function<std::shared_ptr<PollingSocket>(const Handshake&)>& open) {
  const base::TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(number);
  if (found == table_.end() || found->second.at + kHandshakeKept <= now) return nullptr;
  Handshake& handshake = found->second;
  if (!handshake.polling) handshake.polling = open(handshake);
  handshake.at = now;
  return handshake.polling;
}

void Handshakes::erase(std::string_view number) {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(number);
  if (found != table_.end()) table_.erase(found);
}

void Handshakes::clear() {
  Table gone;
  const std::lock_guard lock(mutex_);
  gone.swap(table_);
}

void Handshakes::clean(base::TimePoint now) {
  if (now < next_clean_) return;
  next_clean_ = now + kHandshakeKept / 4;
  std::erase_if(table_,
                [now](const auto& entry) { return entry.second.at + kHandshakeKept <= now; });
}

/// Numbers begin with the connection's id, so its own stand together.
void Handshakes::make_room(const std::string& connection) {
  const std::string prefix = connection + ".";
  auto oldest = table_.end();
  std::size_t count = 0;
  for (auto at = table_.lower_bound(prefix); at != table_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    ++count;
    if (oldest == table_.end() || at->second.at < oldest->second.at) oldest = at;
  }
  if (count >= kHandshakesPerConnectionMax) table_.erase(oldest);
}

}  // namespace fanfare::communication::chat::realtime
