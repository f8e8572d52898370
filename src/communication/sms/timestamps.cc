#include "communication/sms/timestamps.h"

namespace fanfare::communication::sms {

std::string short_timestamp(base::TimePoint time) {
  auto text = base::format_rfc3339(time);
  text.pop_back();
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + "Z";
}

}  // namespace fanfare::communication::sms
