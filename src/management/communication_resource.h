#pragma once
/// A communication resource's ARM form: bodies of PUT and PATCH, and the resource as it is shown.
/// Source: CommunicationServiceResource of the ARM specification 2023-04-01.
#include <string>
#include <string_view>

#include "base/result.h"
#include "communication/resources.h"
#include "json/value.h"

namespace fanfare::management {

/// What a PUT's body asks for; name and keys are left empty. Errors: InvalidArgument, target is the
/// property.
base::Result<communication::ResourceWish> communication_from_put(const json::Value& body);
/// A PATCH's body: tags.
base::Result<communication::ResourceWish> communication_from_patch(const json::Value& body);

/// `endpoint` is where the resource is reached, `https://HOST:PORT/`; its `hostName` has the port
/// where that is not the usual one, as clients need it.
json::Value communication_resource(const communication::Resource& resource,
                                   std::string_view endpoint);

/// The answer of listKeys and regenerateKey.
json::Value communication_keys(const communication::Resource& resource, std::string_view endpoint);

}  // namespace fanfare::management
