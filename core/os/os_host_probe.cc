#include "core/os/os_host_probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace ringlet {
namespace {

constexpr size_t kFileBytesMax = 256u << 10;
constexpr uint64_t kSectorBytes = 512;  // of /proc/diskstats, whatever the disk's own are

std::string read_file(const std::string& path) {
  std::string text;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char part[4096];
  for (ssize_t got; text.size() < kFileBytesMax && (got = ::read(fd, part, sizeof part)) > 0;)
    text.append(part, static_cast<size_t>(got));
  ::close(fd);
  return text;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* directory = ::opendir(folder.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(directory);
  std::ranges::sort(names);
  return names;
}

std::string first_line(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  return text;
}

bool is_partition(const std::string& disk, const std::string& name) {
  if (name.size() <= disk.size() || !name.starts_with(disk)) return false;
  std::string_view rest = std::string_view(name).substr(disk.size());
  if (rest.starts_with('p')) rest.remove_prefix(1);
  return !rest.empty() && std::ranges::all_of(rest, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::optional<double> process_cpu_seconds() {
  const std::string text = read_file("/proc/self/stat");
  const size_t end_of_name = text.rfind(')');  // the name may hold anything
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream in(text.substr(end_of_name + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) in >> skipped;
  uint64_t user = 0, system = 0;
  if (!(in >> user >> system)) return std::nullopt;
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::vector<HostReading::Temperature> temperatures() {
  std::vector<HostReading::Temperature> found;
  const std::string folder = "/sys/class/thermal/";
  for (const std::string& zone : names_in(folder)) {
    if (!zone.starts_with("thermal_zone")) continue;
    int64_t millidegrees = 0;
    if (!(std::istringstream(read_file(folder + zone + "/temp")) >> millidegrees)) continue;
    const std::string type = first_line(read_file(folder + zone + "/type"));
    found.push_back({zone.substr(8) + (type.empty() ? "" : "_" + type), static_cast<double>(millidegrees) / 1000});
  }
  return found;
}

}  // namespace

std::optional<HostReading::CpuTime> parse_proc_stat(const std::string& text) {
  std::istringstream in(text);
  std::string name;
  if (!(in >> name) || name != "cpu") return std::nullopt;
  uint64_t ticks[8] = {};  // user nice system idle iowait irq softirq steal; guests are in user already
  for (uint64_t& t : ticks)
    if (!(in >> t)) return std::nullopt;
  uint64_t total = 0;
  for (const uint64_t t : ticks) total += t;
  return HostReading::CpuTime{total - ticks[3] - ticks[4], total};
}

std::vector<HostReading::Device> parse_diskstats(const std::string& text) {
  std::vector<HostReading::Device> disks;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string name;
    uint64_t major = 0, minor = 0, reads = 0, merged = 0, sectors_read = 0, ms = 0, writes = 0, sectors_written = 0;
    if (!(in >> major >> minor >> name >> reads >> merged >> sectors_read >> ms >> writes >> merged >> sectors_written))
      continue;
    const bool made_up = name.starts_with("loop") || name.starts_with("ram") || name.starts_with("zram");
    const bool part = std::ranges::any_of(disks, [&](const auto& disk) { return is_partition(disk.name, name); });
    if (!made_up && !part) disks.push_back({name, sectors_read * kSectorBytes, sectors_written * kSectorBytes});
  }
  return disks;
}

std::vector<HostReading::Device> parse_net_dev(const std::string& text) {
  std::vector<HostReading::Device> interfaces;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;  // the two title lines
    std::string name = line.substr(0, colon);
    name.erase(0, name.find_first_not_of(' '));
    std::istringstream in(line.substr(colon + 1));
    uint64_t fields[9] = {};  // received: bytes and seven more; then sent bytes
    bool whole = true;
    for (uint64_t& f : fields) whole = whole && (in >> f);
    if (whole && name != "lo") interfaces.push_back({name, fields[0], fields[8]});
  }
  return interfaces;
}

std::optional<uint64_t> parse_kilobytes(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    uint64_t kilobytes = 0;
    if (std::istringstream(line.substr(name.size())) >> kilobytes) return kilobytes << 10;
  }
  return std::nullopt;
}

HostReading OsHostProbe::read_now() {
  HostReading reading;
  reading.cpu = parse_proc_stat(read_file("/proc/stat"));
  double load = 0;
  if (std::istringstream(read_file("/proc/loadavg")) >> load) reading.load_1m = load;
  const std::string memory = read_file("/proc/meminfo");
  reading.memory_total_bytes = parse_kilobytes(memory, "MemTotal:");
  reading.memory_available_bytes = parse_kilobytes(memory, "MemAvailable:");
  reading.process_rss_bytes = parse_kilobytes(read_file("/proc/self/status"), "VmRSS:");
  reading.process_cpu_seconds = process_cpu_seconds();
  reading.disks = parse_diskstats(read_file("/proc/diskstats"));
  reading.interfaces = parse_net_dev(read_file("/proc/net/dev"));
  reading.temperatures = temperatures();
  return reading;
}

std::string OsHostProbe::host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

}  // namespace ringlet
