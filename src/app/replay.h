#pragma once
/// Dead letters as lists, and their way back into the queue.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "grid/registry.h"
#include "queue/queue.h"

namespace fanfare::app {

/// `{"value":[{"name","container","eventSubscription","time","bytes"}]}`, newest first.
base::Result<std::string> list_dead_letters_json(const std::filesystem::path& folder,
                                                 const std::string& subscription,
                                                 std::size_t limit);

struct ReplayRequest {
  std::vector<std::string> names;  ///< container/…/guid.json as listed
  std::string subscription;        ///< all of this event subscription's, when no names are given
};

/// Body of `POST /fanfare/v1/deadletters:replay`. Errors: InvalidArgument.
base::Result<ReplayRequest> parse_replay(std::string_view body);

/// Commits the events anew, each for its own event subscription alone, with a fresh time to live.
/// The files stay. Returns how many events. Errors: NotFound (no such letter or subscription).
base::Async<base::Result<std::size_t>> replay_dead_letters(
    queue::Queue& queue, const grid::Registry& registry, base::Clock& clock,
    std::filesystem::path folder, base::Executor worker, ReplayRequest request);

/// A dead letter's event without the members that dead-lettering added at its end.
std::string without_dead_letter_members(std::string_view content);

}  // namespace fanfare::app
