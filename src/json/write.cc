#include "json/text.h"
#include "json/value.h"

namespace fanfare::json {

namespace {

enum class Layout { Compact, Indented };

class Writer {
 public:
  Writer(std::string& out, Layout layout) : out_(out), layout_(layout) {}

  void write(const Value& value) {
    if (const auto* object = value.if_object()) return members(*object);
    if (const auto* array = value.if_array()) return items(*array);
    if (const auto* text = value.if_string()) return append_string(out_, *text);
    if (const auto* number = value.if_number()) {
      out_ += number->text;
    } else if (const auto* boolean = value.if_bool()) {
      out_ += *boolean ? "true" : "false";
    } else {
      out_ += "null";
    }
  }

 private:
  void members(const Object& object) {
    out_.push_back('{');
    ++level_;
    for (std::size_t i = 0; i < object.size(); ++i) {
      next_child(i);
      append_string(out_, object[i].first);
      out_ += layout_ == Layout::Indented ? ": " : ":";
      write(object[i].second);
    }
    close('}', object.empty());
  }

  void items(const Array& array) {
    out_.push_back('[');
    ++level_;
    for (std::size_t i = 0; i < array.size(); ++i) {
      next_child(i);
      write(array[i]);
    }
    close(']', array.empty());
  }

  void next_child(std::size_t index) {
    if (index > 0) out_.push_back(',');
    new_line();
  }

  void close(char bracket, bool empty) {
    --level_;
    if (!empty) new_line();
    out_.push_back(bracket);
  }

  void new_line() {
    if (layout_ == Layout::Compact) return;
    out_.push_back('\n');
    out_.append(level_ * 2, ' ');
  }

  std::string& out_;
  Layout layout_;
  std::size_t level_ = 0;
};

std::string write_as(const Value& value, Layout layout) {
  std::string out;
  Writer(out, layout).write(value);
  return out;
}

}  // namespace

std::string write(const Value& value) { return write_as(value, Layout::Compact); }
std::string write_pretty(const Value& value) { return write_as(value, Layout::Indented); }

}  // namespace fanfare::json
