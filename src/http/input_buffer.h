#pragma once
/// Received bytes that have not been consumed, contiguous. They may lie in memory that belongs to
/// somebody else (what all connections of a thread read into), until they have to be kept; so a
/// connection that waits holds no memory here, and one that gets whole requests never does.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace fanfare::http {

class InputBuffer {
 public:
  std::string_view view() const { return {data_ + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ != end_) return;
    begin_ = end_ = 0;
    data_ = bytes_.get();
  }

  /// Holds `bytes`, which stay where they are: until keep(), or until all are consumed. Only while
  /// empty.
  void borrow(std::span<const char> bytes) {
    data_ = bytes.data();
    begin_ = 0;
    end_ = bytes.size();
  }

  /// Copies what is borrowed; before anything that lets others run.
  void keep() {
    if (data_ == bytes_.get()) return;
    const std::size_t count = end_ - begin_;
    if (capacity_ < count) replace(std::max(kFirst, count));
    std::memcpy(bytes_.get(), data_ + begin_, count);
    data_ = bytes_.get();
    begin_ = 0;
    end_ = count;
  }

  /// Room for at least one byte, for `kFirst` when it was empty; grows by doubling. Not while
  /// anything is borrowed.
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
    data_ = nullptr;
    capacity_ = begin_ = end_ = 0;
  }

  /// After a large message: back to the first size.
  void shrink() {
    if (capacity_ > kFirst) release();
  }

 private:
  static constexpr std::size_t kFirst = 4096;

  void replace(std::size_t capacity) {
    bytes_ = std::make_unique_for_overwrite<char[]>(capacity);
    capacity_ = capacity;
  }

  void grow(std::size_t capacity) {
    auto former = std::move(bytes_);
    replace(capacity);
    if (end_ > begin_) std::memcpy(bytes_.get(), former.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    data_ = bytes_.get();
  }

  std::unique_ptr<char[]> bytes_;
  const char* data_ = nullptr;  // bytes_, or what is borrowed
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace fanfare::http
