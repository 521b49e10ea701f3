#include "core/cluster/consistency.h"

#include <algorithm>
#include <charconv>

namespace ringlet {

const char* to_string(Consistency level) {
  static constexpr const char* kNames[] = {"ANY",          "ONE",         "TWO",    "THREE",        "QUORUM",   "ALL",
                                           "LOCAL_QUORUM", "EACH_QUORUM", "SERIAL", "LOCAL_SERIAL", "LOCAL_ONE"};
  return kNames[static_cast<uint16_t>(level)];
}

uint32_t replication_factor(const std::map<std::string, std::string>& replication) {
  uint32_t factor = 1;
  for (const auto& [key, value] : replication) {
    if (key == "class") continue;
    uint32_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    factor = std::max(factor, number);
  }
  return factor;
}

uint32_t replicas_needed(Consistency level, uint32_t factor) {
  switch (level) {
    case Consistency::any:
    case Consistency::one:
    case Consistency::local_one:
      return 1;
    case Consistency::two:
      return 2;
    case Consistency::three:
      return 3;
    case Consistency::all:
      return factor;
    case Consistency::quorum:
    case Consistency::local_quorum:
    case Consistency::each_quorum:
    case Consistency::serial:
    case Consistency::local_serial:
      return factor / 2 + 1;
  }
  return factor;
}

static Status check_alive(Consistency level, uint32_t factor, uint32_t alive) {
  const uint32_t needed = replicas_needed(level, factor);
  if (needed <= alive) return {};
  return fail(Errc::unavailable, std::string("Cannot achieve consistency level ") + to_string(level),
              {std::to_string(static_cast<uint16_t>(level)), std::to_string(needed), std::to_string(alive)});
}

Status check_write(Consistency level, uint32_t factor, uint32_t alive) {
  if (level == Consistency::serial || level == Consistency::local_serial)
    return fail(Errc::invalid, "You must use conditional updates for serializable writes");
  return check_alive(level, factor, alive);
}

Status check_read(Consistency level, uint32_t factor, uint32_t alive) {
  if (level == Consistency::any) return fail(Errc::invalid, "ANY ConsistencyLevel is only supported for writes");
  if (level == Consistency::each_quorum)
    return fail(Errc::invalid, "EACH_QUORUM ConsistencyLevel is only supported for writes");
  return check_alive(level, factor, alive);
}

}  // namespace ringlet
