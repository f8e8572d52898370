#pragma once
/// The tokens of one JSON text: checked in full, without a copy and without a tree.
/// RFC 8259, strict: UTF-8 without a byte order mark, no lone surrogates, nothing behind the value.
/// Numbers of any size and repeated member names are accepted; they are the caller's to judge.
/// Not thread-safe; a reader of many texts keeps one Index, so that its memory is used again.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace fanfare::json {

/// Deeper texts than this are refused whatever the caller asks for.
inline constexpr int kDepthLimit = 1024;

/// Where the tokens are: offsets of brackets, colons, commas and of the first byte of each scalar.
/// `close[i]` is the token that closes bracket i; undefined for other tokens.
struct Tokens {
  const char* text = nullptr;
  const std::uint32_t* at = nullptr;
  const std::uint32_t* close = nullptr;
};

class Members;
class Elements;

/// A value within an indexed text: a handle that lives as long as the text and the Index are left
/// alone.
class Node {
 public:
  Node() = default;
  Node(const Tokens* tokens, std::uint32_t token) : tokens_(tokens), token_(token) {}
  explicit operator bool() const { return tokens_ != nullptr; }

  /// The first byte tells the kind: { [ " t f n, a minus or a digit.
  char first() const { return tokens_->text[begin()]; }
  bool is_object() const { return first() == '{'; }
  bool is_array() const { return first() == '['; }
  bool is_string() const { return first() == '"'; }
  bool is_null() const { return first() == 'n'; }
  bool is_bool() const { return first() == 't' || first() == 'f'; }
  bool is_number() const { return first() == '-' || (first() >= '0' && first() <= '9'); }

  /// The value's text, verbatim; of a string with its quotes.
  std::string_view raw() const { return {tokens_->text + begin(), end() - begin()}; }

  Members members() const;    ///< of an object
  Elements elements() const;  ///< of an array

  std::uint32_t token() const { return token_; }
  /// The token behind this value.
  std::uint32_t next() const {
    return is_object() || is_array() ? tokens_->close[token_] + 1 : token_ + 1;
  }

 private:
  std::size_t begin() const { return tokens_->at[token_]; }
  std::size_t end() const {
    if (is_object() || is_array()) return tokens_->at[tokens_->close[token_]] + 1;
    std::size_t end = tokens_->at[token_ + 1];
    while (is_space(tokens_->text[end - 1])) --end;
    return end;
  }
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  const Tokens* tokens_ = nullptr;
  std::uint32_t token_ = 0;
};

struct MemberNode {
  Node name;
  Node value;
};

/// Shared by both ranges: a position among the children of one bracket.
class ChildIterator {
 public:
  ChildIterator(const Tokens* tokens, std::uint32_t token) : tokens_(tokens), token_(token) {}
  bool operator!=(const ChildIterator& end) const { return token_ != end.token_; }

 protected:
  Node node(std::uint32_t token) const { return {tokens_, token}; }
  void step_behind(Node value) {
    token_ = value.next();
    if (tokens_->text[tokens_->at[token_]] == ',') ++token_;
  }

  const Tokens* tokens_;
  std::uint32_t token_;
};

/// `for (const MemberNode member : node.members())`, in the order of the text.
class Members {
 public:
  class Iterator : public ChildIterator {
   public:
    using ChildIterator::ChildIterator;
    MemberNode operator*() const { return {node(token_), node(token_ + 2)}; }
    Iterator& operator++() {
      step_behind(node(token_ + 2));
      return *this;
    }
  };
  Members(const Tokens* tokens, std::uint32_t open) : tokens_(tokens), open_(open) {}
  Iterator begin() const { return {tokens_, open_ + 1}; }
  Iterator end() const { return {tokens_, tokens_->close[open_]}; }

 private:
  const Tokens* tokens_;
  std::uint32_t open_;
};

class Elements {
 public:
  class Iterator : public ChildIterator {
   public:
    using ChildIterator::ChildIterator;
    Node operator*() const { return node(token_); }
    Iterator& operator++() {
      step_behind(node(token_));
      return *this;
    }
  };
  Elements(const Tokens* tokens, std::uint32_t open) : tokens_(tokens), open_(open) {}
  Iterator begin() const { return {tokens_, open_ + 1}; }
  Iterator end() const { return {tokens_, tokens_->close[open_]}; }

 private:
  const Tokens* tokens_;
  std::uint32_t open_;
};

inline Members Node::members() const { return {tokens_, token_}; }
inline Elements Node::elements() const { return {tokens_, token_}; }

class Index {
 public:
  Index();
  ~Index();
  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;

  /// Checks `text` and finds its tokens; what was indexed before is forgotten. `text` is not
  /// copied. Errors: InvalidArgument; target is the offset of the fault, `offset 17`.
  base::Result<void> build(std::string_view text, int depth_max);

  /// The outermost value of the last text that build() accepted.
  Node root() const { return {&tokens_, 0}; }

  /// Gives back what a very large text needed (over 512 KiB of text); call when done with one.
  void trim();

 private:
  struct Scanner;
  base::Result<void> scan(std::string_view text);

  std::unique_ptr<Scanner> scanner_;
  std::unique_ptr<std::uint32_t[]> close_;
  std::size_t close_size_ = 0;
  Tokens tokens_;
};

}  // namespace fanfare::json
