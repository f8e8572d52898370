#pragma once
/// Recipients who do not want to hear from a sender: asked, added and removed by the sender's
/// owner. The words that recipients send themselves are reception's.
#include <string>
#include <vector>

#include "communication/sms/options.h"
#include "communication/sms/turns.h"

namespace fanfare::communication::sms {

enum class OptOutAction { Add, Remove, Check };

struct OptOutRequest {
  std::string from;
  std::vector<std::string> recipients;  ///< 1 to 100
};

struct OptOutResult {
  std::string to;
  int status = 200;
  std::optional<bool> opted_out;  ///< of a check
  std::string error_message;
};

class OptOuts {
 public:
  OptOuts(Around around, Turns& senders);

  /// One result a recipient, in their order; durable when it returns. Adding and removing what is
  /// so already is fine. Errors: InvalidArgument, Unauthorized (the sender), Unavailable.
  base::Async<base::Result<std::vector<OptOutResult>>> run(ResourcePtr resource,
                                                           OptOutAction action,
                                                           OptOutRequest request);

 private:
  base::Async<base::Result<std::vector<OptOutResult>>> check(ResourcePtr resource,
                                                             OptOutRequest request);
  base::Async<base::Result<void>> change(ResourcePtr resource, OptOutAction action,
                                         OptOutRequest request);

  Around around_;
  Turns& senders_;
};

}  // namespace fanfare::communication::sms
