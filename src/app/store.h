#pragma once
/// The data folder: which store it is, in which format, and what is opened from it.
#include <filesystem>
#include <memory>
#include <string>

#include "app/config.h"
#include "app/store_clock.h"
#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::app {

/// Layout below `data`, all files 0600 and folders 0700:
///   format        which store it is (store_format.h); written once, synced
///   clock         where the schedule's time line stands (store_clock.h)
///   log/          segments (docs/formats/log.md)
///   view/         keyed records and the pending table (docs/formats/queue.md)
///   tls/          development CA and certificate
///   deadletter/   dead letters, unless configured elsewhere
struct Store {
  std::string id;  ///< a UUID, part of every output event id
  std::unique_ptr<log::Log> log;
  std::unique_ptr<view::Records> records;
  std::unique_ptr<queue::Queue> queue;
};

/// Opens, or makes, what the configuration names; the queue is not started yet.
/// Errors: InvalidArgument (format newer than this program), Unavailable (locked), Corrupt.
base::Result<Store> open_store(const Config& config, base::Clock& clock);

/// A refusal to open the store, with the folder and what to do about it.
base::Error advised(base::Error error, const Config& config);

/// Whether any delivery is owed.
Owed what_is_owed(const queue::Queue& queue);

}  // namespace fanfare::app
