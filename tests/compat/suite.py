"""What the suites of the ringlet command share: running it, nodes of one's own, and counting."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("RINGLET_BINARY", str(ROOT / "build/release/ringlet"))
HOST = os.environ.get("RINGLET_HOST", "127.0.0.1")
PORT = os.environ.get("RINGLET_PORT", "9042")
HTTP_PORT = os.environ.get("RINGLET_HTTP_PORT", "8080")

TESTS = []


def test(function):
    """The docstring is the sentence that holds."""
    TESTS.append(function)
    return function


def run_all():
    passed = failed = 0
    for function in TESTS:
        try:
            function()
            passed += 1
        except Exception as error:  # an assertion, or whatever else went wrong
            failed += 1
            line = error.__traceback__
            while line.tb_next:
                line = line.tb_next
            print(f"FAILED: {function.__doc__}\n  line {line.tb_lineno}: {type(error).__name__}: {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


class Outcome:
    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"exit {self.code}, stdout {self.out[-500:]!r}, stderr {self.err[-500:]!r}"


def ringlet(*arguments, stdin=None, timeout=120):
    return Outcome(subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=timeout))


def done(outcome):
    assert outcome.code == 0, outcome
    return outcome


def refused(outcome, *words):
    """Exit code 1 and one line on stderr that names what is wrong."""
    assert outcome.code == 1, outcome
    lines = [line for line in outcome.err.splitlines() if line.startswith("ringlet: ")]
    assert len(lines) == 1, outcome
    for word in words:
        assert word in lines[0], f"{word!r} is not in {lines[0]!r}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Folder:
    """A fresh folder that goes with its block."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="ringlet-"))
        return self.path

    def __exit__(self, *_):
        for folder, _, _ in os.walk(self.path):
            os.chmod(folder, 0o700)
        shutil.rmtree(self.path)


def flipped(path, at, copy):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x40
    copy.write_bytes(content)
    return copy


class Node:
    """A node of the test's own."""

    def __init__(self, data, *flags):
        self.data, self.flags = data, flags
        self.port, self.http_port = free_port(), free_port()
        self.process = None

    def serve_arguments(self):
        return ["serve", "--data", self.data, "--cql-port", self.port, "--http-port", self.http_port, *self.flags]

    def start(self, wait=30):
        self.process = subprocess.Popen([BINARY, *map(str, self.serve_arguments())], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        end = time.time() + wait
        while time.time() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.http_port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the node did not start: {self.process.poll()}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def stop(self):
        self.process.terminate()
        _, errors = self.process.communicate(timeout=15)
        assert self.process.returncode == 0, f"exit {self.process.returncode}: {errors}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()

    def cql(self, statement, *flags):
        return ringlet("cql", "127.0.0.1", self.port, "-e", statement, *flags)

    def cql_flags(self):
        return ["--port", self.port]
