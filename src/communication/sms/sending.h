#pragma once
/// Sending: what each recipient of a request is answered, and the commit that makes it so.
/// Opt-outs and repeatable requests are looked up in the sender's turn, so that nothing is decided
/// between the look and the commit.
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "communication/sms/numbers.h"
#include "communication/sms/options.h"
#include "communication/sms/rate.h"
#include "communication/sms/repeatability.h"
#include "communication/sms/store.h"
#include "communication/sms/turns.h"

namespace fanfare::communication::sms {

struct Recipient {
  std::string to;
  Repeatability repeatability;
};

struct SendRequest {
  std::string from;
  std::vector<Recipient> recipients;  ///< 1 to 100
  std::string text;
  bool report_wanted = false;
  std::optional<std::string> tag;
  std::optional<base::Duration> timeout;
};

enum class RepeatabilityResult { Accepted, Rejected };

struct SendResult {
  std::string to;  ///< as it came
  std::optional<std::string> message_id;
  int status = 202;
  std::optional<RepeatabilityResult> repeatability;  ///< absent without a request id
  std::string error_message;                         ///< empty on success
};

struct Throttled {
  base::Duration wait{};
};
using SendAnswer = std::variant<std::vector<SendResult>, Throttled>;

/// The turn in which it is decided what a sender may send to whom.
std::string sender_key(ResourceId resource, std::string_view sender);

class Sending {
 public:
  using Sent = std::function<void(ResourceId, std::vector<Message>)>;

  /// `sent` is told of what was committed for a carrier to take.
  Sending(Around around, const Options& options, Turns& senders, Sent sent);

  /// One result a recipient, in their order. Returns when all of it is durable. Errors:
  /// InvalidArgument (`from` is no sender), Unauthorized (it is none of the resource's).
  base::Async<base::Result<SendAnswer>> send(ResourcePtr resource, SendRequest request);

 private:
  struct Sender;
  struct Line;
  struct Draft;
  class Reservations;

  base::Result<Sender> sender_of(const Resource& resource, const std::string& from) const;
  void check(Draft& draft);
  base::Async<base::Result<void>> look_up(Draft& draft);
  base::Result<void> read(Draft& draft) const;
  void decide(Draft& draft) const;
  void decide(Draft& draft, Line& line, std::set<std::string>& used) const;
  static void repeat_within(const Draft& draft, Line& line);
  Message message_for(const Draft& draft, const Line& line) const;
  base::Async<base::Result<void>> commit(Draft& draft);

  Around around_;
  const Options& options_;
  Turns& senders_;
  Sent sent_;
  Rates rates_;
  std::mutex mutex_;
  std::set<std::string> in_flight_;  ///< request ids that are being executed
};

}  // namespace fanfare::communication::sms
