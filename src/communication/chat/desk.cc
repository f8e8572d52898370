#include "communication/chat/desk.h"

#include <functional>
#include <utility>

namespace fanfare::communication::chat {

using base::Async;
using base::Result;

namespace {

std::size_t place_of(ResourceId resource, std::string_view name) {
  return std::hash<std::string_view>()(name) ^ (resource.value * 0x9e3779b97f4a7c15U);
}

}  // namespace

Desk::Desk(Committer& committer, const view::Records& records, base::Executor worker,
           base::Clock& clock, base::Random& random, UserLookup users, ChatOptions options)
    : committer_(committer),
      clock_(clock),
      random_(random),
      users_(std::move(users)),
      options_(options),
      store_(records, worker),
      cache_(options.threads_in_memory) {}

Async<base::Turnstile::Turn> Desk::enter(ResourceId resource, std::string_view thread) {
  return thread_turns_[place_of(resource, thread) % thread_turns_.size()].enter();
}

Async<base::Turnstile::Turn> Desk::enter_token(ResourceId resource, std::string_view name) {
  return token_turns_[place_of(resource, name) % token_turns_.size()].enter();
}

Async<Result<std::optional<Thread>>> Desk::find(ResourceId resource, std::string thread,
                                                bool has_turn) {
  if (!is_thread_id(thread)) co_return std::optional<Thread>();
  auto known = cache_.find(resource, thread);
  if (known) co_return known;
  std::optional<base::Turnstile::Turn> turn;
  if (!has_turn) {
    auto mine = co_await enter(resource, thread);
    turn.emplace(std::move(mine));
  }
  auto meanwhile = cache_.find(resource, thread);
  if (meanwhile) co_return meanwhile;
  auto stored = co_await store_.thread(resource, thread);
  if (stored && *stored) cache_.put(resource, **stored);
  co_return stored;
}

Async<Result<Opened>> Desk::open(const identity::Caller& caller, std::string thread,
                                 Operation operation, bool has_turn) {
  if (auto allowed = check_scopes(operation, caller.scopes); !allowed) co_return allowed.error();
  auto found = co_await find(caller.resource->id, thread, has_turn);
  if (!found) co_return found.error();
  if (!*found) co_return no_such_thread(options_);
  Opened opened{**std::move(found), Standing::Outsider, {}};
  const auto& deleted = opened.thread.properties->deleted;
  const bool listed = deleted && clock_.wall() < *deleted + options_.deleted_threads_listed;
  if (deleted && !(listed && operation == Operation::GetThread)) {
    co_return no_such_thread(options_);
  }
  if (const auto* participant = opened.thread.participant(caller.user)) {
    opened.standing = Standing::Participant;
    opened.window = window_of(*participant);
  } else {
    auto former = co_await store_.former(caller.resource->id, thread, caller.user);
    if (!former) co_return former.error();
    if (*former) {
      opened.standing = Standing::Removed;
      opened.window = window_of(**former);
    }
  }
  if (auto allowed = check_standing(operation, opened.standing, options_); !allowed) {
    co_return allowed.error();
  }
  co_return opened;
}

Async<Result<void>> Desk::commit(ResourcePtr resource, ThreadChange& change, Outcome outcome) {
  auto records = std::move(change.records());
  auto committed =
      co_await committer_.commit(resource, std::move(records), std::move(outcome.events));
  if (!committed) co_return committed.error();
  cache_.put(resource->id, change.after());
  for (const auto& notification : outcome.notifications) tell(resource, notification);
  co_return Result<void>();
}

Async<Result<void>> Desk::commit_records(ResourcePtr resource, view::Batch records) {
  std::vector<RaisedEvent> none;
  auto committed = co_await committer_.commit(resource, std::move(records), std::move(none));
  if (!committed) co_return committed.error();
  co_return Result<void>();
}

void Desk::raise(Outcome& outcome, const Resource& resource, const Occurrence& occurrence) {
  auto events = events_of(occurrence, resource.events_revision, options_, random_);
  for (auto& event : events) outcome.events.push_back(std::move(event));
}

void Desk::tell(const ResourcePtr& resource, const Notification& notification) const {
  if (listener_) listener_(resource, notification);
}

void Desk::due_at(base::TimePoint due) const {
  if (due_listener_) due_listener_(due);
}

std::vector<std::string> everybody(const Thread& thread) {
  std::vector<std::string> out;
  out.reserve(thread.roster->size());
  for (const auto& participant : *thread.roster) out.push_back(participant.id);
  return out;
}

}  // namespace fanfare::communication::chat
