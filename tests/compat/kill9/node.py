"""A node of our own to start, kill and look at."""

import os
import signal
import socket
import subprocess
import time

BINARY = os.environ["RINGLET_BINARY"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Node:
    def __init__(self, directory, memory="64M", **options):
        self.directory = directory
        self.port = free_port()
        self.memory = memory
        self.options = options
        self.process = None
        self.log = directory.rstrip("/") + ".log"

    def command(self, shards):
        return [BINARY, "serve", "--data", self.directory, "--cql-port", str(self.port), "--http-port", str(free_port()),
                "--memory", self.memory, "--shards", str(shards), "--telemetry", "false", "--log-mode", "group"]

    def launch(self, shards=1):
        """Starts the process and does not wait for it to serve."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(shards), stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self.options)

    def start(self, shards=1, seconds=30):
        self.launch(shards)
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self.process.poll() is not None:
                raise AssertionError(f"the node ended with {self.process.returncode} at start: {self.last_words()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"the node does not answer within {seconds} s: {self.last_words()}")
            time.sleep(0.01)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as s:
                s.sendall(b"\4\0\0\1\5\0\0\0\0")
                return s.recv(5)[4:5] == b"\6"
        except OSError:
            return False

    def last_words(self):
        with open(self.log, "rb") as log:
            return log.read()[-2000:].decode(errors="replace")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self, seconds=10):
        """SIGTERM: the exit code and the seconds it took. A node that takes longer is killed."""
        began = time.monotonic()
        self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end the node within {seconds} s")
        return code, time.monotonic() - began

    def alive(self):
        return self.process.poll() is None

    def memory_kib(self, field="VmHWM"):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field))
