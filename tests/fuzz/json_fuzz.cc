/// Any bytes: the index and the tree agree, and what is accepted survives being written and cut
/// out.
#include <cstdint>

#include "base/check.h"
#include "json/decimal.h"
#include "json/index.h"
#include "json/value.h"

namespace {

using fanfare::json::Node;

/// Every value of an accepted text is an accepted text.
void check_parts(Node node) {
  fanfare::json::Index part;
  FANFARE_CHECK(part.build(node.raw(), 64));
  if (node.is_number()) FANFARE_CHECK(fanfare::json::parse_decimal(node.raw()));
  if (node.is_array()) {
    for (const Node item : node.elements()) check_parts(item);
  } else if (node.is_object()) {
    for (const auto member : node.members()) check_parts(member.value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fanfare::json::Index index;
  const bool accepted = index.build(text, 64).has_value();
  const auto tree = fanfare::json::parse(text);
  FANFARE_CHECK(accepted || !tree);
  if (accepted && size < 2000) check_parts(index.root());
  if (!tree) return 0;
  const auto again = fanfare::json::parse(fanfare::json::write(*tree));
  FANFARE_CHECK(again && *again == *tree);
  const auto pretty = fanfare::json::parse(fanfare::json::write_pretty(*tree));
  FANFARE_CHECK(pretty && *pretty == *tree);
  return 0;
}
