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

/// What the server answers to the words of opting out; empty: nothing.
struct Replies {
  std::string stop;
  std::string start;
  std::string help;
};

enum class AlphanumericSenders { Allowed, Refused };

struct Options {
  base::Duration repeat_window = base::minutes(5);  ///< no figure is published for SMS
  base::Duration report_timeout = base::hours(12);  ///< when a request names none
  RateLimits rates;
  Replies replies;
  AlphanumericSenders alphanumeric = AlphanumericSenders::Allowed;
  TagName tag_name = TagName::LowerCase;
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
