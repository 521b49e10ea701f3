"""The engine beside RocksDB's db_bench (Debian's rocksdb-tools): the same keys, values, caches, LZ4 and filter bits, row after
row in one session, pinned alike.

engine_bench.py [--entries N] [--seconds S] [--sizes 100,1024] [--rows NAME,...]     build/bench/engine.json keeps the numbers

A row is one process each; reads run twice and the second time counts. Where Ringlet merges what the first time looked into more
often than needed (core/storage/compaction_reads.h), that ends between the two and is on the medium, what it wrote is printed below the
row, and its processor time is in the row's. Each process begins on a medium that has nothing left to write. One set of options holds for all rows but `small`, which
is a set-up of its own (8 MiB memtables, 32 MiB cache). Ratios are of operations a second, and of operations a second of processor
time, which a busy machine disturbs less. Everything written is what the kernel counted (log, metadata and all) until no
compaction was due; "of which" is what each engine says itself. A read that Ringlet's shard answers waits for nobody in `read` and
`scan`; in `mixed` one thread reads and writes, where db_bench has one for each: its latency is from a reader's turn being asked for.
"""
import argparse
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ROOT / "build/release/engine_bench"
WORK = ROOT / "build/bench"
KEY_BYTES = 16
GOALS = {"fill": 1.9, "read": 2.0, "sync16": 2.0}  # every other row: 1.5
NAMES = {"fill": "fillrandom", "overwrite": "overwrite", "read": "readrandom", "miss": "readmissing", "scan": "seekrandom",
         "mixed": "readwhilewriting", "sync": "fillrandom"}


def run(command):
    """Output, with the processor seconds, peak MiB and bytes written of the process."""
    os.sync()  # the medium has nothing left to write of what ran before, whoever that was
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output = child.stdout.read()
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed: {errors[-500:]}")
    return output, {"cpu": usage.ru_utime + usage.ru_stime, "rss_mib": usage.ru_maxrss / 1024, "written": usage.ru_oublock * 512}


def number(pattern, text, scale=1.0):
    found = re.search(pattern, text)
    return float(found.group(1)) * scale if found else 0.0


def counted(pattern, text):
    """A count as RocksDB prints it: 500K, 12M."""
    found = re.search(pattern, text)
    return float(found.group(1)) * {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}[found.group(2)] if found else 0.0


