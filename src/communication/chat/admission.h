#pragma once
/// Which of the people that a request names may join a thread.
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "communication/chat/desk.h"
#include "communication/identity/identities.h"

namespace fanfare::communication::chat {

struct InvalidParticipant {
  std::string id;
  bool exists = false;  ///< it may exist, but not for this resource
};

struct Admission {
  std::vector<Participant> admitted;
  std::vector<InvalidParticipant> invalid;
};

/// The lookup among identities, which outlive it.
UserLookup lookup_in(identity::Identities& identities);

/// Users of the resource that exist are admitted, in their order and once each. Errors: the
/// lookup's.
base::Async<base::Result<Admission>> admit(Desk& desk, ResourcePtr resource,
                                           std::vector<Participant> participants);

}  // namespace fanfare::communication::chat
