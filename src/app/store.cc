#include "app/store.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "app/store_format.h"
#include "base/random.h"
#include "log/open.h"

namespace fanfare::app {

namespace {

base::Error disk_error(const std::filesystem::path& path, std::string_view what) {
  return base::Error{base::Errc::Unavailable,
                     path.string() + ": " + std::string(what) + ": " + std::strerror(errno),
                     path.string()};
}

base::Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return base::Error{base::Errc::Unavailable,
                       folder.string() + ": cannot be made: " + error.message(), folder.string()};
  }
  if (chmod(folder.c_str(), 0700) != 0) return disk_error(folder, "its mode cannot be set to 0700");
  return {};
}

/// A folder without a format file becomes a new store if it holds none.
base::Result<std::string> identify(const std::filesystem::path& data) {
  auto id = read_format(data);
  if (id || id.error().code != base::Errc::NotFound) return id;
  return make_format(data, base::uuid4(base::system_random()));
}

queue::QueueOptions queue_options(const Config& config) {
  queue::QueueOptions options;
  options.history_bytes = config.retention.history_bytes;
  return options;
}

/// A full disk is no obstacle: what the log holds back for it is enough to open the view.
base::Result<std::unique_ptr<view::Records>> open_records(const Config& config, log::Log& log) {
  if (config.data_in_memory) return view::open("memory", {});
  auto records = view::open("rocks", config.data / "view");
  if (records || records.error().code != base::Errc::Unavailable) return records;
  log.yield_reserve();
  return view::open("rocks", config.data / "view");
}

}  // namespace

base::Result<Store> open_store(const Config& config, base::Clock& clock) {
  Store store;
  const std::string engine = config.data_in_memory ? "memory" : "local";
  if (config.data_in_memory) {
    store.id = base::uuid4(base::system_random());
  } else {
    if (auto made = make_folder(config.data); !made) return made.error();
    auto id = identify(config.data);
    if (!id) return id.error();
    store.id = std::move(*id);
  }
  log::Options options;
  options.folder = config.data / "log";
  options.durability = config.durability;
  options.segment_bytes = config.store.segment_bytes;
  options.reserve_bytes = config.store.reserve_bytes;
  auto log = log::open(engine, options);
  if (!log) return log.error();
  auto records = open_records(config, **log);
  if (!records) return records.error();
  store.log = std::move(*log);
  store.records = std::move(*records);
  store.queue =
      std::make_unique<queue::Queue>(*store.log, *store.records, clock, queue_options(config));
  return store;
}

base::Error advised(base::Error error, const Config& config) {
  const bool known = error.message.find("fanfare store check") != std::string::npos;
  if (error.code != base::Errc::Corrupt || known) return error;
  const auto folder = config.data.string();
  error.message = "the store in " + folder + " is damaged: " + error.message +
                  ". Run `fanfare store check " + folder +
                  "` for what is intact, and restore the folder from a backup.";
  return error;
}

Owed what_is_owed(const queue::Queue& queue) {
  const auto all = queue.all_stats();
  const bool none =
      std::ranges::all_of(all, [](const auto& lane) { return lane.second.pending == 0; });
  return none ? Owed::Nothing : Owed::Something;
}

}  // namespace fanfare::app
