#pragma once
/// The view's records of SMS. Below `comm/<resource>/sms/`:
///
///   m/<age>/<id>           a message (message.h); <age> is 16 hexadecimal digits of the complement
///                          of the time in its id, so that the newest comes first
///   o/<id>                 empty; a message that a carrier has not taken for good
///   w/<due>/<id>           empty; when to stop waiting for the report, 16 hexadecimal digits
///   r/<request id>         id of the message that the repeatable request made
///   i/<reference>          id of the message that a carrier brought in under that reference
///   b/<sender>/<recipient> when the recipient opted out: nanoseconds, decimal
/// and for all resources together:
///   comm/sms/x/<reference> `<resource>/<id>`: the message that a carrier calls so
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "communication/resource.h"
#include "communication/sms/message.h"
#include "view/records.h"

namespace fanfare::communication::sms {

/// Writes and reads of one resource's records. Reads block.
class Store {
 public:
  Store(const view::Records& records, ResourceId resource);

  // Into a commit.
  void put_message(view::Batch& batch, const Message& message) const;
  /// A new one that a carrier shall have: message, outbox and deadline.
  void add_outgoing(view::Batch& batch, const Message& message) const;
  /// A carrier has it and will remember: no longer in the outbox, found by its references.
  void put_accepted(view::Batch& batch, const Message& message) const;
  /// Nothing is awaited for it any more: outbox, deadline and references.
  void erase_waiting(view::Batch& batch, const Message& message) const;
  /// The message and all that points to it.
  void erase_message(view::Batch& batch, const Message& message) const;
  void put_repeat(view::Batch& batch, const Message& message) const;
  void put_inbound_reference(view::Batch& batch, const Message& message) const;
  void put_opt_out(view::Batch& batch, std::string_view sender, std::string_view recipient,
                   base::TimePoint at) const;
  void erase_opt_out(view::Batch& batch, std::string_view sender, std::string_view recipient) const;

  // From the view.
  base::Result<std::optional<Message>> message(std::string_view id) const;
  base::Result<std::optional<Message>> message_of_repeat(std::string_view request_id) const;
  base::Result<bool> has_inbound_reference(std::string_view reference) const;
  base::Result<bool> opted_out(std::string_view sender, std::string_view recipient) const;

  /// Newest first, from the one behind `after` (empty: the newest), until `visit` returns false.
  base::Result<void> messages(std::string_view after,
                              const std::function<bool(Message)>& visit) const;
  /// Those that were made before `time`, the newest of them first.
  base::Result<void> messages_before(base::TimePoint time,
                                     const std::function<bool(Message)>& visit) const;
  base::Result<std::size_t> count_messages() const;

  /// Ids of what no carrier has taken, oldest first, from `from` on.
  base::Result<std::vector<std::string>> outbox(std::string_view from, std::size_t max) const;

  struct Deadline {
    base::TimePoint due{};
    std::string id;
  };
  base::Result<std::vector<Deadline>> deadlines(std::size_t max) const;  ///< earliest first
  void erase_deadline(view::Batch& batch, const Deadline& deadline) const;

 private:
  std::string key(std::string_view kind, std::string_view rest) const;
  std::string message_key(std::string_view id) const;
  std::string deadline_key(base::TimePoint due, std::string_view id) const;
  base::Result<void> scan_messages(std::string_view from,
                                   const std::function<bool(Message)>& visit) const;

  const view::Records& records_;
  ResourceId resource_;
  std::string prefix_;
};

/// How a submission names a message of a resource, and what a reference stands for.
struct MessageName {
  ResourceId resource;
  std::string id;
};
std::string submission_id(ResourceId resource, std::string_view id);
std::optional<MessageName> parse_submission_id(std::string_view text);
/// What a carrier's own reference stands for. Blocks.
base::Result<std::optional<MessageName>> find_reference(const view::Records& records,
                                                        std::string_view reference);

}  // namespace fanfare::communication::sms
