"""Ringlet beside Redis: requests per server CPU-second, latencies, ratios, footprint.

bench.py [--seconds S] [--quick]     prints a table; build/bench/result.json keeps the numbers

The server is pinned to core 0 and the load to core 1; a second part gives Ringlet two shards and both cores. Both servers
answer the same load generator (load.cc), 100-byte values under 100,000 keys.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RINGLET = ROOT / "build/release/ringlet"
LOAD = ROOT / "build/release/load"
WORK = ROOT / "build/bench"
CQL_PORT, HTTP_PORT, REDIS_PORT = 19542, 19580, 19579


def wait_for_port(port, seconds=10):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.002)
    raise RuntimeError(f"nothing listens on port {port}")


class Server:
    def __init__(self, command, port, cores):
        self.process = subprocess.Popen(["taskset", "-c", cores, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.port = port
        wait_for_port(port)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)

    def rss_kib(self, field="VmRSS"):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(field):
                return int(line.split()[1])


def ringlet(mode="group", shards=1, cores="0", fresh=True, memory="256M"):
    data = WORK / "ringlet"
    if fresh:
        shutil.rmtree(data, ignore_errors=True)
    return Server([RINGLET, "serve", "--data", data, "--cql-port", CQL_PORT, "--http-port", HTTP_PORT, "--shards", shards,
                   "--log-mode", mode, "--memory", memory, "--telemetry", "false"], CQL_PORT, cores)


def redis(appendfsync=None):
    data = WORK / "redis"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    command = ["redis-server", "--port", REDIS_PORT, "--save", "", "--dir", data]
    if appendfsync:
        command += ["--appendonly", "yes", "--appendfsync", appendfsync, "--auto-aof-rewrite-percentage", "0"]
    return Server(command, REDIS_PORT, "0")


def load(server, target, op, connections=50, in_flight=1, seconds=5, core="1", **more):
    command = ["taskset", "-c", core, LOAD, "--target", target, "--port", server.port, "--op", op, "--connections", connections,
               "--in-flight", in_flight, "--seconds", seconds, "--server-pid", server.process.pid]
    for name, value in more.items():
        command += ["--" + name.replace("_", "-"), value]
    out = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if out.returncode != 0:
        raise RuntimeError(f"{op} on {target}: {out.stderr.strip()}")
    return json.loads(out.stdout)


def durable_write_p50_us(samples=2000):
    """One 4 KiB write and fdatasync in a preallocated file: what the disk can do."""
    path = WORK / "fdatasync"
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.posix_fallocate(fd, 0, samples * 4096)
    os.pwrite(fd, b"\0" * samples * 4096, 0)
    os.fsync(fd)
    took = []
    for i in range(samples):
        begin = time.perf_counter_ns()
        os.pwrite(fd, b"x" * 4096, i * 4096)
        os.fdatasync(fd)
        took.append((time.perf_counter_ns() - begin) / 1000)
    os.close(fd)
    return statistics.median(took)


rows = []


def show(name, ours, theirs=None, goal=None):
    ratio = ours["per_cpu_second"] / theirs["per_cpu_second"] if theirs else None
    rows.append({"row": name, "ringlet": ours, "redis": theirs, "ratio": ratio, "goal": goal})
    print(f"{name:44} {ours['requests_per_second']:>9,.0f}/s {ours['per_cpu_second']:>9,.0f}/cpu-s  p50 {ours['p50_us']:>8.1f}  "
          f"p99 {ours['p99_us']:>8.1f}  p99.9 {ours['p999_us']:>8.1f} us" +
          (f"   redis {theirs['per_cpu_second']:>9,.0f}/cpu-s p99 {theirs['p99_us']:>8.1f}  ratio {ratio:.2f}" if theirs else "") +
          (f" (goal {goal})" if goal else ""), flush=True)


def compare(seconds):
    ours, theirs = ringlet(), redis()
    for server, target in ((ours, "ringlet"), (theirs, "redis")):
        load(server, target, "fill", in_flight=16)
    for in_flight, goal in ((1, 0.8), (16, 0.5)):
        show(f"read from memory, 50 connections, {in_flight} in flight", load(ours, "ringlet", "read", in_flight=in_flight, seconds=seconds),
             load(theirs, "redis", "read", in_flight=in_flight, seconds=seconds), goal)
    for connections in (1, 8, 64):
        show(f"read from memory, {connections} connections, 1 in flight", load(ours, "ringlet", "read", connections, 1, seconds),
             load(theirs, "redis", "read", connections, 1, seconds))
    theirs.stop()
    theirs = redis("always")
    for in_flight in (1, 16):
        show(f"write group | always, 50 connections, {in_flight} in flight", load(ours, "ringlet", "write", in_flight=in_flight, seconds=seconds),
             load(theirs, "redis", "write", in_flight=in_flight, seconds=seconds), 0.8)
    one = load(ours, "ringlet", "write", 1, 1, seconds)
    sync_us = durable_write_p50_us()
    show("write group | always, 1 connection", one, load(theirs, "redis", "write", 1, 1, seconds))
    print(f"{'':44} durable write p50 {one['p50_us']:.0f} us = {one['p50_us'] / sync_us:.2f} x a preallocated fdatasync ({sync_us:.0f} us; goal <= 2)")
    rows.append({"row": "durable write p50 / fdatasync p50", "ratio": one["p50_us"] / sync_us, "goal": 2})
    ours.stop()
    theirs.stop()
    ours, theirs = ringlet("periodic"), redis("everysec")
    for in_flight in (1, 16):
        show(f"write periodic | everysec, 50 connections, {in_flight} in flight", load(ours, "ringlet", "write", in_flight=in_flight, seconds=seconds),
             load(theirs, "redis", "write", in_flight=in_flight, seconds=seconds), 0.75)
    ours.stop()
    theirs.stop()
    ours = ringlet(shards=2, cores="0,1")
    load(ours, "ringlet", "fill", in_flight=16)
    for in_flight in (1, 16):
        show(f"two shards, shard-blind driver, read, {in_flight} in flight", load(ours, "ringlet", "read", in_flight=in_flight, seconds=seconds, core="0,1"))
    ours.stop()
    ours = ringlet()
    load(ours, "ringlet", "fill", in_flight=16)
    show("open loop, 20,000 reads/s", load(ours, "ringlet", "read", in_flight=16, seconds=seconds, rate=20000))
    ours.stop()


def first_answer_ms():
    """From exec to the answer of a query on the table that is there."""
    begin = time.perf_counter()
    server = subprocess.Popen([RINGLET, "serve", "--data", WORK / "ringlet", "--cql-port", str(CQL_PORT), "--http-port", str(HTTP_PORT),
                               "--telemetry", "false"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            peer = socket.create_connection(("127.0.0.1", CQL_PORT), 1)
            break
        except OSError:
            time.sleep(0.0005)
    def exchange(opcode, body):
        peer.sendall(bytes([4, 0, 0, 0, opcode]) + len(body).to_bytes(4, "big") + body)
        head = b""
        while len(head) < 9:
            head += peer.recv(9 - len(head))
        left = int.from_bytes(head[5:9], "big")
        while left:
            left -= len(peer.recv(left))
        return head[4]
    exchange(1, b"\0\1\0\x0bCQL_VERSION\0\x053.0.0")
    text = b"SELECT * FROM bench.readings LIMIT 10"
    opcode = exchange(7, len(text).to_bytes(4, "big") + text + b"\0\1\0")
    took = (time.perf_counter() - begin) * 1000
    peer.close()
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=30)
    if opcode != 8:
        raise RuntimeError("the first query failed")
    return took


def footprint():
    print(f"{'file size':44} {RINGLET.stat().st_size:>12,} bytes (goal <= 7 MB)")
    server = ringlet(memory="64M")
    time.sleep(1)
    print(f"{'RSS idle':44} {server.rss_kib() / 1024:>12.1f} MiB (goal <= 18)")
    sensors = os.environ.get("RINGLET_SENSORS") or str(ROOT.parent / "shared/data/sensors.csv")
    def run(*command):
        subprocess.run([str(RINGLET), *map(str, command)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run("cql", "127.0.0.1", CQL_PORT, "-e", "CREATE KEYSPACE IF NOT EXISTS bench WITH replication = {'class': 'SimpleStrategy', "
        "'replication_factor': 1}; CREATE TABLE bench.readings (site text, sensor text, ts timestamp, value double, "
        "PRIMARY KEY ((site, sensor), ts))")
    if os.path.exists(sensors):
        begin = time.monotonic()
        run("import", "--port", CQL_PORT, "bench.readings", sensors)
        print(f"{'sensor table imported in':44} {time.monotonic() - begin:>12.1f} s")
        print(f"{'peak RSS after the import (--memory 64M)':44} {server.rss_kib('VmHWM') / 1024:>12.1f} MiB (goal <= the cap)")
    else:
        print("the sensor readings are not there: the import was left out")
    server.stop()
    took = sorted(first_answer_ms() for _ in range(9))
    print(f"{'exec to first answered query, median of 9':44} {took[4]:>12.1f} ms (goal <= 50)")
    rows.append({"row": "footprint", "file_bytes": RINGLET.stat().st_size, "first_answer_ms": took[4]})


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--only", choices=["compare", "footprint"])
    given = options.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    failed = 0
    for part in (footprint, lambda: compare(given.seconds)):
        name = "footprint" if part is footprint else "compare"
        if given.only and given.only != name:
            continue
        try:
            part()
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(f"bench: {name}: {error}", file=sys.stderr)
            failed += 1
    (WORK / "result.json").write_text(json.dumps(rows, indent=1))
    print(f"{(1 if given.only else 2) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
