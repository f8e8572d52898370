#pragma once
/// Resources as they are stored, under `comm/resource/<id>`, the id as ten decimal digits. Holds
/// the access keys: what stores it is readable by its owner alone.
///   {"id": n, "subscriptionId": s, "resourceGroup": s, "name": s, "immutableId": s,
///    "dataLocation": s, "key1": s, "key2": s, "eventsRevision": s, "systemTopic": n,
///    "tags": {s: s}}
/// Members at their default may be absent; members unknown to an older reader are skipped by it.
#include <string>
#include <string_view>

#include "base/result.h"
#include "communication/resource.h"

namespace fanfare::communication {

inline constexpr std::string_view kResourcePrefix = "comm/resource/";
std::string resource_key(ResourceId id);

std::string write_resource(const Resource& resource);
/// Errors: Corrupt.
base::Result<Resource> read_resource(std::string_view text);

}  // namespace fanfare::communication
