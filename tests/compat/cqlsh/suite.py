"""Runs cqlsh on the blocks of text files and compares what it prints.

A block is `## A sentence`, then what is typed into cqlsh, `----`, and the lines it must print. `{any}` in an expected line
stands for any text, a line of only `{lines}` for any lines, and `{dir}` anywhere for a scratch folder. A block that
starts with `$` is a line for bash instead. Blank lines at both ends do not count, nor do blanks that end a line.

Last, COPY FROM loads the sensors' file whole: RINGLET_SENSORS, or shared/data/sensors.csv beside the repository. Where there is
none, this says so.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

CQLSH = [os.path.join(os.path.dirname(sys.executable), "cqlsh"), "--no-color", os.environ["RINGLET_HOST"],
         os.environ["RINGLET_PORT"]]
SENSORS = pathlib.Path(os.environ.get("RINGLET_SENSORS",
                                      pathlib.Path(__file__).resolve().parents[4] / "shared/data/sensors.csv"))
COPY_SENSORS = """CREATE KEYSPACE IF NOT EXISTS compat_cqlsh WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}};
DROP TABLE IF EXISTS compat_cqlsh.readings;
CREATE TABLE compat_cqlsh.readings (site text, sensor text, ts timestamp, value decimal, PRIMARY KEY ((site, sensor), ts));
COPY compat_cqlsh.readings (site, sensor, ts, value) FROM '{}' WITH HEADER = true;
SELECT COUNT(*) FROM compat_cqlsh.readings;
DROP TABLE compat_cqlsh.readings"""
NOISE = re.compile(r"^WARNING: cqlsh was built against .*$")


def blocks(path):
    with open(path, encoding="utf-8") as file:
        for block in re.split(r"^## ", file.read(), flags=re.MULTILINE)[1:]:
            sentence, body = block.split("\n", 1)
            typed, expected = re.split(r"^----$", body, maxsplit=1, flags=re.MULTILINE)
            yield sentence.strip(), typed.strip("\n"), expected


def printed(typed, folder, seconds=100):
    typed = typed.replace("{dir}", folder)
    if typed.startswith("$"):
        command = ["bash", "-c", typed[1:]]
    else:
        with open(os.path.join(folder, "typed"), "w", encoding="utf-8") as file:
            file.write(typed + "\n")
        command = [*CQLSH, "-f", os.path.join(folder, "typed")]
    environment = {**os.environ, "TZ": "UTC", "HOME": folder, "cqlsh": " ".join(CQLSH)}
    done = subprocess.run(command, cwd=folder, env=environment, timeout=seconds, encoding="utf-8",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.replace(os.path.join(folder, "typed"), "typed").replace(folder, "{dir}")


def lines_of(text):
    lines = [line.rstrip().split("\r")[-1] for line in text.rstrip().split("\n")]
    lines = [line for line in lines if not NOISE.match(line)]
    while lines and not lines[0]:
        lines.pop(0)
    return lines


def pattern(expected):
    parts = []
    for line in lines_of(expected):
        if line == "{lines}":
            parts.append(r"(?:.*\n)*")
        else:
            parts.append(re.escape(line).replace(re.escape("{any}"), ".*") + r"\n")
    return re.compile("".join(parts).removesuffix(r"\n") if parts else "")


def show(text):
    return "\n".join("      " + line for line in text.split("\n"))


def copy_sensors(folder):
    """How many tests passed and failed: one, or none where the file is absent."""
    sentence = "COPY FROM loads every reading of the sensors' file in its default settings"
    if not SENSORS.exists():
        print(f"LEFT OUT: {SENSORS} is not there (RINGLET_SENSORS names another place), so this was not tested: {sentence}")
        return 0, 0
    got = printed(COPY_SENSORS.format(SENSORS), folder, 900)
    # 49 of the 321,206 readings repeat an instant.
    if "321206 rows imported" in got and re.search(r"^ +321157$", got, re.MULTILINE):
        print(f"ok    {sentence}", flush=True)
        return 1, 0
    print(f"FAIL  {sentence}\n    printed\n{show(got[-2000:])}", flush=True)
    return 0, 1


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sys.argv[1:]:
            for sentence, typed, expected in blocks(path):
                got = "\n".join(lines_of(printed(typed, folder))).strip("\n")
                if pattern(expected).fullmatch(got):
                    print(f"ok    {sentence}", flush=True)
                    passed += 1
                else:
                    print(f"FAIL  {sentence}\n    typed\n{show(typed)}\n    expected\n{show(expected.strip())}\n"
                          f"    printed\n{show(got)}", flush=True)
                    failed += 1
        more = copy_sensors(folder)
        passed, failed = passed + more[0], failed + more[1]
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
