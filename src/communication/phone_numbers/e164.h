#pragma once
/// Numbers of the world's telephone plan, as E.164 writes them: +14255550100.
/// Hides libphonenumber. Pure; thread-safe.
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::communication::phone_numbers {

/// What the plan says of a number, as far as it knows the range.
enum class RangeKind { Unknown, Geographic, Mobile, Other };

struct NumberFacts {
  std::string country;   ///< ISO 3166-1 alpha-2; that of the calling code where ranges are shared
  std::string national;  ///< the significant digits behind the calling code
  std::string national_format;
  std::string international_format;
  RangeKind kind = RangeKind::Unknown;
};

/// True for a plus and digits with a known calling code and a possible length. Ranges that are not
/// assigned count too: those set aside for films and documentation are what people test with.
bool is_e164(std::string_view text);

/// nullopt for what is_e164() refuses.
std::optional<NumberFacts> facts_of(std::string_view e164);

/// Without the plus: the id of a number, and its form in subjects.
std::string digits_of(std::string_view number);

}  // namespace fanfare::communication::phone_numbers
