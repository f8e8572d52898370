#pragma once
/// Raw bytes: padded buffers for the JSON reader, little-endian codecs for what is stored, base64,
/// hex.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fanfare::base {

/// Bytes past the end of a text that a SIMD reader may touch; buffers handed to `json` own as many.
inline constexpr std::size_t kReadPadding = 64;

/// Appends fixed and variable-length integers and byte strings to a std::string. Little endian.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u32(std::uint32_t v) { raw(&v, sizeof v); }
  void u64(std::uint64_t v) { raw(&v, sizeof v); }
  void i64(std::int64_t v) { raw(&v, sizeof v); }
  void varint(std::uint64_t v);  ///< LEB128
  void bytes(std::string_view v) {
    varint(v.size());
    out_.append(v);
  }  ///< length-prefixed
  void raw(const void* p, std::size_t n) { out_.append(static_cast<const char*>(p), n); }

 private:
  std::string& out_;
};

/// Reads what ByteWriter wrote. After the first short or malformed read ok() is false, every value
/// is zero or empty, and stays so.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  std::uint64_t varint();
  std::string_view bytes();
  std::string_view take(std::size_t n);
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  std::size_t remaining() const { return in_.size(); }

 private:
  void fail() {
    ok_ = false;
    in_ = {};
  }
  std::string_view in_;
  bool ok_ = true;
};

std::string base64_encode(std::string_view bytes);
/// Standard alphabet with padding; nullopt for anything else.
std::optional<std::string> base64_decode(std::string_view text);
/// The URL alphabet without padding (RFC 4648 section 5); reading is strict: padding, other
/// characters and unused bits that are not zero are nullopt.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);
std::string hex_encode(std::string_view bytes);

/// ASCII-only case folding, as protocols want it.
std::string ascii_lower(std::string_view text);
bool ascii_iequals(std::string_view a, std::string_view b);

}  // namespace fanfare::base
