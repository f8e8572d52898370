#include "carrier/codes.h"

#include <array>
#include <utility>

namespace fanfare::carrier {

namespace {

constexpr std::string_view kUnknownWords = "Unknown error.";

constexpr std::array<std::pair<int, std::string_view>, 17> kWords{{
    {kDelivered, "No error."},
    {4000, "Rejected by fraud detection."},
    {4001, "The source number is not valid."},
    {4002, "The destination number is not valid."},
    {4003, "The destination is not supported."},
    {4004, "The destination number does not exist."},
    {4005, "Blocked by the carrier."},
    {kUnreachable, "The destination is not reachable."},
    {kOptedOut, "Sender blocked for given recipient."},
    {4008, "The quota of the messaging profile is exceeded."},
    {4009, "Rejected by the entitlement system."},
    {4010, "The toll-free number is not verified."},
    {4020, "The carrier's volume limit is reached."},
    {kFailed, "The message could not be delivered."},
    {kOutage, "A temporary outage of the carrier."},
    {kNoReport, "The carrier gave no delivery report."},
    {kUnknown, kUnknownWords},
}};

}  // namespace

std::string_view words_of(int code) {
  for (const auto& [known, words] : kWords) {
    if (known == code) return words;
  }
  return kUnknownWords;
}

int code_of(Fate fate) {
  switch (fate) {
    case Fate::Delivered:
      return kDelivered;
    case Fate::Failed:
      return kFailed;
    case Fate::Expired:
      return kUnreachable;
  }
  return kUnknown;
}

}  // namespace fanfare::carrier
