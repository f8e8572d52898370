#include "queue/window.h"

#include <algorithm>

#include "base/check.h"

namespace fanfare::queue {

namespace {

constexpr std::size_t kEntryBytes = 256;

/// An entry's part of its record's bytes.
std::size_t share_of(const EventsView& events, std::size_t payload_bytes, std::size_t tasks) {
  const std::size_t whole = std::max<std::size_t>(1, events.size());
  return kEntryBytes + payload_bytes * tasks / whole;
}

}  // namespace

void Window::add(NewEntry fresh, Origin origin) {
  Entry entry;
  entry.left = entry.ready = static_cast<std::uint32_t>(count_of(fresh.indices));
  entry.slots.reserve(entry.left);
  for (const auto& run : fresh.indices) {
    for (std::uint32_t i = 0; i < run.count; ++i) entry.slots.push_back({run.first + i});
  }
  entry.bytes = share_of(fresh.events, fresh.payload->size(), entry.left);
  entry.payload = std::move(fresh.payload);
  entry.events = fresh.events;
  entry.state = fresh.state;
  entry.origin = origin;
  entry.has_row = entry.row_current = origin == Origin::Loaded;
  entry.queued = true;
  auto& share = shares_[static_cast<std::size_t>(origin)];
  share.tasks += entry.left;
  share.bytes += entry.bytes;
  ready_ += entry.left;
  if (!entry.row_current) ++unsaved_;
  const auto hint = origin == Origin::Fresh ? entries_.end() : entries_.upper_bound(fresh.key);
  line(origin).push_back(entries_.emplace_hint(hint, fresh.key, std::move(entry)));
}

Window::Line& Window::next_line() {
  auto& fresh = line(Origin::Fresh);
  auto& loaded = line(Origin::Loaded);
  if (fresh.empty() || loaded.empty()) {
    balance_ = 0;
    return fresh.empty() ? loaded : fresh;
  }
  return balance_ <= 0 ? fresh : loaded;
}

void Window::note_leased(Origin origin, std::size_t tasks) {
  const auto n = static_cast<std::int64_t>(tasks);
  balance_ += origin == Origin::Fresh ? n : -n;
}

LeasedTasks Window::lease(SubscriptionId subscription, std::size_t max_tasks,
                          std::size_t max_bytes) {
  LeasedTasks out;
  out.tasks.reserve(std::min(max_tasks, ready_));
  std::size_t bytes_left = max_bytes;
  while (out.tasks.size() < max_tasks && ready_ > 0) {
    auto& from = next_line();
    const auto at = from.front();
    const auto n = lease_from(at, subscription, max_tasks, bytes_left, out.tasks);
    if (n > 0) out.groups.push_back({at->second.events, n});
    note_leased(at->second.origin, n);
    if (at->second.ready > 0) break;  // a limit was reached within the entry
    at->second.queued = false;
    from.pop_front();
  }
  return out;
}

std::size_t Window::lease_from(Entries::iterator at, SubscriptionId subscription,
                               std::size_t max_tasks, std::size_t& bytes_left,
                               std::vector<Task>& out) {
  auto& [key, entry] = *at;
  std::size_t taken = 0;
  for (; entry.ready > 0 && out.size() < max_tasks; ++entry.scan) {
    auto& slot = entry.slots[entry.scan];
    if (slot.state != SlotState::Ready) continue;
    const auto bytes = entry.events.bytes_of(slot.index);
    if (bytes > bytes_left && !out.empty()) break;
    bytes_left -= std::min(bytes, bytes_left);
    slot.state = SlotState::Leased;
    --entry.ready;
    auto& task = out.emplace_back();
    task.key = {subscription, key.position, slot.index};
    task.payload = entry.payload;
    task.topic = entry.events.topic();
    task.published = entry.events.published();
    task.state = entry.state;
    ++taken;
  }
  ready_ -= taken;
  leased_ += taken;
  return taken;
}

Window::Slot* Window::find_slot(Entry& entry, std::uint32_t index) {
  auto& slots = entry.slots;
  if (index < slots.front().index || index > slots.back().index) return nullptr;
  const std::size_t offset = index - slots.front().index;
  if (offset < slots.size() && slots[offset].index == index) return &slots[offset];
  const auto at = std::lower_bound(slots.begin(), slots.end(), index,
                                   [](const Slot& s, std::uint32_t i) { return s.index < i; });
  return at != slots.end() && at->index == index ? &*at : nullptr;
}

/// Several entries may hold tasks of one record; `hint` is tried first.
std::pair<Window::Entries::iterator, Window::Slot*> Window::find_leased(const TaskKey& key,
                                                                        Entries::iterator hint) {
  const auto look = [&](Entries::iterator at) -> Slot* {
    auto* slot = find_slot(at->second, key.index);
    return slot != nullptr && slot->state == SlotState::Leased ? slot : nullptr;
  };
  if (hint != entries_.end() && hint->first.position == key.position) {
    if (auto* slot = look(hint)) return {hint, slot};
  }
  for (auto at = entries_.lower_bound(EntryKey{key.position, {}, 0});
       at != entries_.end() && at->first.position == key.position; ++at) {
    if (auto* slot = look(at)) return {at, slot};
  }
  return {entries_.end(), nullptr};
}

std::vector<EntryRef> Window::begin_settling(std::span<const TaskKey> keys) {
  std::vector<EntryRef> refs;
  auto at = entries_.end();
  for (const auto& key : keys) {
    const auto [found, slot] = find_leased(key, at);
    if (slot == nullptr) continue;
    slot->state = SlotState::Settling;
    --leased_;
    ++settling_;
    if (found != at || refs.empty()) {
      at = found;
      const auto same = std::find_if(refs.rbegin(), refs.rend(),
                                     [&](const EntryRef& r) { return r.key == at->first; });
      if (same == refs.rend()) {
        refs.push_back({at->first, {}});
      } else {
        std::iter_swap(same, refs.rbegin());
      }
    }
    add_index(refs.back().indices, key.index);
  }
  return refs;
}

AttemptState Window::state_of(const EntryKey& key) const { return entries_.at(key).state; }

void Window::make_ready(Entries::iterator at, Slot& slot) {
  auto& entry = at->second;
  slot.state = SlotState::Ready;
  --leased_;
  ++ready_;
  ++entry.ready;
  entry.scan = std::min(entry.scan, static_cast<std::uint32_t>(&slot - entry.slots.data()));
  if (entry.queued) return;
  entry.queued = true;
  line(entry.origin).push_front(at);
}

void Window::release(std::span<const TaskKey> keys) {
  auto at = entries_.end();
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    const auto [found, slot] = find_leased(*key, at);
    if (slot == nullptr) continue;
    at = found;
    make_ready(found, *slot);
  }
}

