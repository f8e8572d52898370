#pragma once
/// A change of one thread in the making: what the thread will be and the records that make it so.
/// Pure; the service decides what to change, commits records() and then lets others see after().
#include <string_view>
#include <vector>

#include "base/time.h"
#include "communication/chat/keys.h"
#include "communication/chat/thread.h"
#include "view/records.h"

namespace fanfare::communication::chat {

class ThreadChange {
 public:
  /// `now` is the wall clock's; what the change stamps comes from it.
  ThreadChange(Keys keys, Thread before, base::TimePoint now);

  /// A thread that does not exist yet. Its creator must be among those who join().
  static ThreadChange create(Keys keys, Properties properties, base::TimePoint now);

  const Thread& after() const { return thread_; }
  view::Batch& records() { return records_; }
  base::TimePoint now() const { return now_; }

  /// Gives the message its id, sequence, version and time, and stores it.
  Message append(Message draft);
  /// Stores a message that stood already, under a new version.
  Message rewrite(Message message);

  /// Also moves the due time of its expiry.
  void set_properties(Properties properties);
  /// Errors are the caller's to check: nobody joins twice.
  void join(std::vector<Participant> participants);
  /// They must be participants.
  void leave(std::string_view user);
  void put_receipt(const Receipt& receipt);

  /// Leaves nothing but the properties, told of until `forgotten`; what else is stored of the
  /// thread is cleaned up by batches from `clean` on. Both are the schedule's time.
  void erase(base::TimePoint deleted, base::TimePoint clean, base::TimePoint forgotten);

 private:
  std::uint64_t next_version(std::uint64_t previous) const;
  void touch();
  void move_to_front();
  void put_tail();
  void forget_expiry();

  Keys keys_;
  Thread thread_;
  base::TimePoint now_;
  view::Batch records_;
  bool touched_ = false;  ///< one change gives one version
};

/// When the thread's retention ends it; nullopt when it has none.
std::optional<base::TimePoint> expiry_of(const Properties& properties);

}  // namespace fanfare::communication::chat
