#pragma once
/// Received bytes that have not been consumed, contiguous. Holds no memory until it is filled and
/// gives it back when asked, so that an idle connection costs little.
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace fanfare::http {

class InputBuffer {
 public:
  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  bool holds_memory() const { return bytes_ != nullptr; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room for at least one byte, for `kFirst` when it was empty; grows by doubling.
  std::span<char> room() {
    if (!bytes_) grow(kFirst);
    if (end_ == capacity_ && begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == capacity_) grow(capacity_ * 2);
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t count) { end_ += count; }

  /// Makes the next room() at least this large.
  void reserve(std::size_t bytes) {
    if (capacity_ < bytes) grow(bytes);
  }

  void release() {
    if (!empty()) return;
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
  }

  /// After a large message: back to the first size.
  void shrink() {
    if (capacity_ > kFirst) release();
  }

 private:
  static constexpr std::size_t kFirst = 4096;

  void grow(std::size_t capacity) {
    auto grown = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ > begin_) std::memcpy(grown.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace fanfare::http