void Window::release_all() {
  if (leased_ == 0) return;
  for (auto at = entries_.end(); at != entries_.begin();) {
    --at;
    for (auto& slot : at->second.slots) {
      if (slot.state == SlotState::Leased) make_ready(at, slot);
    }
  }
}

void Window::remove_slot(Entry& entry, Slot& slot) {
  if (slot.state == SlotState::Ready) {
    --entry.ready;
    --ready_;
  } else if (slot.state == SlotState::Leased) {
    --leased_;
  } else {
    --settling_;
  }
  slot.state = SlotState::Gone;
  --entry.left;
  --shares_[static_cast<std::size_t>(entry.origin)].tasks;
}

std::optional<Window::Taken> Window::take(const EntryRef& ref) {
  const auto at = entries_.find(ref.key);
  if (at == entries_.end()) return std::nullopt;
  auto& entry = at->second;
  Taken taken{.state = entry.state, .published = entry.events.published()};
  taken.had_row = entry.has_row;
  for (const auto& run : ref.indices) {
    for (std::uint32_t i = 0; i < run.count; ++i) {
      auto* slot = find_slot(entry, run.first + i);
      if (slot == nullptr || slot->state == SlotState::Gone) continue;
      remove_slot(entry, *slot);
      add_index(taken.indices, slot->index);
    }
  }
  if (entry.ready == 0) leave_line(at);
  if (entry.left == 0) {
    taken.finished = true;
    drop(at);
  } else if (!taken.indices.empty()) {
    mark_outdated(entry);
  }
  return taken;
}

/// Only tasks that somebody else settled are removed while they stand in line.
void Window::leave_line(Entries::iterator at) {
  if (!at->second.queued) return;
  auto& from = line(at->second.origin);
  from.erase(std::find(from.begin(), from.end(), at));
  at->second.queued = false;
}

void Window::mark_outdated(Entry& entry) {
  if (!entry.row_current) return;
  entry.row_current = false;
  ++unsaved_;
}

void Window::drop(Entries::iterator at) {
  shares_[static_cast<std::size_t>(at->second.origin)].bytes -= at->second.bytes;
  if (!at->second.row_current) --unsaved_;
  entries_.erase(at);
}

Row Window::save(Entry& entry) {
  Row row{entry.events.published(), entry.state, {}};
  for (const auto& slot : entry.slots) {
    if (slot.state != SlotState::Gone) add_index(row.indices, slot.index);
  }
  if (!entry.row_current) --unsaved_;
  entry.has_row = entry.row_current = true;
  return row;
}

Row Window::save_entry(const EntryKey& key) { return save(entries_.at(key)); }

std::vector<Window::Unsaved> Window::save(log::Position position,
                                          const std::optional<EntryKey>& after, std::size_t max) {
  std::vector<Unsaved> out;
  auto at = after ? entries_.upper_bound(*after) : entries_.begin();
  for (; at != entries_.end() && out.size() < max && unsaved_ > 0; ++at) {
    auto& [key, entry] = *at;
    if (key.position > position) break;
    if (entry.row_current) continue;
    out.push_back({key, save(entry)});
  }
  return out;
}

void Window::clear() { *this = Window(); }

}  // namespace fanfare::queue
