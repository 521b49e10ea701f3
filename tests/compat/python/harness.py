"""What the suite stands on: tests that are sentences, a counter, and sessions to the node under test."""

import os
import subprocess
import sys
import time
import traceback

from cassandra.cluster import Cluster, NoHostAvailable

HOST = os.environ["RINGLET_HOST"]
PORT = int(os.environ["RINGLET_PORT"])
RESTART = os.environ.get("RINGLET_RESTART", "")
KEYSPACE = "compat_python"

tests = []


class Skip(Exception):
    """The server does not offer what the test is about: said, and not counted."""


def test(sentence):
    def add(function):
        tests.append((sentence, function))
        return function
    return add


def cluster(**options):
    return Cluster([HOST], port=PORT, **options)


def equal(got, expected, what=""):
    if got != expected:
        raise AssertionError(f"{what}: got {got!r}, expected {expected!r}")


def raises(kind, action, *words):
    """The exception, which must be of exactly that class and say those words."""
    try:
        action()
    except Exception as error:
        if type(error) is not kind:
            raise AssertionError(f"got {type(error).__name__} ({error}), expected {kind.__name__}") from error
        for word in words:
            if word.lower() not in str(error).lower():
                raise AssertionError(f"{error} does not say {word!r}") from error
        return error
    raise AssertionError(f"nothing raised, expected {kind.__name__}")


def eventually(condition, what, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def restart_server():
    subprocess.run(["bash", "-c", RESTART], check=True, stdout=subprocess.DEVNULL)


def retry_while_down(action, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return action()
        except NoHostAvailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def run(session):
    """Runs every test in order; exits as the counts say."""
    passed = failed = 0
    for sentence, function in tests:
        try:
            function(session)
            print(f"ok    {sentence}", flush=True)
            passed += 1
        except Skip as reason:
            print(f"left out: {sentence}: {reason}", flush=True)
        except Exception:
            print(f"FAIL  {sentence}\n      " + traceback.format_exc(limit=-3).replace("\n", "\n      "), flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
