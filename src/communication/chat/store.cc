#include "communication/chat/store.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/blocking.h"

namespace fanfare::communication::chat {

namespace {

using base::Async;
using base::Result;
using view::Records;

base::Error damaged(std::string_view key) {
  return base::Error{base::Errc::Corrupt, "a record of chat is damaged: " + std::string(key), {}};
}

/// The record at `key`, decoded; nullopt when there is none.
template <class T>
Result<std::optional<T>> get(const Records& records, const std::string& key,
                             std::optional<T> (*decode)(std::string_view)) {
  const auto bytes = records.get(key);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<T>();
  auto value = decode(**bytes);
  if (!value) return damaged(key);
  return value;
}

/// Every record below `prefix`; for prefixes that hold few.
template <class T>
Result<std::vector<T>> get_all(const Records& records, const std::string& prefix,
                               std::optional<T> (*decode)(std::string_view)) {
  std::vector<T> out;
  std::optional<base::Error> error;
  auto scanned = records.scan(prefix, prefix, [&](std::string_view key, std::string_view bytes) {
    auto value = decode(bytes);
    if (!value) {
      error = damaged(key);
      return false;
    }
    out.push_back(*std::move(value));
    return true;
  });
  if (!scanned) return scanned.error();
  if (error) return *std::move(error);
  return out;
}

Result<std::optional<Thread>> read_thread(const Records& records, const Keys& keys,
                                          const std::string& id) {
  auto properties = get(records, keys.properties(id), decode_properties);
  if (!properties) return properties.error();
  if (!*properties) return std::optional<Thread>();
  auto tail = get(records, keys.tail(id), decode_tail);
  if (!tail) return tail.error();
  if (!*tail) return damaged(keys.tail(id));
  auto roster = get_all(records, keys.participants(id), decode_participant);
  if (!roster) return roster.error();
  std::ranges::sort(*roster, {}, &Participant::order);
  Thread thread;
  thread.properties = std::make_shared<const Properties>(**std::move(properties));
  thread.roster = std::make_shared<const Roster>(*std::move(roster));
  thread.tail = **tail;
  return std::optional<Thread>(std::move(thread));
}

std::uint64_t newest_of(const MessageQuery& query) {
  auto newest = query.window.last_message_id.value_or(~std::uint64_t{0});
  if (query.before) newest = std::min(newest, *query.before > 0 ? *query.before - 1 : 0);
  return newest;
}

Result<MessagePage> read_messages(const Records& records, const Keys& keys,
                                  const std::string& thread, const MessageQuery& query) {
  MessagePage page;
  std::optional<base::Error> error;
  const auto visit = [&](std::string_view key, std::string_view bytes) {
    auto message = decode_message(bytes);
    if (!message) {
      error = damaged(key);
      return false;
    }
    if (!query.window.shows(*message)) return false;
    if (query.since && message->created < *query.since) return false;
    if (page.messages.size() == query.limit) {
      page.more = true;
      return false;
    }
    page.messages.push_back(*std::move(message));
    return true;
  };
  auto scanned = records.scan(keys.messages(thread), keys.message(thread, newest_of(query)), visit);
  if (!scanned) return scanned.error();
  if (error) return *std::move(error);
  return page;
}

struct Entry {
  std::uint64_t place = 0;
  std::string thread;
};

/// Up to `limit` entries of a list from the cursor on, and the newest place of all.
struct Entries {
  std::vector<Entry> entries;
  std::uint64_t newest = 0;
};

Result<Entries> read_entries(const Records& records, const Keys& keys, const std::string& user,
                             const ListCursor& cursor, std::size_t limit) {
  Entries out;
  const auto prefix = keys.list(user);
  const auto parse = [&](std::string_view key) {
    return Keys::parse_listed(key.substr(prefix.size()));
  };
  auto first = records.scan(prefix, prefix, [&](std::string_view key, std::string_view) {
    if (const auto entry = parse(key)) out.newest = entry->first;
    return false;
  });
  if (!first) return first.error();
  const bool resumed = !cursor.thread.empty();
  const auto from = resumed ? keys.listed(user, cursor.place, cursor.thread)
                            : keys.list_from(user, std::min(cursor.upper, out.newest));
  auto scanned = records.scan(prefix, from, [&](std::string_view key, std::string_view) {
    auto entry = parse(key);
    if (!entry || (resumed && key == from)) return true;
    if (entry->first <= cursor.lower) return false;
    out.entries.push_back({entry->first, std::move(entry->second)});
    return out.entries.size() < limit;
  });
  if (!scanned) return scanned.error();
  return out;
}

/// Where the listing goes on behind `page`'s last entry.
std::optional<ListCursor> next_cursor(ListCursor cursor, const Entries& found, bool more,
                                      const Entry* last) {
  cursor.upper = std::min(cursor.upper, found.newest);
  if (more && last != nullptr) {
    cursor.place = last->place;
    cursor.thread = last->thread;
    return cursor;
  }
  if (cursor.last_round || found.newest <= cursor.upper) return std::nullopt;
  return ListCursor{found.newest, cursor.upper, true, 0, {}};
}

/// nullopt: the thread is no longer there, a change is on its way.
Result<std::optional<ListedThread>> read_listed(const Records& records, const Keys& keys,
                                                const std::string& thread) {
  auto properties = get(records, keys.properties(thread), decode_properties);
  if (!properties) return properties.error();
  auto tail = get(records, keys.tail(thread), decode_tail);
  if (!tail) return tail.error();
  if (!*properties || !*tail) return std::optional<ListedThread>();
  return std::optional<ListedThread>(ListedThread{**std::move(properties), **tail});
}

Result<ListPage> read_list(const Records& records, const Keys& keys, const std::string& user,
                           const ListCursor& cursor, std::optional<base::TimePoint> since,
                           std::size_t limit) {
  auto found = read_entries(records, keys, user, cursor, limit + 1);
  if (!found) return found.error();
  ListPage page;
  bool more = false;
  const Entry* last = nullptr;
  for (const auto& entry : found->entries) {
    if (since && entry.place + kPlaceLagMs < to_ms(*since)) break;
    if (last != nullptr && static_cast<std::size_t>(last - found->entries.data()) + 1 == limit) {
      more = true;
      break;
    }
    last = &entry;
    auto listed = read_listed(records, keys, entry.thread);
    if (!listed) return listed.error();
    if (!*listed || (since && (*listed)->tail.last_message < *since)) continue;
    page.threads.push_back(**std::move(listed));
  }
  std::ranges::sort(page.threads, std::ranges::greater(), [](const ListedThread& thread) {
    return std::pair(thread.tail.last_message, thread.tail.version);
  });
  page.next = next_cursor(cursor, *found, more, last);
  return page;
}

}  // namespace

Async<Result<std::optional<Thread>>> Store::thread(ResourceId resource, std::string id) {
  std::function<Result<std::optional<Thread>>()> work = [&records = records_, resource, id] {
    return read_thread(records, Keys(resource), id);
  };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<std::optional<FormerParticipant>>> Store::former(ResourceId resource,
                                                              std::string thread,
                                                              std::string user) {
  std::function<Result<std::optional<FormerParticipant>>()> work =
      [&records = records_, key = Keys(resource).former(thread, user)] {
        return get(records, key, decode_former);
      };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<std::optional<Message>>> Store::message(ResourceId resource, std::string thread,
                                                     std::uint64_t id) {
  std::function<Result<std::optional<Message>>()> work =
      [&records = records_, key = Keys(resource).message(thread, id)] {
        return get(records, key, decode_message);
      };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<MessagePage>> Store::messages(ResourceId resource, std::string thread,
                                           MessageQuery query) {
  std::function<Result<MessagePage>()> work = [&records = records_, resource, thread, query] {
    return read_messages(records, Keys(resource), thread, query);
  };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<std::optional<Receipt>>> Store::receipt(ResourceId resource, std::string thread,
                                                     std::string user) {
  std::function<Result<std::optional<Receipt>>()> work =
      [&records = records_, key = Keys(resource).receipt(thread, user)] {
        return get(records, key, decode_receipt);
      };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<std::vector<Receipt>>> Store::receipts(ResourceId resource, std::string thread) {
  std::function<Result<std::vector<Receipt>>()> work = [&records = records_,
                                                        prefix = Keys(resource).receipts(thread)] {
    return get_all(records, prefix, decode_receipt);
  };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<ListPage>> Store::list(ResourceId resource, std::string user, ListCursor cursor,
                                    std::optional<base::TimePoint> since, std::size_t limit) {
  std::function<Result<ListPage>()> work = [&records = records_, resource, user, cursor, since,
                                            limit] {
    return read_list(records, Keys(resource), user, cursor, since, limit);
  };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<std::optional<Token>>> Store::token(ResourceId resource, std::string user,
                                                 std::string token) {
  std::function<Result<std::optional<Token>>()> work = [&records = records_,
                                                        key = Keys(resource).token(user, token)] {
    return get(records, key, decode_token);
  };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<std::vector<Due>>> Store::dues(ResourceId resource, std::uint64_t from_ms,
                                            std::size_t limit) {
  std::function<Result<std::vector<Due>>()> work = [&records = records_, resource, from_ms,
                                                    limit]() -> Result<std::vector<Due>> {
    std::vector<Due> out;
    const auto prefix = Keys(resource).dues();
    const auto from = Keys(resource).dues_from(from_ms);
    auto scanned = records.scan(prefix, from, [&](std::string_view key, std::string_view) {
      if (auto due = Keys::parse_due(key.substr(prefix.size()))) out.push_back(*std::move(due));
      return out.size() < limit;
    });
    if (!scanned) return scanned.error();
    return out;
  };
  return base::on_worker(worker_, std::move(work));
}

Async<Result<std::vector<std::string>>> Store::keys_below(std::string prefix, std::size_t limit) {
  std::function<Result<std::vector<std::string>>()> work =
      [&records = records_, prefix, limit]() -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    auto scanned = records.scan(prefix, prefix, [&](std::string_view key, std::string_view) {
      out.emplace_back(key);
      return out.size() < limit;
    });
    if (!scanned) return scanned.error();
    return out;
  };
  return base::on_worker(worker_, std::move(work));
}

}  // namespace fanfare::communication::chat
