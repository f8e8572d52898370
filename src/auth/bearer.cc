#include "auth/bearer.h"

namespace fanfare::auth {

base::Result<Principal> RefuseAllBearers::verify(std::string_view /*token*/,
                                                 std::string_view /*audience*/) const {
  return base::Error{base::Errc::Unauthorized,
                     "this server has no token issuer, so it takes no bearer tokens; "
                     "use aeg-sas-key or aeg-sas-token",
                     "Authorization"};
}

}  // namespace fanfare::auth
