"""The main job on real readings, against a plain program over the same CSV.

The file is RINGLET_SENSORS, or shared/data/sensors.csv beside the repository; where there is none, this says so and tests nothing.
"""

import collections
import csv
import datetime
import decimal
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import BINARY, HOST, PORT, ROOT, Folder, Node, done, ringlet, run_all, test  # noqa: E402

SENSORS = pathlib.Path(os.environ.get("RINGLET_SENSORS", ROOT.parent / "shared/data/sensors.csv"))
RANGES = 300
SEED = 20140214
CQL = ["--host", HOST, "--port", PORT]
MAKE = ("CREATE KEYSPACE IF NOT EXISTS {0} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}; "
        "DROP TABLE IF EXISTS {0}.readings; CREATE TABLE {0}.readings (site text, sensor text, ts timestamp, value decimal, "
        "PRIMARY KEY ((site, sensor), ts))")


def milliseconds(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=datetime.timezone.utc)
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def readings(path):
    """{(site, sensor): {ts in ms: value}}; the last row of an instant wins, as in any upsert."""
    series = collections.defaultdict(dict)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            series[row["site"], row["sensor"]][milliseconds(row["ts"])] = decimal.Decimal(row["value"])
    return series


def count(series):
    return sum(map(len, series.values()))


def imported(table, path, cql_flags):
    return json.loads(done(ringlet("import", table, path, "--json", *cql_flags, timeout=600)).out)


def exported(table, folder, cql_flags):
    done(ringlet("export", table, folder / "out.csv", *cql_flags, timeout=600))
    return readings(folder / "out.csv")


def compare_ranges(series, table, dice):
    """Asks for a few hundred time ranges in one go; each answer must be what the plain program finds."""
    asked, statements = [], []
    for _ in range(RANGES):
        key = dice.choice(sorted(series))
        times = sorted(series[key])
        first, last = sorted((dice.choice(times), dice.choice(times)))
        last = min(last, times[min(len(times) - 1, times.index(first) + 500)])
        asked.append((key, first, last))
        statements.append(f"SELECT site, sensor, ts, value FROM {table} WHERE site = '{key[0]}' AND sensor = '{key[1]}' "
                          f"AND ts >= {first} AND ts <= {last}")
    rows = iter(done(ringlet("cql", *CQL, "--json", stdin=";\n".join(statements), timeout=300)).rows())
    for key, first, last in asked:
        for at in sorted(t for t in series[key] if first <= t <= last):
            row = next(rows)
            assert (row["site"], row["sensor"]) == key and milliseconds(row["ts"]) == at, (key, at, row)
            assert decimal.Decimal(str(row["value"])) == series[key][at], (key, at, row)
    assert next(rows, None) is None


@test
def main_job():
    """Import, count, a few hundred time ranges and export give what a plain program computes from the CSV."""
    series = readings(SENSORS)
    done(ringlet("cql", *CQL, stdin=MAKE.format("sensors")))
    summary = imported("sensors.readings", SENSORS_COPY, CQL)
    print(f"imported {summary['rows']} rows in {summary['seconds']} s: {summary['rows'] / summary['seconds']:.0f} rows/s", flush=True)
    assert summary["rows"] == 321206 and summary["refused"] == 0, summary
    assert count(series) == 321157, count(series)
    assert done(ringlet("cql", *CQL, "-e", "SELECT COUNT(*) FROM sensors.readings", "--json")).rows() == [{"count": 321157}]
    compare_ranges(series, "sensors.readings", random.Random(SEED))
    with Folder() as folder:
        assert exported("sensors.readings", folder, CQL) == series


@test
def killed_node():
    """The node killed with -9 in the middle of an import: the import says so, goes on after a restart, and nothing is missing."""
    series = readings(SENSORS)
    with Folder() as folder:
        with Node(folder / "data") as node:
            done(ringlet("cql", "--port", node.port, stdin=MAKE.format("k")))
            first = start_import(node)
            wait_for_mark(first)
            node.kill()
            _, errors = first.communicate(timeout=60)
            assert first.returncode == 1 and "run the same command again" in errors, errors
        mark = json.loads(MARK.read_text())
        node.__init__(folder / "data")
        with node:
            summary = imported("k.readings", SENSORS_COPY, node.cql_flags())
            assert summary["resumed_at_row"] >= mark["rows"] > 0, (summary, mark)
            assert exported("k.readings", folder, node.cql_flags()) == series
            node.stop()


@test
def killed_import():
    """The import itself killed with -9: the same command goes on, and the table is as if nothing had happened."""
    series = readings(SENSORS)
    with Folder() as folder, Node(folder / "data") as node:
        done(ringlet("cql", "--port", node.port, stdin=MAKE.format("k")))
        first = start_import(node)
        wait_for_mark(first)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        summary = imported("k.readings", SENSORS_COPY, node.cql_flags())
        assert summary["resumed_at_row"] > 0 and not MARK.exists(), summary
        assert exported("k.readings", folder, node.cql_flags()) == series


def start_import(node):
    """Slow enough to be killed in the middle: few rows in flight."""
    return subprocess.Popen([BINARY, "import", "k.readings", str(SENSORS_COPY), "--connections", "2", "--in-flight", "4", *map(str, node.cql_flags())],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_for_mark(process):
    end = time.time() + 60
    while not MARK.exists() or json.loads(MARK.read_text())["rows"] == 0:
        assert process.poll() is None, f"the import ended before it could be killed: {process.communicate()}"
        assert time.time() < end, "no progress was kept"
        time.sleep(0.05)


if __name__ == "__main__":
    if not SENSORS.exists():
        print(f"LEFT OUT: {SENSORS} is not there (RINGLET_SENSORS names another place), so the main job was not tested on real readings")
        print("0 passed, 0 failed")
        sys.exit(0)
    with Folder() as own:
        SENSORS_COPY = own / "sensors.csv"  # its progress is kept beside it
        SENSORS_COPY.write_bytes(SENSORS.read_bytes())
        MARK = own / "sensors.csv.ringlet-import"
        run_all()
