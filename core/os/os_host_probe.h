// OsHostProbe: the host as /proc and /sys tell it. A file that is missing or makes no sense leaves its part of the reading empty.
#pragma once

#include "core/env/host_probe.h"

namespace ringlet {

class OsHostProbe final : public HostProbe {
 public:
  HostReading read_now() override;
  std::string host_name() override;
};

// The pure halves, for text as the kernel writes it.
std::optional<HostReading::CpuTime> parse_proc_stat(const std::string& text);
std::vector<HostReading::Device> parse_diskstats(const std::string& text);  // whole disks, without partitions and loops
std::vector<HostReading::Device> parse_net_dev(const std::string& text);    // without loopback
std::optional<uint64_t> parse_kilobytes(const std::string& text,
                                        std::string_view name);  // "MemTotal:   123 kB", in bytes

}  // namespace ringlet
