#include "core/node/telemetry.h"

#include <doctest/doctest.h>

#include "core/os/os_host_probe.h"

namespace ringlet {
namespace {

const TelemetryValue* find(const std::vector<TelemetryValue>& values, const std::string& metric) {
  for (const TelemetryValue& v : values)
    if (v.metric == metric) return &v;
  return nullptr;
}

TEST_SUITE("telemetry") {
  TEST_CASE("the first reading gives gauges, the second one rates too") {
    HostReading first, second;
    first.cpu = {100, 1000}, second.cpu = {150, 1100};
    first.disks = {{"sda", 1000, 2000}}, second.disks = {{"sda", 3000, 2000}};
    second.memory_available_bytes = 7;
    second.temperatures = {{"zone0_cpu", 41.5}};
    const Result<DiskSpace> disk = DiskSpace{100, 40};
    const auto gauges = telemetry_values(first, nullptr, seconds(0), disk);
    CHECK(find(gauges, "cpu.busy") == nullptr);
    CHECK_EQ(find(gauges, "disk.free")->value, 40);
    const auto values = telemetry_values(second, &first, seconds(2), disk);
    CHECK_EQ(find(values, "cpu.busy")->value, 50);
    CHECK_EQ(find(values, "disk.sda.read")->value, 1000);
    CHECK_EQ(find(values, "disk.sda.written")->value, 0);
    CHECK_EQ(find(values, "memory.available")->unit, "bytes");
    CHECK_EQ(find(values, "temperature.zone0_cpu")->value, 41.5);
  }
  TEST_CASE("a counter that went back gives no rate, and a disk that cannot be asked no space") {
    HostReading first, second;
    first.cpu = {100, 1000}, second.cpu = {10, 20};
    first.interfaces = {{"eth0", 10, 10}}, second.interfaces = {{"eth0", 5, 20}};
    const Result<DiskSpace> disk = fail(Errc::io, "gone");
    CHECK(telemetry_values(second, &first, seconds(5), disk).empty());
  }
  TEST_CASE("the kernel's words are understood") {
    const auto cpu = parse_proc_stat("cpu  10 1 5 80 4 0 0 0 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n");
    REQUIRE(cpu.has_value());
    CHECK_EQ(cpu->busy, 16);
    CHECK_EQ(cpu->total, 100);
    CHECK_FALSE(parse_proc_stat("intr 5").has_value());
    const auto disks = parse_diskstats(
        "   8 0 sda 10 0 20 0 5 0 30 0 0 0 0\n   8 1 sda1 1 0 2 0 5 0 3 0 0 0 0\n"
        " 259 0 nvme0n1 1 0 2 0 5 0 3 0 0 0 0\n 259 1 nvme0n1p1 1 0 2 0 5 0 3 0 0 0 0\n   7 0 loop0 1 0 2 0 5 0 3 0 0 "
        "0 0\n");
    REQUIRE_EQ(disks.size(), 2);
    CHECK_EQ(disks[0].name, "sda");
    CHECK_EQ(disks[0].bytes_in, 20 * 512);
    CHECK_EQ(disks[0].bytes_out, 30 * 512);
    const auto interfaces =
        parse_net_dev("Inter-| Receive\n face |bytes\n    lo: 1 2 3 4 5 6 7 8 9\n  eth0:100 2 3 4 5 6 7 8 900 1 2\n");
    REQUIRE_EQ(interfaces.size(), 1);
    CHECK_EQ(interfaces[0].bytes_in, 100);
    CHECK_EQ(interfaces[0].bytes_out, 900);
    CHECK_EQ(parse_kilobytes("MemTotal:  2 kB\nMemAvailable: 1 kB\n", "MemAvailable:"), std::optional<uint64_t>(1024));
  }
  TEST_CASE("this machine says something about itself") {
    OsHostProbe probe;
    const HostReading reading = probe.read_now();
    CHECK(reading.cpu.has_value());
    CHECK(reading.memory_total_bytes.value_or(0) > 0);
    CHECK(reading.process_rss_bytes.value_or(0) > 0);
    CHECK_FALSE(probe.host_name().empty());
  }
}

}  // namespace
}  // namespace ringlet
