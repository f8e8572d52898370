#include "communication/sms/progress.h"

#include <utility>

#include "base/blocking.h"

namespace fanfare::communication::sms {

Progress::Progress(Around around, const Options& options, Ended ended)
    : around_(around), options_(options), ended_(std::move(ended)) {}

base::Async<base::Result<std::optional<Message>>> Progress::unended(MessageName name) {
  using Found = base::Result<std::optional<Message>>;
  std::function<Found()> read = [this, name] {
    return Store(around_.records, name.resource).message(name.id);
  };
  auto found = co_await base::on_worker<Found>(around_.worker, std::move(read));
  if (found && *found && (*found)->ended()) found = std::optional<Message>();
  co_return found;
}

base::Async<base::Result<void>> Progress::change(MessageName name, Edit edit) {
  auto submission = submission_id(name.resource, name.id);
  const auto turn = co_await turns_.enter(submission, Turns::Mode::Alone);
  auto found = co_await unended(name);
  if (!found) co_return found.error();
  auto resource = around_.resources.snapshot()->by_id(name.resource);
  if (!*found || !resource) {
    ended_(submission);
    co_return base::Result<void>();
  }
  auto message = **std::move(found);
  edit(message);
  view::Batch state;
  std::vector<RaisedEvent> events;
  const Store store(around_.records, name.resource);
  store.put_message(state, message);
  if (message.ended()) {
    store.erase_waiting(state, message);
    if (message.report_wanted) {
      events.push_back(
          delivery_report_received(*resource, message, around_.clock.wall(), options_.report_form));
    }
  }
  const auto kept =
      co_await around_.committer.commit(std::move(resource), std::move(state), std::move(events));
  if (!kept) co_return kept.error();
  if (message.ended()) ended_(submission);
  co_return base::Result<void>();
}

base::Async<base::Result<void>> Progress::accept(MessageName name,
                                                 std::vector<std::string> references) {
  auto submission = submission_id(name.resource, name.id);
  const auto turn = co_await turns_.enter(submission, Turns::Mode::Alone);
  auto found = co_await unended(name);
  if (!found) co_return found.error();
  auto resource = around_.resources.snapshot()->by_id(name.resource);
  if (*found && resource) {
    auto message = **std::move(found);
    message.references = std::move(references);
    view::Batch state;
    std::vector<RaisedEvent> no_events;
    Store(around_.records, name.resource).put_accepted(state, message);
    const auto kept = co_await around_.committer.commit(std::move(resource), std::move(state),
                                                        std::move(no_events));
    if (!kept) co_return kept.error();
  }
  ended_(submission);
  co_return base::Result<void>();
}

}  // namespace fanfare::communication::sms
