#pragma once
/// A way to other people's phones: takes messages, tells later what became of them, and brings in
/// those that others send. What is behind it may be slow, throttle, go away and come back.
///
///   submit ─▶ Accepted ─▶ report: an attempt failed ─▶ … ─▶ report with a verdict
///          └▶ TryLater (not connected, throttled)  └▶ Refused (never)
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"

namespace fanfare::carrier {

enum class Alphabet : std::uint8_t { Gsm7, Ucs2 };

/// One message to one number.
struct Submission {
  std::string id;    ///< the sender's; the same when it is submitted again
  std::string from;  ///< E.164, a short code, or letters
  std::string to;    ///< E.164
  Alphabet alphabet = Alphabet::Gsm7;
  std::vector<std::string> segments;  ///< their texts, in UTF-8; at least one
  bool report_wanted = true;
  std::optional<base::TimePoint> valid_until;  ///< when the carrier should give up
};

/// The carrier has it. Reports name it by `references`: one for all segments, or one for each in
/// their order. A single reference that equals the id is nothing that must be remembered.
struct Accepted {
  std::vector<std::string> references;
};
/// Not taken now; the same may be submitted again after `wait`.
struct TryLater {
  base::Duration wait{};
  std::string reason;  ///< for people
};
/// Not taken, and never will be. Codes as in `Verdict`.
struct Refused {
  int code = 0;
  std::string detail;
};
using Submitted = std::variant<Accepted, TryLater, Refused>;

enum class Fate : std::uint8_t { Delivered, Failed, Expired };

/// The end of a message, or of the segments that a reference stands for.
/// `code` is one of the published codes of SMS delivery (2000 delivered, 4006 unreachable …).
struct Verdict {
  Fate fate = Fate::Delivered;
  int code = 2000;
  std::string detail;  ///< for people: `No error.`
};

/// One attempt of the carrier, and the verdict if it was the last one.
struct Report {
  std::string reference;
  base::TimePoint at{};
  std::uint32_t segments_succeeded = 0;
  std::uint32_t segments_failed = 0;
  std::optional<Verdict> verdict;  ///< absent: it will be tried again
};

/// A whole message from outside; carriers that get it in parts put them together
/// (carrier/reassembly.h).
struct Inbound {
  std::string from;
  std::string to;
  std::string text;
  std::uint32_t segments = 1;
  base::TimePoint received{};
  std::string reference;  ///< the same when it is brought in again; empty when there is none
};

/// Who is told. Called from any thread; each returns when what it was told is durable.
/// Errors: NotFound (the reference, or the number, is none of ours; a reference may become known a
/// moment later, with the commit of its Accepted), Unavailable (tell it again later).
class Listener {
 public:
  virtual ~Listener() = default;
  virtual base::Async<base::Result<void>> on_report(Report report) = 0;
  virtual base::Async<base::Result<void>> on_inbound(Inbound message) = 0;
};

/// Whether a carrier that was restarted still knows what it accepted. Who uses one that forgets
/// submits again what has no verdict.
enum class Memory : std::uint8_t { Forgets, Remembers };

struct Capabilities {
  Memory memory = Memory::Remembers;
  bool reports = true;             ///< false: Accepted is all that will ever be known
  bool inbound = true;             ///< brings in messages
  bool sender_names = true;        ///< takes senders of letters
  std::size_t in_flight_max = 16;  ///< submissions that it wants to wait for an answer at a time
};

class Carrier {
 public:
  virtual ~Carrier() = default;

  virtual Capabilities capabilities() const = 0;

  /// Before anything else, once. `listener` outlives the carrier. Connecting goes on behind it.
  virtual void start(Listener& listener) = 0;

  /// Whatever goes wrong outside is an answer; nothing is thrown. From any thread.
  virtual base::Async<Submitted> submit(Submission submission) = 0;

  /// True when it is telling nobody anything and will not before time passes or something comes
  /// from outside. From any thread; for those who move a virtual clock.
  virtual bool idle() const = 0;

  /// Takes and tells nothing more; returns when nobody is being told any more. Submissions that
  /// wait for an answer get one: TryLater.
  virtual base::Async<void> close() = 0;
};

}  // namespace fanfare::carrier
