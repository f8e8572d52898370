#include "communication/chat/admission.h"

#include <unordered_set>
#include <utility>

#include "communication/identity/user_id.h"

namespace fanfare::communication::chat {

namespace {

base::Async<base::Result<bool>> exists_in(identity::Identities& identities, ResourcePtr resource,
                                          std::string user) {
  auto found = co_await identities.find(std::move(resource), std::move(user));
  if (found) co_return true;
  if (found.error().code == base::Errc::NotFound) co_return false;
  co_return found.error();
}

}  // namespace

UserLookup lookup_in(identity::Identities& identities) {
  return [&identities](ResourcePtr resource, std::string user) {
    return exists_in(identities, std::move(resource), std::move(user));
  };
}

base::Async<base::Result<Admission>> admit(Desk& desk, ResourcePtr resource,
                                           std::vector<Participant> participants) {
  Admission out;
  std::unordered_set<std::string> seen;
  for (auto& participant : participants) {
    if (!seen.insert(participant.id).second) continue;
    if (!identity::guid_of(*resource, participant.id)) {
      out.invalid.push_back({participant.id, true});
      continue;
    }
    auto exists = co_await desk.users()(resource, participant.id);
    if (!exists) co_return exists.error();
    if (*exists) {
      out.admitted.push_back(std::move(participant));
    } else {
      out.invalid.push_back({participant.id, false});
    }
  }
  co_return out;
}

}  // namespace fanfare::communication::chat
