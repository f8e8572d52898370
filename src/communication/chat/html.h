#pragma once
/// Makes HTML that came from a user safe to show: what is on a short list of elements and
/// attributes stays, everything else goes. The result is well-formed: elements are closed in order,
/// text and values are escaped anew. Text is kept, except that of elements whose content is no text
/// (script, style, …). Links and images lead to http, https or (links) mailto only. Sanitising
/// twice changes nothing more.
#include <string>
#include <string_view>

namespace fanfare::communication::chat {

std::string sanitize_html(std::string_view html);

}  // namespace fanfare::communication::chat
