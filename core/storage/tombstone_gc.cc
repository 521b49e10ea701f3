#include "core/storage/tombstone_gc.h"

#include <algorithm>
#include <charconv>

namespace ringlet {
namespace {

constexpr std::pair<const char*, TombstoneGcMode> kModes[] = {{"timeout", TombstoneGcMode::timeout},
                                                              {"repair", TombstoneGcMode::repair},
                                                              {"immediate", TombstoneGcMode::immediate},
                                                              {"disabled", TombstoneGcMode::disabled}};

Status read_delay(const std::string& text, int32_t& seconds) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && seconds >= 0) return {};
  return fail(Errc::config, "tombstone_gc propagation_delay_in_seconds must be a number of seconds, but was " + text);
}

}  // namespace

Result<TombstoneGc> parse_tombstone_gc(const std::map<std::string, std::string>& options, bool has_other_replicas) {
  TombstoneGc gc;
  gc.mode = has_other_replicas ? TombstoneGcMode::repair : TombstoneGcMode::immediate;
  for (const auto& [name, value] : options) {
    if (name == "propagation_delay_in_seconds") {
      TRY_STATUS(read_delay(value, gc.propagation_delay_seconds));
      continue;
    }
    if (name != "mode") return fail(Errc::config, "tombstone_gc option " + name + " is not known");
    const auto mode = std::ranges::find_if(kModes, [&](const auto& each) { return value == each.first; });
    if (mode == std::end(kModes))
      return fail(Errc::config,
                  "tombstone_gc mode must be one of timeout, repair, immediate, disabled, but was " + value);
    gc.mode = mode->second;
  }
  return gc;
}

Seconds gc_before(const TombstoneGc& gc, Seconds now, int32_t gc_grace_seconds,
                  std::optional<Seconds> repaired_through) {
  switch (gc.mode) {
    case TombstoneGcMode::timeout:
      return Seconds{now.raw - gc_grace_seconds};
    case TombstoneGcMode::immediate:
      return Seconds{now.raw - gc.propagation_delay_seconds};
    case TombstoneGcMode::repair:
      if (!repaired_through) return Seconds{INT64_MIN};
      return Seconds{std::min(*repaired_through, now).raw - gc.propagation_delay_seconds};
    case TombstoneGcMode::disabled:
      return Seconds{INT64_MIN};
  }
  return Seconds{INT64_MIN};
}

}  // namespace ringlet
