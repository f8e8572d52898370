#pragma once
/// The routes of SMS:
///   POST /sms                                 send to 1 to 100 recipients
///   POST /sms/optouts:add, :remove, :check    from 2025-09-17 on
///   GET  /deliveryReports/{id}                from 2026-01-23 on
/// All want a signed request (or a bearer token for the resource). And, for people who test:
///   POST /fanfare/v1/sms/receive              {"from","to","message"}, as if a phone had sent it
///   GET  /fanfare/v1/sms?top=N&after=ID       sent and received messages, the newest first
#include <vector>

#include "communication/identity/access.h"
#include "communication/sms/service.h"
#include "http/router.h"

namespace fanfare::communication::sms {

/// All outlive the routes.
std::vector<http::Route> sms_routes(const identity::ResourceAccess& access, Sms& sms);

/// Guarded as `operations/…`; `resolver` says whose messages are listed.
std::vector<http::Route> sms_operations_routes(ResourceResolver resolver, Sms& sms);

}  // namespace fanfare::communication::sms
