#include "cli/server_sent_events.h"

#include <cstddef>

namespace fanfare::cli {
namespace {

constexpr std::size_t kLineBytesMax = 32u << 20;

}  // namespace

bool ServerSentEvents::feed(std::string_view piece) {
  rest_.append(piece);
  std::size_t begin = 0;
  for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    auto text = std::string_view(rest_).substr(begin, end - begin);
    if (text.ends_with('\r')) text.remove_suffix(1);
    line(text);
    begin = end + 1;
  }
  rest_.erase(0, begin);
  return rest_.size() <= kLineBytesMax;
}

void ServerSentEvents::line(std::string_view text) {
  if (text.empty()) {
    if (has_data_) take_(event_.empty() ? "message" : event_, data_);
    event_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const auto colon = text.find(':');
  const auto field = text.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_ = value;
  if (field != "data") return;
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
}

}  // namespace fanfare::cli
