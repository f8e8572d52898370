#pragma once
/// Lists in pages, with a relative link to the next one: clients put their endpoint before it.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace fanfare::communication::phone_numbers {

struct Page {
  std::size_t skip = 0;
  std::size_t size = 100;
};

/// Values of a request's query; nullopt when absent.
using QueryLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// `skip`, and `size_name` (`top`, `maxPageSize`), which is 1 to 1000. Errors: InvalidArgument.
base::Result<Page> parse_page(const QueryLookup& query, std::string_view size_name);

/// `{"NAME":[…],"nextLink"?}`. `link` is the path and query of this page, without skip and size.
json::Value page_json(std::string_view name, std::vector<json::Value> all, const Page& page,
                      const std::string& link, std::string_view size_name);

}  // namespace fanfare::communication::phone_numbers
