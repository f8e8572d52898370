#include "app/store_format.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

namespace fanfare::app {

namespace {

constexpr int kFormatVersion = 1;
constexpr std::string_view kFormatName = "fanfare-store";
constexpr std::size_t kIdLength = 36;

base::Error disk_error(const std::filesystem::path& path, std::string_view what) {
  return base::Error{base::Errc::Unavailable,
                     path.string() + ": " + std::string(what) + ": " + std::strerror(errno),
                     path.string()};
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

std::string sum_of(std::string_view text) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(sum));
  return hex;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= line.size();) {
    const auto end = std::min(line.find(' ', begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

struct Format {
  int version = 0;
  std::string id;
};

/// nullopt when the text is not what make_format() writes. Of a newer version only the first two
/// words are understood.
std::optional<Format> parse(std::string_view text) {
  if (!text.ends_with('\n')) return std::nullopt;
  text.remove_suffix(1);
  const auto words = words_of(text);
  if (words.size() < 2 || words[0] != kFormatName) return std::nullopt;
  Format format;
  const auto* end = words[1].data() + words[1].size();
  if (std::from_chars(words[1].data(), end, format.version).ptr != end) return std::nullopt;
  if (format.version > kFormatVersion) return format;
  const bool summed = words.size() == 4;
  if (!summed && words.size() != 3) return std::nullopt;
  if (summed && words[3] != sum_of(text.substr(0, text.rfind(' ')))) return std::nullopt;
  if (format.version < 1 || words[2].size() != kIdLength) return std::nullopt;
  format.id = words[2];
  return format;
}

base::Error damaged(const std::filesystem::path& path, const std::string& what) {
  return {base::Errc::Corrupt,
          path.string() + " at offset 0: " + what +
              ". Nothing was changed. Restore the file from a backup, or name another --data "
              "folder; `fanfare store check " +
              path.parent_path().string() + "` tells what is intact.",
          path.string()};
}

}  // namespace

base::Result<std::string> read_format(const std::filesystem::path& data) {
  const auto path = data / "format";
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  const bool holds_store =
      std::filesystem::exists(data / "log", error) || std::filesystem::exists(data / "view", error);
  if (!in && std::filesystem::exists(path, error)) return disk_error(path, "cannot be read");
  if (!in && holds_store) {
    return damaged(path, "the file is missing, though the folder holds a store");
  }
  if (!in) {
    return base::Error{base::Errc::NotFound, data.string() + ": no store of Fanfare",
                       data.string()};
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto format = parse(text);
  if (!format) return damaged(path, "not what a store of Fanfare says");
  if (format->version > kFormatVersion) {
    return base::invalid(path.string() + ": the store has format " +
                             std::to_string(format->version) + ", this program reads up to " +
                             std::to_string(kFormatVersion) +
                             "; use the newer program that wrote it",
                         path.string());
  }
  return std::move(format->id);
}

base::Result<std::string> make_format(const std::filesystem::path& data, const std::string& id) {
  const auto line = std::string(kFormatName) + ' ' + std::to_string(kFormatVersion) + ' ' + id;
  auto written = write_synced(data / "format", line + ' ' + sum_of(line) + '\n');
  if (!written) return written.error();
  return id;
}

}  // namespace fanfare::app
