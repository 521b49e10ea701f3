// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace ringlet::cli {

std::string grouped(uint64_t number);   // 321,157
std::string byte_size(uint64_t bytes);  // 7.4 MiB
std::string time_span(double seconds);  // 4.2 s, 3 min 5 s

}  // namespace ringlet::cli
