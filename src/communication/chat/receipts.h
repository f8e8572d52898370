#pragma once
/// What shows others that somebody is there: read receipts, which are kept, and typing, which is
/// told and forgotten. Neither raises events.
#include <cstddef>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "communication/chat/desk.h"

namespace fanfare::communication::chat {

struct ReceiptPage {
  std::vector<Receipt> receipts;  ///< one a reader, in the order of their ids
  bool more = false;
};

class Receipts {
 public:
  explicit Receipts(Desk& desk) : desk_(desk) {}

  /// A receipt for an older message than the last one changes nothing. NotFound: no such message.
  base::Async<base::Result<void>> send(identity::Caller caller, std::string thread,
                                       std::string message_id);
  base::Async<base::Result<ReceiptPage>> list(identity::Caller caller, std::string thread,
                                              std::size_t skip, std::size_t limit);
  base::Async<base::Result<void>> type(identity::Caller caller, std::string thread,
                                       std::string sender_display_name);

 private:
  Desk& desk_;
};

}  // namespace fanfare::communication::chat