class Setup:
    def __init__(self, args, value_bytes, cache_mib, memtable_mib=64):
        self.args, self.value_bytes, self.cache_mib, self.memtable_mib = args, value_bytes, cache_mib, memtable_mib
        self.ours = WORK / f"engine-{value_bytes}-{memtable_mib}"
        self.theirs = WORK / f"rocksdb-{value_bytes}-{memtable_mib}"

    def clear(self):
        for folder in (self.ours, self.theirs):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)

    def ringlet(self, kind, writers=32):
        steps = {"fill": ["fill", "settle"], "overwrite": ["fill", "settle"], "sync": ["fill"], "mixed": ["mixed"]}.get(kind, [kind, "settle", kind])
        command = [OURS, self.ours, "--entries", self.args.entries, "--value", self.value_bytes, "--memtables", 2 * self.memtable_mib,
                   "--cache", self.cache_mib, "--log", "group" if kind == "sync" else "periodic", "--in-flight", writers,
                   "--readers", self.args.readers]
        if kind == "sync":
            command += ["--seconds", self.args.seconds]
        elif kind not in ("fill", "overwrite"):
            command += ["--operations", self.args.reads]
        output, usage = run(command + steps)
        rows = [json.loads(line) for line in output.splitlines()]
        main = rows[0] if kind in ("fill", "overwrite", "sync", "mixed") else rows[-1]
        side = "writes" if kind in ("fill", "overwrite", "sync") else "reads"
        total = sum(row[side] for row in rows)
        return {"ops": main[side] / main["seconds"], "per_cpu": total / usage["cpu"], "p50": main[side + "_p50"],
                "p99": main[side + "_p99"], "p999": main[side + "_p999"], "rss_mib": usage["rss_mib"], "written": usage["written"],
                "log": sum(row["log_bytes"] for row in rows), "flush": sum(row["flush_bytes"] for row in rows),
                "compaction": sum(row["compaction_bytes"] for row in rows), "found": main["found"] / max(1, main[side]),
                "for_reads": sum(row["merged_for_reads_bytes"] for row in rows), "files": [row["files"] for row in rows],
                "counted_per_cpu": main[side] / main["cpu_seconds"],
                "writer": main["writes"] / main["seconds"] if kind == "mixed" else 0}

    def db_bench(self, kind, writers=1):
        name = NAMES[kind]
        steps = {"fill": f"{name},flush,waitforcompaction,stats", "overwrite": f"{name},flush,waitforcompaction,stats", "sync": name,
                 "mixed": f"{name},stats"}.get(kind, f"{name},{name}")
        command = ["db_bench", f"--db={self.theirs}", f"--num={self.args.entries}", f"--key_size={KEY_BYTES}", "--histogram=1",
                   f"--value_size={self.value_bytes}", "--compression_type=lz4", "--bloom_bits=10", f"--cache_size={self.cache_mib << 20}",
                   f"--write_buffer_size={self.memtable_mib << 20}", f"--target_file_size_base={self.memtable_mib << 20}",
                   f"--max_bytes_for_level_base={4 * self.memtable_mib << 20}", "--seek_nexts=10", f"--threads={writers}",
                   f"--use_existing_db={0 if kind in ('fill', 'sync') else 1}", f"--benchmarks={steps}"]
        if kind == "sync":
            command += ["--sync=1", f"--duration={self.args.seconds}"]
        elif kind not in ("fill", "overwrite"):
            command += [f"--reads={self.args.reads}"]
        output, usage = run(command)
        lines = re.findall(r"^(\w+) +: +([\d.]+) micros/op (\d+) ops/sec ([\d.]+) seconds (\d+) operations;(.*)", output, re.M)
        timed = [line for line in lines if line[0] == name]
        _, _, ops, elapsed, _, rest = timed[-1]
        times = re.findall(r"Percentiles: P50: ([\d.]+) .*?P99: ([\d.]+) P99.9: ([\d.]+)", output)[-1]
        flush = number(r"Flush\(GB\): cumulative ([\d.]+)", output, 2**30)
        writes = counted(r"Cumulative writes: (\d+)([KMG]?) writes", output)
        return {"ops": float(ops), "per_cpu": sum(float(line[4]) for line in timed) / usage["cpu"], "p50": float(times[0]),
                "p99": float(times[1]), "p999": float(times[2]), "rss_mib": usage["rss_mib"], "written": usage["written"],
                "log": number(r"Cumulative WAL: .* written: ([\d.]+) GB", output, 2**30), "flush": flush,
                "compaction": max(0.0, number(r"Cumulative compaction: ([\d.]+) GB write", output, 2**30) - flush),
                "found": number(r"\((\d+) of \d+ found\)", rest) / max(1.0, number(r"\(\d+ of (\d+) found\)", rest)),
                "writer": writes / float(elapsed) if kind == "mixed" else 0}

    def space(self):
        """Bytes of data files for each byte of live keys and values, after what `fill` and `overwrite` drew."""
        live = self.args.entries * (1 - math.exp(-self.drawn)) * (KEY_BYTES + self.value_bytes)
        return [sum(file.stat().st_size for file in folder.rglob("*.sst")) / live for folder in (self.ours, self.theirs)]


def ratio(ours, theirs, what):
    return ours[what] / theirs[what] if theirs[what] else 0.0


