#include "communication/chat/threads.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace fanfare::communication::chat {

namespace {

using base::Async;
using base::Result;
using identity::Caller;

/// 128 random bits: whoever does not know an id cannot guess it.
std::string new_thread_id(base::Random& random) {
  std::string bytes;
  base::ByteWriter writer(bytes);
  writer.u64(random.next());
  writer.u64(random.next());
  return "19:" + base::hex_encode(bytes) + "@thread.v2";
}

/// The creator is a participant whether the request names it or not.
void add_creator(std::vector<Participant>& participants, const std::string& creator) {
  const auto found = std::ranges::find(participants, creator, &Participant::id);
  if (found != participants.end()) return;
  Participant participant;
  participant.id = creator;
  participants.insert(participants.begin(), std::move(participant));
}

Message added_message(const std::string& by, std::vector<Participant> participants) {
  Message message;
  message.type = MessageType::ParticipantAdded;
  message.sender = by;
  message.participants = std::move(participants);
  return message;
}

Message topic_message(const std::string& by, const std::string& topic) {
  Message message;
  message.type = MessageType::TopicUpdated;
  message.sender = by;
  message.content = topic;
  return message;
}

Notification notice(NotificationKind kind, const Thread& thread, std::string by,
                    base::TimePoint at) {
  return Notification{kind, thread, everybody(thread), ThreadNotice{std::move(by), at}};
}

Token token_of(const std::string& thread, const std::vector<InvalidParticipant>& invalid,
               std::uint64_t digest, base::TimePoint now) {
  Token token{thread, digest, now, {}};
  for (const auto& each : invalid) token.invalid.emplace_back(each.id, each.exists ? "403" : "404");
  return token;
}

std::vector<InvalidParticipant> invalid_of(const Token& token) {
  std::vector<InvalidParticipant> out;
  for (const auto& [id, code] : token.invalid) out.push_back({id, code == "403"});
  return out;
}

}  // namespace

Async<Result<CreatedThread>> Threads::create(Caller caller, NewThread request) {
  if (auto allowed = check_scopes(Operation::CreateThread, caller.scopes); !allowed) {
    co_return allowed.error();
  }
  if (auto fine = check(request); !fine) co_return fine.error();
  if (request.token.empty()) {
    co_return co_await create_new(std::move(caller), std::move(request));
  }
  const auto resource = caller.resource->id;
  const auto name = token_name(caller.user, request.token);
  auto turn = co_await desk_.enter_token(resource, name);
  auto token = co_await desk_.store().token(resource, caller.user, request.token);
  if (!token) co_return token.error();
  const auto now = desk_.clock().now();
  if (*token && now < (*token)->made + desk_.options().idempotency_window) {
    if ((*token)->request_digest != request.digest) {
      co_return base::invalid("The repeatability-request-id has been used for another request.",
                              "repeatability-request-id");
    }
    auto made = co_await desk_.find(resource, (*token)->thread, false);
    if (!made) co_return made.error();
    if (*made) co_return CreatedThread{*(*made)->properties, invalid_of(**token)};
  } else if (*token) {
    auto forgotten = co_await forget_token(caller, request.token, (*token)->made);
    if (!forgotten) co_return forgotten.error();
  }
  co_return co_await create_new(std::move(caller), std::move(request));
}

/// One that is too old to count, before another takes its place.
Async<Result<void>> Threads::forget_token(Caller caller, std::string token, base::TimePoint made) {
  const Keys keys(caller.resource->id);
  const auto due_at = to_ms(made + desk_.options().idempotency_window);
  view::Batch records;
  records.erase(keys.token(caller.user, token));
  records.erase(keys.due(Due{due_at, DueKind::Forget, token_name(caller.user, token)}));
  auto forgotten = co_await desk_.commit_records(caller.resource, std::move(records));
  co_return forgotten;
}

Async<Result<CreatedThread>> Threads::create_new(Caller caller, NewThread request) {
  const auto resource = caller.resource;
  auto admission = co_await admit(desk_, resource, std::move(request.participants));
  if (!admission) co_return admission.error();
  auto& participants = admission->admitted;
  add_creator(participants, caller.user);
  const auto now = desk_.clock().wall();

  Properties properties;
  properties.id = new_thread_id(desk_.random());
  properties.topic = request.topic;
  properties.created_by = caller.user;
  properties.created = cut_to_ms(now);
  properties.metadata = std::move(request.metadata);
  properties.delete_after_days = request.delete_after_days;

  const Keys keys(resource->id);
  auto change = ThreadChange::create(keys, properties, now);
  change.join(participants);
  change.append(added_message(caller.user, participants));
  change.append(topic_message(caller.user, properties.topic));
  if (!request.token.empty()) {
    const auto token =
        token_of(properties.id, admission->invalid, request.digest, desk_.clock().now());
    const auto forgotten = desk_.clock().now() + desk_.options().idempotency_window;
    const Due due{to_ms(forgotten), DueKind::Forget, token_name(caller.user, request.token)};
    change.records().put(keys.token(caller.user, request.token), encode(token));
    change.records().put(keys.due(due), {});
    desk_.due_at(forgotten);
  }
  Outcome outcome;
  const Occurrence created{Happening::ThreadCreated, change.after(), *change.after().roster,
                           caller.user, now};
  desk_.raise(outcome, *resource, created);
  outcome.notifications.push_back(
      notice(NotificationKind::ThreadCreated, change.after(), caller.user, now));
  auto committed = co_await desk_.commit(resource, change, std::move(outcome));
  if (!committed) co_return committed.error();
  if (const auto expiry = expiry_of(properties)) desk_.due_at(*expiry);
  co_return CreatedThread{std::move(properties), std::move(admission->invalid)};
}

