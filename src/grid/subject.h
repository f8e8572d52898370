#pragma once
/// The subject of an event in the forms that subject filters compare.
#include <string>
#include <string_view>

#include "event/event.h"
#include "grid/matcher.h"

namespace fanfare::grid {

/// How one filter compares subjects.
enum class SubjectCase { Ignored, Exact };

inline SubjectCase subject_case(const Filter& filter) {
  return filter.is_subject_case_sensitive ? SubjectCase::Exact : SubjectCase::Ignored;
}

/// What a prefix filter compares: under the lenient rule without one leading slash.
std::string_view prefix_form(std::string_view text, SubjectSlash slash);

std::string prefix_operand(const Filter& filter, SubjectSlash slash);
std::string suffix_operand(const Filter& filter);

/// One event's subject; each form is made once, when it is first asked for.
class Subject {
 public:
  void reset(event::RawJson token);
  std::string_view text(SubjectCase how);
  /// The bytes in reverse, for finding suffixes as prefixes.
  std::string_view reversed(SubjectCase how);

 private:
  struct Form {
    bool ready = false;
    std::string text;
  };
  std::string_view plain_;
  std::string unescaped_;
  Form folded_;
  Form reversed_;
  Form reversed_folded_;
};

}  // namespace fanfare::grid