def report(label, kind, ours, theirs):
    goal = GOALS.get(kind, 1.5)
    reached = ratio(ours, theirs, "ops")
    times = lambda side: f"{side['p50']:.1f}/{side['p99']:.0f}/{side['p999']:.0f}"
    print(f"{label:<32} {ours['ops']:>9.0f} {theirs['ops']:>9.0f} {reached:>6.2f} {ratio(ours, theirs, 'per_cpu'):>6.2f} {goal:>5.1f}"
          f" {'' if reached >= goal else '<':1} {times(ours):>18} {times(theirs):>18} {ours['rss_mib']:>6.0f} {theirs['rss_mib']:>6.0f}",
          flush=True)
    if ours["for_reads"]:
        print(f"    ringlet merged {ours['for_reads'] / 2**20:.0f} MiB for these reads ({ours['files'][-1]} files now);"
              f" {ours['counted_per_cpu']:.0f} a second of processor time since", flush=True)
    if kind == "mixed":
        print(f"    writer beside: {ours['writer']:.0f} and {theirs['writer']:.0f} writes/s; p99.9 of reads: goal 400 us", flush=True)


def report_bytes(setup, ours, theirs):
    user = setup.args.entries * (KEY_BYTES + setup.value_bytes)
    space = setup.space()
    for name, side, on_disk in (("ringlet", ours, space[0]), ("rocksdb", theirs, space[1])):
        parts = ", ".join(f"{cause} {side[cause] / user:.2f}" for cause in ("log", "flush", "compaction"))
        print(f"    {name}: {side['written'] / user:.2f} bytes written for each of the user's (of which {parts}); {on_disk:.2f} on disk", flush=True)


def rows_of(args, size, results):
    setup = Setup(args, size, 64)
    wide = Setup(args, size, 512)
    small = Setup(args, size, 32, 8)

    def row(kind, setup, label, ours_with=32, theirs_with=1, key=None):
        if args.rows and (key or kind) not in args.rows:
            return None
        ours, theirs = setup.ringlet(kind, ours_with), setup.db_bench(kind, theirs_with)
        report(label, key or kind, ours, theirs)
        results.append({"row": label, "ringlet": ours, "rocksdb": theirs})
        return ours, theirs

    for each, name in ((setup, ""), (small, "small: ")):
        if name and (size != 100 or (args.rows and "small" not in args.rows)):
            continue
        each.clear()
        each.drawn = 0
        for kind in ("fill", "overwrite"):
            both = row(kind, each, f"{name}{kind} {size} B")
            each.drawn += 1
            if both:
                report_bytes(each, *both)
        row("read", each, f"{name}read {size} B, {each.cache_mib} MiB cache")
        if not name:
            row("read", wide, f"read {size} B, 512 MiB cache")
        row("miss", each, f"{name}miss {size} B")
        row("scan", each, f"{name}scan of 11 rows, {size} B")
        row("mixed", each, f"{name}mixed {size} B")
    if size == 100:
        for writers in (1, 8, 16):
            setup.clear()
            row("sync", setup, f"synced writes, {writers} writers", writers, writers, f"sync{writers}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=5_000_000)
    parser.add_argument("--reads", type=int, help="of each read row; default: a fifth of the entries")
    parser.add_argument("--readers", type=int, default=8, help="of Ringlet's mixed row, beside 32 writes under way")
    parser.add_argument("--seconds", type=int, default=5, help="of each synced row")
    parser.add_argument("--sizes", default="100,1024")
    parser.add_argument("--rows", type=lambda text: text.split(","), help="fill,overwrite,read,miss,scan,mixed,small,sync1,...")
    args = parser.parse_args()
    args.reads = args.reads or max(1, args.entries // 5)
    WORK.mkdir(parents=True, exist_ok=True)
    print(f"{args.entries} entries, {time.strftime('%F %T')}, load {os.getloadavg()[0]:.1f}, cores {sorted(os.sched_getaffinity(0))}")
    print(f"{'':<32} {'ringlet/s':>9} {'rocksdb/s':>9} {'ratio':>6} {'by CPU':>6} {'goal':>5}   {'p50/p99/p99.9 us':>18} {'rocksdb':>18} {'MiB':>6} {'MiB':>6}")
    results = []
    for size in map(int, args.sizes.split(",")):
        rows_of(args, size, results)
    (WORK / "engine.json").write_text(json.dumps(results, indent=1))
    for folder in WORK.iterdir():
        if re.fullmatch(r"(engine|rocksdb)-\d+-\d+", folder.name):
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
