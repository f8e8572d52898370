#pragma once
/// What is contested or a matter of taste in chat; each has a row in docs/parity.md.
#include <cstddef>

#include "base/time.h"

namespace fanfare::communication::chat {

struct ChatOptions {
  /// Whoever was removed may still read the messages of their time.
  bool removed_users_read_history = true;
  /// A participant without a shareHistoryTime sees all of the history, else none from before.
  bool share_history_by_default = true;
  /// Threads of others answer 403 like the service, instead of 404; missing ones as well.
  bool foreign_threads_forbidden = false;
  /// How long a deleted thread is still listed, with its deletedOn, by those who were in it.
  base::Duration deleted_threads_listed = base::Duration::zero();
  /// How long a repeatability-request-id is remembered.
  base::Duration idempotency_window = base::minutes(5);

  bool added_user_gets_event = true;
  bool removed_user_gets_event = false;
  /// Message events of a thread (…InThread) tell `version` as a string, as the published examples
  /// do; else as the number that the definition wants.
  bool in_thread_version_is_text = true;
  /// A thread whose retention has passed raises the events of a deletion by its creator.
  bool retention_raises_events = true;

  bool rate_limits = false;

  std::size_t threads_in_memory = 10'000;
};

/// Azure's limits.
inline constexpr std::size_t kParticipantsMax = 250;
inline constexpr std::size_t kParticipantBatchMax = 200;
inline constexpr std::size_t kMessageBytesMax = 28 * 1024;
inline constexpr std::size_t kMetadataBytesMax = 1024;
inline constexpr std::size_t kSignalParticipantsMax = 20;  ///< receipts and typing
inline constexpr int kRetentionDaysMin = 30;
inline constexpr int kRetentionDaysMax = 90;

/// Ours, where Azure states none.
inline constexpr std::size_t kTopicBytesMax = 4096;
inline constexpr std::size_t kDisplayNameBytesMax = 1024;
inline constexpr std::size_t kPageSizeMax = 200;
inline constexpr std::size_t kPageSizeDefault = 100;

}  // namespace fanfare::communication::chat
