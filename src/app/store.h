#pragma once
/// The data folder: which store it is, in which format, and what is opened from it.
#include <filesystem>
#include <memory>
#include <string>

#include "app/config.h"
#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"
#include "queue/queue.h"
#include "view/records.h"

namespace fanfare::app {

/// Layout below `data`, all files 0600 and folders 0700:
///   format        `fanfare-store 1 <store id>`; written once, synced
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

}  // namespace fanfare::app
