#include "cli/client/numbers.h"

#include <cstdio>

namespace ringlet::cli {

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string byte_size(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < std::size(kUnits); ++unit) amount /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
  return text;
}

std::string time_span(double seconds) {
  char text[48];
  const auto whole = static_cast<uint64_t>(seconds);
  if (seconds < 60)
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  else if (seconds < 3600)
    std::snprintf(text, sizeof text, "%u min %u s", static_cast<unsigned>(whole / 60),
                  static_cast<unsigned>(whole % 60));
  else if (seconds < 86400)
    std::snprintf(text, sizeof text, "%u h %u min", static_cast<unsigned>(whole / 3600),
                  static_cast<unsigned>(whole / 60 % 60));
  else
    std::snprintf(text, sizeof text, "%u d %u h", static_cast<unsigned>(whole / 86400),
                  static_cast<unsigned>(whole / 3600 % 24));
  return text;
}

}  // namespace ringlet::cli