Async<Result<ListPage>> Threads::list(Caller caller, ListCursor cursor,
                                      std::optional<base::TimePoint> since, std::size_t limit) {
  if (auto allowed = check_scopes(Operation::ListThreads, caller.scopes); !allowed) {
    co_return allowed.error();
  }
  auto page = co_await desk_.store().list(caller.resource->id, caller.user, std::move(cursor),
                                          since, limit);
  if (!page) co_return page.error();
  const auto told_until = desk_.clock().wall() - desk_.options().deleted_threads_listed;
  std::erase_if(page->threads, [&](const ListedThread& thread) {
    return thread.properties.deleted && *thread.properties.deleted <= told_until;
  });
  co_return page;
}

Async<Result<Properties>> Threads::get(Caller caller, std::string thread) {
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::GetThread, false);
  if (!opened) co_return opened.error();
  co_return *opened->thread.properties;
}

Async<Result<void>> Threads::update(Caller caller, std::string thread, ThreadPatch patch) {
  if (patch.topic) {
    if (auto fine = check_topic(*patch.topic); !fine) co_return fine.error();
  }
  if (patch.delete_after_days) {
    if (auto fine = check_retention(*patch.delete_after_days); !fine) co_return fine.error();
  }
  auto turn = co_await desk_.enter(caller.resource->id, thread);
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::UpdateThread, true);
  if (!opened) co_return opened.error();
  if (!patch.topic && !patch.metadata && !patch.delete_after_days) co_return Result<void>();
  auto properties = *opened->thread.properties;
  if (patch.topic) properties.topic = *patch.topic;
  if (patch.metadata) properties.metadata = merged(properties.metadata, *patch.metadata);
  if (patch.delete_after_days) properties.delete_after_days = *patch.delete_after_days;
  if (auto fine = check_metadata(properties.metadata, "metadata"); !fine) co_return fine.error();

  const auto now = desk_.clock().wall();
  ThreadChange change(Keys(caller.resource->id), opened->thread, now);
  change.set_properties(properties);
  if (patch.topic) change.append(topic_message(caller.user, properties.topic));
  Outcome outcome;
  const Occurrence updated{Happening::ThreadUpdated, change.after(), *change.after().roster,
                           caller.user, now};
  desk_.raise(outcome, *caller.resource, updated);
  outcome.notifications.push_back(
      notice(NotificationKind::ThreadPropertiesUpdated, change.after(), caller.user, now));
  auto committed = co_await desk_.commit(caller.resource, change, std::move(outcome));
  if (!committed) co_return committed.error();
  if (const auto expiry = expiry_of(properties)) desk_.due_at(*expiry);
  co_return Result<void>();
}

Async<Result<void>> Threads::remove(Caller caller, std::string thread) {
  auto turn = co_await desk_.enter(caller.resource->id, thread);
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::DeleteThread, true);
  if (!opened) co_return opened.error();
  auto ended = co_await end(caller.resource, opened->thread, caller.user, false);
  co_return ended;
}

Async<Result<void>> Threads::end(ResourcePtr resource, Thread thread, std::string by,
                                 bool by_itself) {
  const auto now = desk_.clock().wall();
  const auto due = desk_.clock().now();
  ThreadChange change(Keys(resource->id), thread, now);
  change.erase(now, due, due + desk_.options().deleted_threads_listed);
  Outcome outcome;
  if (!by_itself || desk_.options().retention_raises_events) {
    Occurrence deleted{Happening::ThreadDeleted, thread, *thread.roster, by, now};
    deleted.by_itself = by_itself;
    desk_.raise(outcome, *resource, deleted);
  }
  outcome.notifications.push_back(notice(NotificationKind::ThreadDeleted, thread, by, now));
  auto committed = co_await desk_.commit(resource, change, std::move(outcome));
  if (!committed) co_return committed.error();
  desk_.due_at(due);
  co_return Result<void>();
}

Async<Result<bool>> Threads::expire(ResourcePtr resource, std::string thread, base::TimePoint now) {
  auto turn = co_await desk_.enter(resource->id, thread);
  auto found = co_await desk_.find(resource->id, std::move(thread), true);
  if (!found) co_return found.error();
  if (!*found) co_return false;
  const auto expiry = expiry_of(*(*found)->properties);
  if (!expiry || *expiry > now) co_return false;
  auto creator = (*found)->properties->created_by;
  auto ended = co_await end(resource, **found, std::move(creator), true);
  if (!ended) co_return ended.error();
  co_return true;
}

}  // namespace fanfare::communication::chat
