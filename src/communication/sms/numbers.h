#pragma once
/// Who may stand in `from` and `to`. Pure.
/// Source: published FAQ of SMS (senders), 3GPP TS 23.040 (11 characters).
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::communication::sms {

enum class SenderKind {
  Number,        ///< E.164
  ShortCode,     ///< 3 to 8 digits without a plus
  Alphanumeric,  ///< up to 11 letters, digits, spaces and + - _ &, at least one letter
};

/// nullopt: none of them.
std::optional<SenderKind> sender_kind(std::string_view from);

/// Recipients are E.164 numbers.
bool is_recipient(std::string_view to);

}  // namespace fanfare::communication::sms
