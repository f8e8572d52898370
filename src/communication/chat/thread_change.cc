#include "communication/chat/thread_change.h"

#include <algorithm>
#include <utility>

#include "communication/chat/rules.h"
#include "communication/chat/stored.h"

namespace fanfare::communication::chat {

std::optional<base::TimePoint> expiry_of(const Properties& properties) {
  if (!properties.delete_after_days || properties.deleted) return std::nullopt;
  return properties.created + base::days(*properties.delete_after_days);
}

ThreadChange::ThreadChange(Keys keys, Thread before, base::TimePoint now)
    : keys_(std::move(keys)), thread_(std::move(before)), now_(now) {}

ThreadChange ThreadChange::create(Keys keys, Properties properties, base::TimePoint now) {
  Thread empty;
  empty.properties = std::make_shared<const Properties>();
  empty.roster = std::make_shared<const Roster>();
  empty.tail.version = to_ms(now) - 1;
  empty.tail.place = to_ms(now);
  ThreadChange change(std::move(keys), std::move(empty), now);
  change.set_properties(std::move(properties));
  return change;
}

std::uint64_t ThreadChange::next_version(std::uint64_t previous) const {
  return std::max(to_ms(now_), previous + 1);
}

void ThreadChange::touch() {
  if (!touched_) thread_.tail.version = next_version(thread_.tail.version);
  touched_ = true;
  put_tail();
}

void ThreadChange::put_tail() { records_.put(keys_.tail(thread_.id()), encode(thread_.tail)); }

void ThreadChange::move_to_front() {
  const auto now = to_ms(now_);
  const auto before = thread_.tail.place;
  if (!moves_to_front(before, now)) return;
  for (const auto& participant : *thread_.roster) {
    records_.erase(keys_.listed(participant.id, before, thread_.id()));
    records_.put(keys_.listed(participant.id, now, thread_.id()), {});
  }
  thread_.tail.place = now;
}

Message ThreadChange::append(Message draft) {
  auto& tail = thread_.tail;
  draft.id = std::max(to_ms(now_), tail.last_message_id + 1);
  draft.sequence = tail.sequence + 1;
  draft.version = draft.id;
  draft.created = std::max(cut_to_ms(now_), tail.last_message);
  tail.last_message_id = draft.id;
  tail.sequence = draft.sequence;
  tail.last_message = draft.created;
  move_to_front();
  put_tail();
  records_.put(keys_.message(thread_.id(), draft.id), encode(draft));
  return draft;
}

Message ThreadChange::rewrite(Message message) {
  message.version = next_version(message.version);
  records_.put(keys_.message(thread_.id(), message.id), encode(message));
  return message;
}

void ThreadChange::forget_expiry() {
  const auto expiry = expiry_of(*thread_.properties);
  if (!expiry) return;
  records_.erase(keys_.due(Due{to_ms(*expiry), DueKind::Expire, thread_.id()}));
}

void ThreadChange::set_properties(Properties properties) {
  forget_expiry();
  if (const auto expiry = expiry_of(properties)) {
    records_.put(keys_.due(Due{to_ms(*expiry), DueKind::Expire, properties.id}), {});
  }
  records_.put(keys_.properties(properties.id), encode(properties));
  thread_.properties = std::make_shared<const Properties>(std::move(properties));
  touch();
}

void ThreadChange::join(std::vector<Participant> participants) {
  auto roster = *thread_.roster;
  for (auto& participant : participants) {
    participant.order = thread_.tail.joined++;
    records_.put(keys_.participant(thread_.id(), participant.id), encode(participant));
    records_.put(keys_.listed(participant.id, thread_.tail.place, thread_.id()), {});
    records_.erase(keys_.former(thread_.id(), participant.id));
    roster.push_back(std::move(participant));
  }
  thread_.roster = std::make_shared<const Roster>(std::move(roster));
  touch();
}

void ThreadChange::leave(std::string_view user) {
  auto roster = *thread_.roster;
  const auto found = std::ranges::find(roster, user, &Participant::id);
  const FormerParticipant former{found->share_history_from, thread_.tail.last_message_id};
  records_.erase(keys_.participant(thread_.id(), user));
  records_.erase(keys_.listed(user, thread_.tail.place, thread_.id()));
  records_.erase(keys_.receipt(thread_.id(), user));
  records_.put(keys_.former(thread_.id(), user), encode(former));
  roster.erase(found);
  thread_.roster = std::make_shared<const Roster>(std::move(roster));
  touch();
}

void ThreadChange::put_receipt(const Receipt& receipt) {
  records_.put(keys_.receipt(thread_.id(), receipt.user), encode(receipt));
}

void ThreadChange::erase(base::TimePoint deleted, base::TimePoint clean,
                         base::TimePoint forgotten) {
  forget_expiry();
  auto properties = *thread_.properties;
  properties.deleted = deleted;
  records_.put(keys_.properties(thread_.id()), encode(properties));
  records_.put(keys_.due(Due{to_ms(clean), DueKind::Clean, thread_.id()}), {});
  records_.put(keys_.due(Due{to_ms(forgotten), DueKind::Expire, thread_.id()}), {});
  thread_.properties = std::make_shared<const Properties>(std::move(properties));
}

}  // namespace fanfare::communication::chat
