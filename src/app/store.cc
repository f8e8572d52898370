#include "app/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/random.h"
#include "log/open.h"

namespace fanfare::app {

namespace {

constexpr int kFormatVersion = 1;
constexpr std::string_view kFormatName = "fanfare-store";

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

base::Result<void> write_synced(const std::filesystem::path& path, const std::string& text) {
  const auto temporary = path.string() + ".new";
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return disk_error(temporary, "cannot be written");
  const auto written = write(file, text.data(), text.size());
  const bool ok = written == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  close(file);
  if (!ok || rename(temporary.c_str(), path.c_str()) != 0) {
    return disk_error(path, "cannot be written");
  }
  const int folder = open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return disk_error(path.parent_path(), "cannot be opened");
  const bool synced = fsync(folder) == 0;
  close(folder);
  if (!synced) return disk_error(path.parent_path(), "cannot be synced");
  return {};
}

base::Result<std::string> make_format(const std::filesystem::path& path) {
  const auto id = base::uuid4(base::system_random());
  std::ostringstream text;
  text << kFormatName << ' ' << kFormatVersion << ' ' << id << '\n';
  if (auto written = write_synced(path, text.str()); !written) return written.error();
  return id;
}

/// The store's id, from its `format` file; a folder without one becomes a new store if it is empty.
base::Result<std::string> identify(const std::filesystem::path& data) {
  const auto path = data / "format";
  std::ifstream in(path);
  if (!in) {
    if (std::filesystem::exists(data / "log") || std::filesystem::exists(data / "view")) {
      return base::Error{base::Errc::Corrupt,
                         path.string() +
                             ": missing, though the folder holds a store; restore the "
                             "file from a copy or name another --data folder",
                         path.string()};
    }
    return make_format(path);
  }
  std::string name;
  int version = 0;
  std::string id;
  if (!(in >> name >> version >> id) || name != kFormatName) {
    return base::Error{base::Errc::Corrupt,
                       path.string() + ": not a store of Fanfare; name another --data folder",
                       path.string()};
  }
  if (version > kFormatVersion) {
    return base::invalid(path.string() + ": the store has format " + std::to_string(version) +
                             ", this program reads up to " + std::to_string(kFormatVersion) +
                             "; use the newer program that wrote it",
                         path.string());
  }
  return id;
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

}  // namespace fanfare::app
