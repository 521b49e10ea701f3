// HostProbe: what the machine says about itself. Counters are since boot; who wants rates takes two readings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringlet {

struct HostReading {
  struct Device {  // a disk: bytes read and written; a network interface: received and sent
    std::string name;
    uint64_t bytes_in = 0, bytes_out = 0;
  };
  struct Temperature {
    std::string name;
    double celsius = 0;
  };
  struct CpuTime {  // in one unit, whichever it is
    uint64_t busy = 0, total = 0;
  };
  // What this machine does not tell is empty.
  std::optional<CpuTime> cpu;  // of all cores together
  std::optional<double> load_1m;
  std::optional<uint64_t> memory_total_bytes, memory_available_bytes;
  std::optional<uint64_t> process_rss_bytes;
  std::optional<double> process_cpu_seconds;
  std::vector<Device> disks, interfaces;  // by name
  std::vector<Temperature> temperatures;
};

class HostProbe {
 public:
  virtual ~HostProbe() = default;
  virtual HostReading read_now() = 0;   // blocks for a moment; from one thread at a time
  virtual std::string host_name() = 0;  // never empty
};

}  // namespace ringlet
