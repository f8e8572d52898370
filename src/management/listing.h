#pragma once
/// Lists of resources: `$filter` on the name, `$top`, and pages with a link to the next.
/// Source: the ARM specification's list operations: contains, eq, ne, and, or, not; 1 to 100,
/// default 20.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "json/value.h"

namespace fanfare::management {

/// A `$filter` expression: `contains(name, 'shop') and not (name eq 'shop1')`. Names compare
/// without case.
class NameFilter {
 public:
  using Test = std::function<bool(std::string_view name)>;

  /// Errors: InvalidArgument with the offset.
  static base::Result<NameFilter> parse(std::string_view text);

  bool accepts(std::string_view name) const { return test_(name); }

 private:
  explicit NameFilter(Test test) : test_(std::move(test)) {}
  Test test_;
};

/// One resource of a list: sorted by `id`, filtered by `name`.
struct Listed {
  std::string id;
  std::string name;
  std::function<json::Value()> show;
};

/// `{"value":[…],"nextLink"?}` for the request's `$filter`, `$top` and place in the list.
base::Result<json::Value> list_page(std::vector<Listed> resources, const http::Request& request);

}  // namespace fanfare::management
