#pragma once
/// The routes of identities:
///   POST   /identities
///   GET    /identities/{id}                        2025-03-02-preview only
///   DELETE /identities/{id}
///   POST   /identities/{id}/:issueAccessToken, /identities/{id}/:revokeAccessTokens
///   POST   /teamsUser/:exchangeAccessToken         always 401: there is no Entra tenant
///   POST   /access/{entra,teamsExtension}/:exchangeAccessToken   likewise
/// All want a signed request (or a bearer token for the resource).
#include <vector>

#include "communication/identity/access.h"
#include "communication/identity/identities.h"
#include "communication/identity/limits.h"
#include "http/router.h"

namespace fanfare::communication::identity {

/// All outlive the routes.
std::vector<http::Route> identity_routes(const ResourceAccess& access, Identities& identities,
                                         OperationLimits& limits);

}  // namespace fanfare::communication::identity
