#include "event/publish_body.h"

#include <string>

namespace fanfare::event {

BodyView BodyView::copy_of(std::string_view text) {
  auto owned = std::make_shared<const std::string>(text);
  const std::string_view view = *owned;
  return {std::move(owned), view};
}

}  // namespace fanfare::event
