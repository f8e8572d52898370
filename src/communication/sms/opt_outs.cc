#include "communication/sms/opt_outs.h"

#include <utility>

#include "base/blocking.h"
#include "communication/sms/numbers.h"
#include "communication/sms/sending.h"
#include "communication/sms/store.h"

namespace fanfare::communication::sms {

namespace {

using Results = std::vector<OptOutResult>;

constexpr std::string_view kBadRecipient = "Invalid recipient phone number format";

Results results_for(const OptOutRequest& request) {
  Results out;
  for (const auto& to : request.recipients) {
    auto& result = out.emplace_back();
    result.to = to;
    if (is_recipient(to)) continue;
    result.status = 400;
    result.error_message = kBadRecipient;
  }
  return out;
}

}  // namespace

OptOuts::OptOuts(Around around, Turns& senders) : around_(around), senders_(senders) {}

base::Async<base::Result<Results>> OptOuts::check(ResourcePtr resource, OptOutRequest request) {
  using Read = base::Result<Results>;
  std::function<Read()> read = [this, id = resource->id, request = std::move(request)]() -> Read {
    auto results = results_for(request);
    const Store store(around_.records, id);
    for (auto& result : results) {
      if (result.status != 200) continue;
      const auto out = store.opted_out(request.from, result.to);
      if (!out) return out.error();
      result.opted_out = *out;
    }
    return results;
  };
  co_return co_await base::on_worker<Read>(around_.worker, std::move(read));
}

base::Async<base::Result<void>> OptOuts::change(ResourcePtr resource, OptOutAction action,
                                                OptOutRequest request) {
  const Store store(around_.records, resource->id);
  view::Batch state;
  for (const auto& to : request.recipients) {
    if (!is_recipient(to)) continue;
    if (action == OptOutAction::Add) {
      store.put_opt_out(state, request.from, to, around_.clock.wall());
    } else {
      store.erase_opt_out(state, request.from, to);
    }
  }
  if (state.empty()) co_return base::Result<void>();
  const auto turn =
      co_await senders_.enter(sender_key(resource->id, request.from), Turns::Mode::Alone);
  std::vector<RaisedEvent> no_events;
  const auto kept = co_await around_.committer.commit(std::move(resource), std::move(state),
                                                      std::move(no_events));
  if (!kept) co_return kept.error();
  co_return base::Result<void>();
}

base::Async<base::Result<Results>> OptOuts::run(ResourcePtr resource, OptOutAction action,
                                                OptOutRequest request) {
  const auto kind = sender_kind(request.from);
  if (!kind || *kind == SenderKind::Alphanumeric) {
    co_return base::invalid("Invalid From phone number format.", "from");
  }
  if (!around_.numbers.find_owned(resource->id, request.from)) {
    co_return base::Error{base::Errc::Unauthorized, "The sender is not a number of this resource.",
                          "from"};
  }
  if (action == OptOutAction::Check) {
    co_return co_await check(std::move(resource), std::move(request));
  }
  auto results = results_for(request);
  const auto changed = co_await change(std::move(resource), action, std::move(request));
  if (!changed) co_return changed.error();
  co_return results;
}

}  // namespace fanfare::communication::sms
