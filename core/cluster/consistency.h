// Consistency levels: the protocol's codes, and how many replicas each needs. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/base/result.h"

namespace ringlet {

enum class Consistency : uint16_t {
  any = 0,
  one = 1,
  two = 2,
  three = 3,
  quorum = 4,
  all = 5,
  local_quorum = 6,
  each_quorum = 7,
  serial = 8,
  local_serial = 9,
  local_one = 10,
};

const char* to_string(Consistency level);
uint32_t replication_factor(const std::map<std::string, std::string>& replication);  // of this data centre; at least 1
uint32_t replicas_needed(Consistency level, uint32_t replication_factor);

// Errc::invalid for a level that makes no sense there (reads at ANY, writes at SERIAL); Errc::unavailable with the
// protocol's extras when fewer replicas are alive than it needs.
Status check_write(Consistency level, uint32_t replication_factor, uint32_t alive);
Status check_read(Consistency level, uint32_t replication_factor, uint32_t alive);

}  // namespace ringlet
