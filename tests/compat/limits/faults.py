"""A log damaged by hand, a disk without space, SIGTERM amid writes: nodes of their own for each. Used by suite.py."""

import glob
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kill9"))
from node import Node
from wire import ERROR, EXECUTE, PREPARE, RESULT, Client, Closed, envelope, long_string, options

CREATE = ("CREATE KEYSPACE faults WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
          "CREATE TABLE faults.rows (id int PRIMARY KEY, v blob)")


def value_of(i, size):
    return random.Random(i).randbytes(size)          # nothing that compresses


class Rows:
    """Rows 0, 1, 2, ... of one size; `acknowledged` of them were."""

    def __init__(self, node, size):
        self.node, self.size, self.acknowledged, self.next = node, size, set(), 0

    def write(self, client, count):
        """Pipelined 16 at a time; the first error's text, or None. What was refused is written again, another time."""
        prepared = client.ask(PREPARE, long_string("INSERT INTO faults.rows (id, v) VALUES (?, ?)")).prepared_id()
        head = struct.pack(">H", len(prepared)) + prepared
        for start in range(self.next, self.next + count, 16):
            ids = range(start, start + 16)
            client.send(b"".join(envelope(EXECUTE, head + options([struct.pack(">i", i), value_of(i, self.size)]), stream=n)
                                 for n, i in enumerate(ids)))
            self.next = start + 16
            error = None
            for _ in ids:
                answer = client.answer()
                if answer.opcode == RESULT:
                    self.acknowledged.add(ids[answer.stream])
                elif answer.opcode == ERROR:
                    error = answer.text
            if error:
                return error
        return None

    def check(self, whole=True):
        """Every row is one that was written, as it was written; with `whole`, every acknowledged one is there."""
        with Client(self.node.port, timeout=60) as client:
            lost = []
            for i in range(self.next):
                answer = client.must(f"SELECT v FROM faults.rows WHERE id = {i}")
                if answer.rows()[0] == 0:
                    lost.append(i)
                elif value_of(i, self.size) not in answer.body:
                    raise AssertionError(f"row {i} is not as it was written")
            missing = self.acknowledged.intersection(lost)
            if whole and missing:
                raise AssertionError(f"{len(missing)} acknowledged rows are missing: {sorted(missing)[:5]}")
            return len(self.acknowledged) - len(missing)


def begin(directory, memory="64M"):
    node = Node(os.path.join(directory, "data"), memory=memory)
    node.start(1)
    with Client(node.port) as client:
        for statement in CREATE:
            client.must(statement)
    return node


def damage(path, kind, rng):
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        if kind == "cut":
            file.truncate(rng.randrange(size))
        elif kind == "emptied":
            file.truncate(0)
        elif kind == "garbled":
            for _ in range(5):
                file.seek(rng.randrange(min(size, 200_000)))
                file.write(rng.randbytes(rng.randrange(1, 100)))
        elif kind == "head":
            file.write(rng.randbytes(64))
        elif kind == "appended":
            file.seek(0, 2)
            file.write(rng.randbytes(5000))


def damaged_log(directory, rng):
    """The node starts and says what it found, or ends with 1 and one line; what it then shows was written."""
    node = begin(directory)
    rows = Rows(node, 40)
    with Client(node.port) as client:
        assert rows.write(client, 3200) is None
    node.kill()
    pristine = node.directory + ".pristine"
    os.rename(node.directory, pristine)
    for kind in ("cut", "cut", "garbled", "garbled", "garbled", "head", "appended"):
        shutil.copytree(pristine, node.directory)
        for path in glob.glob(os.path.join(node.directory, "commitlog", "*")):
            damage(path, kind, rng)
        node.launch(1)
        deadline = time.monotonic() + 20
        while node.alive() and not node.answers() and time.monotonic() < deadline:
            time.sleep(0.02)
        if node.alive():
            there = rows.check(whole=kind == "appended")
            assert there == len(rows.acknowledged) or kind == "cut" or "damage" in node.last_words() or "torn" in node.last_words(), \
                f"{kind}: {len(rows.acknowledged) - there} rows are gone without a word: {node.last_words()}"
            with Client(node.port) as client:
                client.must("INSERT INTO faults.rows (id, v) VALUES (-1, 0x01)")
            code, _ = node.terminate()
            assert code == 0, f"{kind}: exit code {code} afterwards"
        else:
            assert node.process.returncode == 1, f"{kind}: exit code {node.process.returncode}: {node.last_words()}"
        shutil.rmtree(node.directory)


def until_refused(rows, seconds=40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with Client(rows.node.port, timeout=30) as client:
            error = rows.write(client, 640)
            if error:
                return error
    raise AssertionError("a disk without space and not one write refused")


def until_taken(rows, seconds=20):
    deadline = time.monotonic() + seconds
    error = "nothing tried"
    while error and time.monotonic() < deadline:
        with Client(rows.node.port, timeout=30) as client:
            error = rows.write(client, 160)
        time.sleep(0.2 if error else 0)
    if error:
        raise AssertionError(f"there is space again, and writes are still refused: {error}")


def out_of_space(node, take_space, give_space):
    rows = Rows(node, 8000)
    with Client(node.port) as client:
        assert rows.write(client, 320) is None
    take_space()
    error = until_refused(rows)
    assert error.strip(), "a refusal without a word"
    rows.check()                          # reads go on
    assert node.alive()
    give_space()
    until_taken(rows)
    rows.check()
    code, _ = node.terminate()
    assert code == 0, f"exit code {code}"
    node.start(1)
    rows.check()
    node.kill()
    node.start(1)
    rows.check()
    node.terminate()


def file_size_limit(directory, rng):
    node = begin(directory)

    def limit(size):
        resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        out_of_space(node, lambda: limit(4096), lambda: limit(resource.RLIM_INFINITY))
    finally:
        if node.alive():
            node.kill()


def full_tmpfs(directory, rng):
    place = os.path.join(directory, "small")
    os.mkdir(place)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", place], capture_output=True).returncode == 0
    if not mounted:
        return "left out: this user may not mount a tmpfs"
    node = None
    try:
        node = begin(place)
        out_of_space(node, lambda: None,
                     lambda: subprocess.run(["mount", "-o", "remount,size=512m", place], check=True))
    finally:
        if node and node.alive():
            node.kill()
        subprocess.run(["umount", place], check=False)
    return None
