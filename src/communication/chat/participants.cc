#include "communication/chat/participants.h"

#include <algorithm>
#include <utility>

#include "communication/chat/requests.h"

namespace fanfare::communication::chat {

namespace {

using base::Async;
using base::Result;
using identity::Caller;

/// Events of one commit; a batch that would raise more is cut.
constexpr std::size_t kEventsPerCommit = 4'000;
constexpr std::size_t kListedPerRound = 100;

Message system_message(MessageType type, const std::string& by,
                       std::vector<Participant> participants) {
  Message message;
  message.type = type;
  message.sender = by;
  message.participants = std::move(participants);
  return message;
}

/// Those who are told of somebody: who was there, and themselves where the options say so.
Roster audience_of(const Roster& others, const Participant& somebody, Happening happening,
                   const ChatOptions& options) {
  Roster audience = others;
  if (told_themselves(happening, options)) audience.push_back(somebody);
  return audience;
}

}  // namespace

Async<Result<ParticipantPage>> Participants::list(Caller caller, std::string thread,
                                                  std::size_t skip, std::size_t limit) {
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::ListParticipants, false);
  if (!opened) co_return opened.error();
  const auto& roster = *opened->thread.roster;
  ParticipantPage page;
  for (std::size_t i = skip; i < roster.size() && page.participants.size() < limit; ++i) {
    page.participants.push_back(roster[i]);
  }
  page.more = skip + page.participants.size() < roster.size();
  co_return page;
}

Async<Result<std::vector<InvalidParticipant>>> Participants::add(
    Caller caller, std::string thread, std::vector<Participant> participants) {
  if (participants.empty()) {
    co_return base::invalid("There must be participants to add.", "participants");
  }
  if (auto fine = check_batch(participants); !fine) co_return fine.error();
  auto turn = co_await desk_.enter(caller.resource->id, thread);
  auto opened = co_await desk_.open(caller, thread, Operation::AddParticipants, true);
  if (!opened) co_return opened.error();
  auto admission = co_await admit(desk_, caller.resource, std::move(participants));
  if (!admission) co_return admission.error();
  auto& wanted = admission->admitted;
  std::erase_if(wanted, [&](const Participant& each) {
    return opened->thread.participant(each.id) != nullptr;
  });
  const auto before = opened->thread.roster->size();
  if (before + wanted.size() > kParticipantsMax) {
    co_return base::invalid(
        "A thread has at most " + std::to_string(kParticipantsMax) + " participants.",
        "participants");
  }
  const auto now = desk_.clock().wall();
  const auto chunk = std::max<std::size_t>(1, kEventsPerCommit / (2 * before + 2));
  for (std::size_t at = 0; at < wanted.size(); at += chunk) {
    const auto end = std::min(at + chunk, wanted.size());
    std::vector<Participant> some(wanted.begin() + static_cast<std::ptrdiff_t>(at),
                                  wanted.begin() + static_cast<std::ptrdiff_t>(end));
    auto current = co_await desk_.find(caller.resource->id, thread, true);
    if (!current) co_return current.error();
    auto added = co_await add_some(caller, **current, opened->thread.roster, std::move(some), now);
    if (!added) co_return added.error();
  }
  co_return std::move(admission->invalid);
}

Async<Result<void>> Participants::add_some(Caller caller, Thread thread,
                                           std::shared_ptr<const Roster> others,
                                           std::vector<Participant> participants,
                                           base::TimePoint now) {
  if (!desk_.options().share_history_by_default) {
    for (auto& each : participants) {
      if (!each.share_history_from) each.share_history_from = now;
    }
  }
  ThreadChange change(Keys(caller.resource->id), thread, now);
  change.join(participants);
  change.append(system_message(MessageType::ParticipantAdded, caller.user, participants));
  Outcome outcome;
  for (const auto& each : participants) {
    const auto audience = audience_of(*others, each, Happening::ParticipantAdded, desk_.options());
    Occurrence added{
        Happening::ParticipantAdded, change.after(), audience, caller.user, now, nullptr, &each};
    desk_.raise(outcome, *caller.resource, added);
  }
  outcome.notifications.push_back(Notification{NotificationKind::ParticipantsAdded, change.after(),
                                               everybody(change.after()),
                                               ParticipantsNotice{caller.user, now, participants}});
  auto committed = co_await desk_.commit(caller.resource, change, std::move(outcome));
  co_return committed;
}

Async<Result<void>> Participants::remove(Caller caller, std::string thread, std::string user) {
  auto turn = co_await desk_.enter(caller.resource->id, thread);
  auto opened = co_await desk_.open(caller, std::move(thread), Operation::RemoveParticipant, true);
  if (!opened) co_return opened.error();
  const auto* participant = opened->thread.participant(user);
  if (participant == nullptr) {
    co_return base::Error{base::Errc::NotFound, "The user is not in the chat thread.", {}};
  }
  auto left = co_await leave(caller.resource, opened->thread, caller.user, *participant);
  co_return left;
}

Async<Result<void>> Participants::leave(ResourcePtr resource, Thread thread, std::string by,
                                        Participant participant) {
  const auto now = desk_.clock().wall();
  ThreadChange change(Keys(resource->id), thread, now);
  change.leave(participant.id);
  const std::vector<Participant> left{participant};
  change.append(system_message(MessageType::ParticipantRemoved, by, left));
  Outcome outcome;
  const auto audience = audience_of(*change.after().roster, participant,
                                    Happening::ParticipantRemoved, desk_.options());
  Occurrence removed{
      Happening::ParticipantRemoved, change.after(), audience, by, now, nullptr, &participant};
  desk_.raise(outcome, *resource, removed);
  outcome.notifications.push_back(Notification{NotificationKind::ParticipantsRemoved,
                                               change.after(), everybody(thread),
                                               ParticipantsNotice{by, now, left}});
  auto committed = co_await desk_.commit(resource, change, std::move(outcome));
  co_return committed;
}

Async<Result<void>> Participants::leave_if_in(ResourcePtr resource, std::string thread,
                                              std::string user) {
  auto turn = co_await desk_.enter(resource->id, thread);
  auto found = co_await desk_.find(resource->id, thread, true);
  if (!found) co_return found.error();
  if (!*found || (*found)->properties->deleted) co_return Result<void>();
  const auto* participant = (*found)->participant(user);
  if (participant == nullptr) co_return Result<void>();
  auto left = co_await leave(resource, **found, user, *participant);
  co_return left;
}

Async<Result<void>> Participants::remove_everywhere(ResourcePtr resource, std::string user) {
  ListCursor cursor;
  for (;;) {
    auto page =
        co_await desk_.store().list(resource->id, user, cursor, std::nullopt, kListedPerRound);
    if (!page) co_return page.error();
    for (const auto& thread : page->threads) {
      auto left = co_await leave_if_in(resource, thread.properties.id, user);
      if (!left) co_return left.error();
    }
    if (!page->next) co_return Result<void>();
    cursor = *page->next;
  }
}

}  // namespace fanfare::communication::chat
