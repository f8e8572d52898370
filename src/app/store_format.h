#pragma once
/// The file `format` of a data folder: that it is a store, of which version, and whose.
///
///     format := "fanfare-store" SP version SP id SP sum LF
///     sum    := FNV-1a (64 bits, hexadecimal) of all before its space; absent in the oldest stores
#include <filesystem>
#include <string>

#include "base/result.h"

namespace fanfare::app {

/// The store's id. Errors: NotFound (no store there), Corrupt, InvalidArgument (a newer version),
/// Unavailable (the disk).
base::Result<std::string> read_format(const std::filesystem::path& data);

/// Writes the file, synced, for a new store. Returns the id. Errors: Unavailable.
base::Result<std::string> make_format(const std::filesystem::path& data, const std::string& id);

}  // namespace fanfare::app
