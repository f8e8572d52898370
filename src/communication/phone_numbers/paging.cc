#include "communication/phone_numbers/paging.h"

#include <charconv>
#include <utility>

namespace fanfare::communication::phone_numbers {

namespace {

constexpr std::size_t kPageMax = 1000;

base::Result<std::size_t> number_in(const QueryLookup& query, std::string_view name,
                                    std::size_t otherwise) {
  const auto text = query(name);
  if (!text) return otherwise;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    return base::invalid("must be a number", std::string(name));
  }
  return value;
}

}  // namespace

base::Result<Page> parse_page(const QueryLookup& query, std::string_view size_name) {
  Page page;
  const auto skip = number_in(query, "skip", page.skip);
  if (!skip) return skip.error();
  const auto size = number_in(query, size_name, page.size);
  if (!size) return size.error();
  if (*size < 1 || *size > kPageMax) {
    return base::invalid("must be from 1 to 1000", std::string(size_name));
  }
  return Page{*skip, *size};
}

json::Value page_json(std::string_view name, std::vector<json::Value> all, const Page& page,
                      const std::string& link, std::string_view size_name) {
  auto items = json::Value::array();
  for (std::size_t i = page.skip; i < all.size() && i - page.skip < page.size; ++i) {
    items.push(std::move(all[i]));
  }
  auto out = json::Value::object({{std::string(name), std::move(items)}});
  const auto next = page.skip + page.size;
  if (next < all.size()) {
    out.set("nextLink", link + "&skip=" + std::to_string(next) + "&" + std::string(size_name) +
                            "=" + std::to_string(page.size));
  }
  return out;
}

}  // namespace fanfare::communication::phone_numbers
