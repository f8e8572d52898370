#pragma once
/// Who is in a thread: listed, added, removed, and gone with their identity.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "communication/chat/admission.h"
#include "communication/chat/desk.h"

namespace fanfare::communication::chat {

struct ParticipantPage {
  std::vector<Participant> participants;  ///< in the order of joining
  bool more = false;
};

class Participants {
 public:
  explicit Participants(Desk& desk) : desk_(desk) {}

  base::Async<base::Result<ParticipantPage>> list(identity::Caller caller, std::string thread,
                                                  std::size_t skip, std::size_t limit);

  /// Who is in it already stays as they are. Large additions are several commits, so that no commit
  /// holds more than some thousands of events. Errors: InvalidArgument (more than 250, batch).
  base::Async<base::Result<std::vector<InvalidParticipant>>> add(
      identity::Caller caller, std::string thread, std::vector<Participant> participants);

  /// Everybody may remove everybody, themselves included. NotFound: not in the thread.
  base::Async<base::Result<void>> remove(identity::Caller caller, std::string thread,
                                         std::string user);

  /// The identity has gone: it leaves every thread. Cost: one commit a thread.
  base::Async<base::Result<void>> remove_everywhere(ResourcePtr resource, std::string user);

 private:
  base::Async<base::Result<void>> add_some(identity::Caller caller, Thread thread,
                                           std::shared_ptr<const Roster> others,
                                           std::vector<Participant> participants,
                                           base::TimePoint now);
  base::Async<base::Result<void>> leave(ResourcePtr resource, Thread thread, std::string by,
                                        Participant participant);
  base::Async<base::Result<void>> leave_if_in(ResourcePtr resource, std::string thread,
                                              std::string user);

  Desk& desk_;
};

}  // namespace fanfare::communication::chat
