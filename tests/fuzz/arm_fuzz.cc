/// Any target of the management surface: refused, or read to the same resource when its id is read
/// again. Names never hold what would make two resources of one id. The query's filter ends.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "management/arm.h"
#include "management/listing.h"

namespace {

using namespace fanfare;

std::string joined(const std::vector<std::string>& segments) {
  std::string out;
  for (const auto& segment : segments) out += "/" + segment;
  return out;
}

void check_segments(const std::vector<std::string>& segments) {
  for (const auto& segment : segments) {
    FANFARE_CHECK(!segment.empty() && segment != "." && segment != "..");
    FANFARE_CHECK(segment.find_first_of("/\\%") == std::string::npos);
  }
  const auto again = management::parse_segments(joined(segments));
  FANFARE_CHECK(again && *again == segments);
}

void check_scope(const management::Scope& scope) {
  const auto id = scope.arm_id();
  const auto again = management::parse_scope(id);
  FANFARE_CHECK(again && again->arm_id() == id && scope.covers(id));
  FANFARE_CHECK(again->topic_name() == scope.topic_name());
}

void check_path(std::string_view path) {
  const auto segments = management::parse_segments(path);
  if (!segments) return FANFARE_CHECK(!segments.error().message.empty());
  check_segments(*segments);
  if (const auto scope = management::parse_scope(*segments)) check_scope(*scope);
  const auto subscription = management::parse_subscription_path(*segments);
  if (subscription) check_scope(subscription->scope);
}

void check_query(const http::Request& request) {
  if (const auto version = management::api_version(request))
    FANFARE_CHECK(version->starts_with("20") && version->size() >= 10);
  std::vector<management::Listed> resources;
  for (const char* name : {"a", "shop", "Shop1"})
    resources.push_back({"/topics/" + std::string(name), name, [name] { return name; }});
  const auto page = management::list_page(std::move(resources), request);
  if (!page) return FANFARE_CHECK(page.error().target.starts_with('$'));
  FANFARE_CHECK(page->find("value")->if_array()->size() <= 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  http::Request request;
  request.target = "/" + std::string(text);
  request.headers.add("Host", "localhost:1");
  check_path(request.path());
  check_query(request);
  if (const auto filter = management::NameFilter::parse(text))
    static_cast<void>(filter->accepts("shop"));
  return 0;
}
