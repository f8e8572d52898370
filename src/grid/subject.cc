#include "grid/subject.h"

#include "grid/case_fold.h"
#include "json/text.h"

namespace fanfare::grid {

std::string_view prefix_form(std::string_view text, SubjectSlash slash) {
  return slash == SubjectSlash::Lenient && text.starts_with('/') ? text.substr(1) : text;
}

std::string prefix_operand(const Filter& filter, SubjectSlash slash) {
  const auto text = prefix_form(filter.subject_begins_with, slash);
  return filter.is_subject_case_sensitive ? std::string(text) : folded_case(text);
}

std::string suffix_operand(const Filter& filter) {
  return filter.is_subject_case_sensitive ? filter.subject_ends_with
                                          : folded_case(filter.subject_ends_with);
}

void Subject::reset(event::RawJson token) {
  plain_ = token.size() < 2 ? std::string_view() : token.substr(1, token.size() - 2);
  if (plain_.find('\\') != std::string_view::npos) {
    unescaped_ = json::unescape(token);
    plain_ = unescaped_;
  }
  folded_.ready = false;
  reversed_.ready = false;
  reversed_folded_.ready = false;
}

std::string_view Subject::text(SubjectCase how) {
  if (how == SubjectCase::Exact) return plain_;
  if (!folded_.ready) fold_case(plain_, folded_.text);
  folded_.ready = true;
  return folded_.text;
}

std::string_view Subject::reversed(SubjectCase how) {
  Form& form = how == SubjectCase::Exact ? reversed_ : reversed_folded_;
  if (!form.ready) {
    const auto forward = text(how);
    form.text.assign(forward.rbegin(), forward.rend());
  }
  form.ready = true;
  return form.text;
}

}  // namespace fanfare::grid
