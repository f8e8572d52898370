#pragma once
/// What can be set about SMS, and what every part of it works with.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/time.h"
#include "communication/committer.h"
#include "communication/phone_numbers/directory.h"
#include "communication/resources.h"
#include "communication/sms/events.h"
#include "view/records.h"

namespace fanfare::communication::sms {

/// Messages in RateLimits::window; 0 is no limit. Beyond it a send is answered with 429.
/// Source: published service limits; numbers of other kinds have none there.
struct RateLimits {
  base::Duration window = base::seconds(60);
  std::uint32_t toll_free = 200;     ///< per number
  std::uint32_t short_code = 6000;   ///< per number
  std::uint32_t alphanumeric = 600;  ///< per resource
  std::uint32_t other = 0;           ///< per number
};

/// What the server answers to the words of opting out; an empty text is no answer. To other numbers
/// than short codes it is the carrier who answers.
/// Source: published FAQ; the text of HELP comes from the owner of the short code.
enum class RepliesOf { Nobody, ShortCodes, AllNumbers };
struct Replies {
  RepliesOf numbers = RepliesOf::ShortCodes;
  std::string stop =
      "You have successfully been unsubscribed to messages from this number. Reply START to "
      "resubscribe";
  std::string start =
      "You have successfully been re-subscribed to messages from this number. Reply STOP to "
      "unsubscribe.";
  std::string help;
};

struct OutboxOptions {
  std::size_t waiting_max = 10'000;  ///< messages in memory; more stay in the store meanwhile
};

enum class AlphanumericSenders { Allowed, Refused };

struct Options {
  base::Duration repeat_window = base::minutes(5);  ///< no figure is published for SMS
  base::Duration report_timeout = base::hours(12);  ///< when a request names none
  RateLimits rates;
  Replies replies;
  AlphanumericSenders alphanumeric = AlphanumericSenders::Allowed;
  ReportForm report_form;
  OutboxOptions outbox;
  base::Duration keep = base::days(7);  ///< sent and received messages
  std::size_t messages_max = 100'000;   ///< per resource; older ones go earlier
};

/// All of it outlives the parts.
struct Around {
  Committer& committer;
  const view::Records& records;
  const Resources& resources;
  const phone_numbers::Directory& numbers;
  base::Clock& clock;
  base::Random& random;   ///< thread-safe
  base::Executor home;    ///< where what goes on by itself runs
  base::Executor worker;  ///< for reads of the view, which block
};

}  // namespace fanfare::communication::sms
