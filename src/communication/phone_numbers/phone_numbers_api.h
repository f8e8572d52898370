#pragma once
/// The routes of phone numbers:
///   GET    /phoneNumbers, /phoneNumbers/{number}
///   DELETE /phoneNumbers/{number}                              long-running
///   PATCH  /phoneNumbers/{number}/capabilities                 long-running
///   GET, DELETE /phoneNumbers/operations/{id}
///   GET    /availablePhoneNumbers/countries and below it areaCodes, localities, offerings
///   POST   /availablePhoneNumbers/countries/{country}/:search  long-running
///   GET    /availablePhoneNumbers/searchResults/{id}
///   POST   /availablePhoneNumbers/:purchase                    long-running
/// and from 2025-06-01 on
///   POST   /availablePhoneNumbers/countries/{country}/:browse
///   GET    /availablePhoneNumbers/reservations; GET, PATCH, DELETE …/{id}
///   POST   /availablePhoneNumbers/reservations/{id}/:purchase  long-running
///   POST   /operatorInformation/:search
/// All want a signed request (or a bearer token for the resource).
#include <vector>

#include "communication/identity/access.h"
#include "communication/phone_numbers/service.h"
#include "http/router.h"

namespace fanfare::communication::phone_numbers {

/// All outlive the routes.
std::vector<http::Route> phone_numbers_routes(const identity::ResourceAccess& access,
                                              PhoneNumbers& numbers);

}  // namespace fanfare::communication::phone_numbers
