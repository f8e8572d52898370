#pragma once
/// Reads a stream of server-sent events (WHATWG HTML, section 9.2) from pieces of any size. Pure.
#include <functional>
#include <string>
#include <string_view>

namespace fanfare::cli {

class ServerSentEvents {
 public:
  using Take = std::function<void(const std::string& event, const std::string& data)>;

  /// `event` is "message" where the stream names none.
  explicit ServerSentEvents(Take take) : take_(std::move(take)) {}

  /// False when a line is longer than anything that a server sends: not such a stream.
  bool feed(std::string_view piece);

 private:
  void line(std::string_view text);

  Take take_;
  std::string rest_;
  std::string event_;
  std::string data_;
  bool has_data_ = false;
};

}  // namespace fanfare::cli
