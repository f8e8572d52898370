#pragma once
/// CloudEvents 1.0 over HTTP in binary mode: attributes in `ce-` header fields, the body is the
/// data. Source: CloudEvents 1.0 HTTP protocol binding, section 3.1.
#include <span>
#include <string_view>

#include "event/event.h"
#include "event/publish_body.h"

namespace fanfare::event {

struct HeaderField {
  std::string_view name;  ///< in any case
  std::string_view value;
};

/// Reads one event from the header fields of a request (others than `ce-…` and Content-Type are
/// passed over) and its body. Values are percent-decoded. A body of a JSON media type, or without
/// Content-Type, must be JSON and becomes `data`; text becomes a string; everything else becomes
/// `data_base64`. Errors: InvalidArgument or TooLarge; target is the header field.
base::Result<EventBatch> parse_binary_cloud_event(std::span<const HeaderField> headers,
                                                  const BodyView& body, const Limits& limits = {});

}  // namespace fanfare::event
