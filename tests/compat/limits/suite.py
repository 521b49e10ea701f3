"""A node of 64 MiB under everything that a client should not do: each gives a clear error or meets a bound, the process
survives within its memory, and it serves afterwards."""

import os
import random
import resource
import select
import shutil
import struct
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kill9"))
import faults
from node import Node
from wire import (AUTH_RESPONSE, BATCH, ERROR, EXECUTE, INVALID, ONE, OPTIONS, OVERLOADED, PREPARE, PROTOCOL_ERROR, QUERY, READ_FAILURE,
                  READY, REGISTER, RESULT, STARTUP, SUPPORTED, SYNTAX_ERROR, Client, Closed, envelope, long_string, lz4_zeros, options,
                  query, segment, startup, string_map, value)

MEMORY_MIB = 64
CONNECTIONS_MAX = 4096                    # kConnectionsMax
SEED = int(os.environ.get("RINGLET_SEED", str(random.SystemRandom().randrange(1 << 32))))
tests = []


def test(sentence):
    def add(function):
        tests.append((sentence, function))
        return function
    return add


def equal(got, expected, what=""):
    if got != expected:
        raise AssertionError(f"{what}: got {got!r}, expected {expected!r}")


def refused(answer, *codes):
    if answer.opcode != ERROR or answer.code not in codes:
        raise AssertionError(f"opcode {answer.opcode} code {answer.code} {answer.text}, expected an error of "
                             f"{[hex(c) for c in codes]}")
    if len(answer.text) > 2000 or not answer.text.strip():
        raise AssertionError(f"an error text of {len(answer.text)} bytes")
    return answer


def closed_or_refused(client, *codes):
    """Refused and perhaps closed, or just closed: never silence."""
    try:
        return refused(client.answer(), *codes)
    except Closed:
        return None


def serves(node):
    with Client(node.port) as client:
        client.must("INSERT INTO limits.rows (p, c, v) VALUES (-1, 1, 'still here')")
        equal(client.must("SELECT v FROM limits.rows WHERE p = -1").rows()[0], 1, "a read after")


def too_large(node, opcode, body):
    """Refused with an error where the node reads it, or by its length alone, which ends the connection."""
    with Client(node.port, timeout=60) as client:
        try:
            client.send(envelope(opcode, body))
        except Closed:
            pass
        answer = closed_or_refused(client, PROTOCOL_ERROR, SYNTAX_ERROR, INVALID, OVERLOADED)
        assert answer or len(body) > 1 << 20, "closed without a word"


# --- frames -----------------------------------------------------------------------------------------------------------

@test("garbage bytes end the connection, not the node")
def garbage(node, rng):
    for _ in range(200):
        with Client(node.port, ready=rng.random() < 0.5, timeout=5) as client:
            try:
                client.send(rng.randbytes(rng.randrange(1, 4000)))
                client.socket.shutdown(1)
                while True:
                    client.answer()
            except (Closed, struct.error, UnicodeDecodeError, OSError):
                pass


@test("every opcode with garbage for a body is answered or the connection ends")
def garbage_bodies(node, rng):
    for opcode in range(0, 256):
        with Client(node.port, ready=opcode != STARTUP, timeout=5) as client:
            client.send(envelope(opcode, rng.randbytes(rng.randrange(0, 60))))
            closed_or_refused(client, PROTOCOL_ERROR, SYNTAX_ERROR, INVALID, 0x2500, 0x0100) if opcode not in (OPTIONS, REGISTER) else None


@test("an unknown opcode and an unknown version are protocol errors")
def unknown(node, rng):
    with Client(node.port) as client:
        refused(client.ask(0x77), PROTOCOL_ERROR)
        equal(client.ask(OPTIONS).opcode, SUPPORTED)
    for version in (0, 1, 2, 6, 0x42, 0x7F):
        with Client(node.port, ready=False) as client:
            client.send(envelope(OPTIONS, version=version))
            reply = client.socket.recv(4096)
            assert reply and b"version" in reply.lower(), (version, reply)


@test("a length over the bound is refused before it is waited for")
def too_long(node, rng):
    for ready, length in ((True, (16 << 20) + 1), (True, 0x7FFFFFFF), (True, 0xFFFFFFFF), (False, 1 << 20)):
        with Client(node.port, ready=ready) as client:
            client.send(envelope(QUERY, b"", length=length))
            refused(client.answer(), PROTOCOL_ERROR)


@test("lengths inside a body that point past its end are protocol errors")
def wrong_lengths(node, rng):
    whole = query("SELECT v FROM limits.rows WHERE p = ?", [b"\0\0\0\1"])
    for cut in range(len(whole)):
        with Client(node.port) as client:
            answer = client.ask(QUERY, whole[:cut])
            refused(answer, PROTOCOL_ERROR)
    with Client(node.port) as client:
        for size in (-3, 0x7FFFFFFF, 1 << 24):
            refused(client.ask(QUERY, struct.pack(">i", size) + b"SELECT"), PROTOCOL_ERROR)
            client.must("SELECT key FROM system.local")
        refused(client.ask(QUERY, long_string("SELECT v FROM limits.rows WHERE p = ?") + ONE + b"\1" + struct.pack(">H", 65535)), PROTOCOL_ERROR)


@test("an LZ4 bomb is refused by its declared size, and a lie about the size by its content")
def bombs(node, rng):
    for declared, block in ((0x7FFFFFFF, lz4_zeros(1000)), (0xFFFFFFFF, b"\0"), ((16 << 20) + 1, lz4_zeros(1 << 20)),
                            (100, lz4_zeros(16 << 20)), (16 << 20, lz4_zeros(1000)), (1000, rng.randbytes(500)), (0, b"")):
        for _ in range(4):
            with Client(node.port, COMPRESSION="lz4") as client:
                client.send(envelope(QUERY, struct.pack(">I", declared) + block, flags=1))
                closed_or_refused(client, PROTOCOL_ERROR)
    for _ in range(20):                   # bombs of the largest size allowed, many at once
        clients = [Client(node.port, COMPRESSION="lz4") for _ in range(8)]
        for client in clients:
            client.send(envelope(QUERY, struct.pack(">I", 16 << 20) + lz4_zeros(16 << 20), flags=1))
        for client in clients:
            closed_or_refused(client, PROTOCOL_ERROR, SYNTAX_ERROR, INVALID, OVERLOADED)
            client.socket.close()


@test("a v5 segment with a wrong checksum ends the connection")
def segments(node, rng):
    for bad in ({"break_header": True}, {"break_payload": True}, {"self_contained": False}):
        with Client(node.port, ready=False, timeout=5) as client:
            equal(client.ask(STARTUP, startup(), version=5).opcode, READY)
            client.send(segment(envelope(OPTIONS, version=5)))
            client.take(6 + 9)            # a good one is answered
            client.socket.settimeout(5)
        with Client(node.port, ready=False, timeout=5) as client:
            equal(client.ask(STARTUP, startup(), version=5).opcode, READY)
            client.send(segment(b"\5", **bad) if "self_contained" in bad else segment(envelope(OPTIONS, version=5), **bad))
            client.socket.shutdown(1)
            while client.socket.recv(4096):
                pass


@test("messages out of place are protocol errors")
def out_of_place(node, rng):
    for opcode in (QUERY, PREPARE, EXECUTE, BATCH, REGISTER, AUTH_RESPONSE):
        with Client(node.port, ready=False) as client:
            refused(client.ask(opcode), PROTOCOL_ERROR)
    with Client(node.port) as client:
        refused(client.ask(STARTUP, startup()), PROTOCOL_ERROR)
    with Client(node.port, ready=False) as client:
        refused(client.ask(STARTUP, string_map(CQL_VERSION="3.0.0", COMPRESSION="zstd")), PROTOCOL_ERROR, INVALID)


# --- statements -------------------------------------------------------------------------------------------------------

@test("invalid UTF-8 in a statement and in a text value is refused")
def invalid_utf8(node, rng):
    with Client(node.port) as client:
        for bad in (b"SELECT \xff FROM limits.rows", b"INSERT INTO limits.rows (p, c, v) VALUES (1, 1, '\xc0\x80')",
                    b"INSERT INTO limits.rows (p, c, v) VALUES (1, 1, '\xed\xa0\x80')"):
            refused(client.ask(QUERY, long_string(bad) + options()), PROTOCOL_ERROR, SYNTAX_ERROR, INVALID)
            client.must("SELECT key FROM system.local")
        refused(client.run("INSERT INTO limits.rows (p, c, v) VALUES (1, 1, ?)", [b"\xff\xfe"]), INVALID)
        refused(client.run("INSERT INTO limits.rows (p, c, v) VALUES (?, 1, 'x')", [b"\1\2\3"]), INVALID)


@test("wrong numbers of bound values are refused")
def bind_counts(node, rng):
    text = "INSERT INTO limits.rows (p, c, v) VALUES (?, ?, ?)"
    four = b"\0\0\0\1"
    with Client(node.port) as client:
        prepared = client.ask(PREPARE, long_string(text)).prepared_id()
        for values in (None, [], [four], [four] * 2, [four] * 4, [four] * 65535):
            refused(client.run(text, values), INVALID)
            refused(client.ask(EXECUTE, struct.pack(">H", len(prepared)) + prepared + options(values)), INVALID, PROTOCOL_ERROR)
            client.must("SELECT key FROM system.local")
        refused(client.ask(EXECUTE, struct.pack(">H", 16) + rng.randbytes(16) + options([])), 0x2500)


@test("statements of 16 MiB are refused in little memory")
def huge_statements(node, rng):
    for size in ((16 << 20) - 100, (16 << 20) - 9, 2 << 20):
        for text in ("SELECT " + "x" * (size - 7), "SELECT * FROM limits.rows WHERE p IN (" + "1," * (size // 2 - 30) + "1)", "(" * size,
                     "/*" + "*" * size, "SELECT " + "v," * (size // 2) + "v FROM limits.rows", "[" * size):
            too_large(node, QUERY, query(text))
    too_large(node, QUERY, query("INSERT INTO limits.rows (p, c, v) VALUES (1, 1, '" + "y" * ((16 << 20) - 200) + "')"))


@test("many clients that send 16 MiB at once keep to the memory too")
def huge_at_once(node, rng):
    clients = [Client(node.port, timeout=60) for _ in range(12)]
    body = envelope(QUERY, query("INSERT INTO limits.rows (p, c, v) VALUES (1, 1, '" + "y" * ((16 << 20) - 200) + "')"))
    waiting = {client.socket: [client, memoryview(body)] for client in clients}
    for client in clients:
        client.socket.setblocking(False)
    deadline = time.monotonic() + 60
    while waiting and time.monotonic() < deadline:
        _, writable, _ = select.select([], list(waiting), [], 1)
        for sock in writable:
            entry = waiting[sock]
            try:
                entry[1] = entry[1][sock.send(entry[1]):]
            except BlockingIOError:
                continue
            except OSError:
                entry[1] = b""
            if not entry[1]:
                del waiting[sock]
    assert not waiting, "the node stopped reading and did not go on"
    for client in clients:
        client.socket.setblocking(True)
        client.socket.settimeout(60)
        closed_or_refused(client, INVALID, OVERLOADED, PROTOCOL_ERROR)
        client.socket.close()


@test("half-sent requests on many connections keep to the memory")
def half_sent(node, rng):
    clients = [Client(node.port) for _ in range(40)]
    chunk = b"z" * (1 << 20)
    for client in clients:
        client.socket.setblocking(False)
        client.socket.send(envelope(QUERY, b"", length=(16 << 20) - 100))
    deadline = time.monotonic() + 4
    left = {client.socket: 15 for client in clients}
    while left and time.monotonic() < deadline:
        _, writable, _ = select.select([], list(left), [], 0.2)
        for sock in writable:
            try:
                sock.send(chunk)
                left[sock] -= 1
            except BlockingIOError:
                continue
            except OSError:
                left[sock] = 0
            if left[sock] <= 0:
                del left[sock]
    serves(node)                          # while they wait
    for client in clients:
        client.socket.close()


@test("deep nesting is refused")
def nesting(node, rng):
    for depth in (100, 10_000, 300_000):
        texts = [f"INSERT INTO limits.rows (p, c, v) VALUES (1, 1, {opening * depth}1{closing * depth})"
                 for opening, closing in (("[", "]"), ("{", "}"), ("(", ")"))]
        texts += [f"CREATE TABLE limits.deep (id int PRIMARY KEY, v {'list<' * depth}int{'>' * depth})",
                  "INSERT INTO limits.rows JSON '" + "[" * depth + "'",
                  "SELECT " + "toJson(" * depth + "v" + ")" * depth + " FROM limits.rows"]
        for text in texts:
            too_large(node, QUERY, query(text))


@test("batches over the bounds are refused")
def huge_batches(node, rng):
    one = b"\0" + long_string("INSERT INTO limits.rows (p, c, v) VALUES (?, 1, 'x')") + struct.pack(">H", 1) + value(b"\0\0\0\5")
    with Client(node.port, timeout=60) as client:
        refused(client.ask(BATCH, b"\0" + struct.pack(">H", 65535) + one * 100 + ONE + b"\0"), PROTOCOL_ERROR)
        client.must("SELECT key FROM system.local")
        large = b"\0" + long_string("INSERT INTO limits.rows (p, c, v) VALUES (?, 1, ?)") + struct.pack(">H", 2) + value(b"\0\0\0\5") + value(b"v" * 1_000_000)
    for kind in (b"\0", b"\1"):
        too_large(node, BATCH, kind + struct.pack(">H", 15) + large * 15 + ONE + b"\0")
    too_large(node, BATCH, b"\1" + struct.pack(">H", 65535) + one * 65535 + ONE + b"\0")
    too_large(node, BATCH, b"\1" + struct.pack(">H", 20_000) + one * 20_000 + ONE + b"\0")
    with Client(node.port, timeout=60) as client:
        answer = client.ask(BATCH, b"\1" + struct.pack(">H", 1000) + one * 1000 + ONE + b"\0")
        assert answer.opcode == RESULT, answer.text


@test("IN products over the bound are refused")
def in_products(node, rng):
    numbers = ",".join(str(i) for i in range(300))
    with Client(node.port) as client:
        many = ",".join(str(i) for i in range(10_001))
        refused(client.run(f"SELECT * FROM limits.rows WHERE p IN ({many})"), INVALID)
        refused(client.run(f"DELETE FROM limits.rows WHERE p IN ({numbers}) AND c IN ({numbers})"), INVALID)


@test("a mutation over the limit, and keys over 64 KiB, are refused")
def large_writes(node, rng):
    insert = "INSERT INTO limits.keys (p, c, v) VALUES (?, ?, ?)"
    with Client(node.port) as client:
        too_large(node, QUERY, query(insert, [b"p", b"c", b"v" * (8 << 20)]))
        too_large(node, QUERY, query(insert, [b"p", b"c", b"v" * (3 << 20)]))
        client.must(insert, [b"p", b"c", b"v" * (1 << 20)])
        refused(client.run(insert, [b"p" * 65536, b"c", b"v"]), INVALID)
        refused(client.run(insert, [b"p", b"c" * 65536, b"v"]), INVALID)
        client.must(insert, [b"p" * 65535, b"c", b"v"])
        equal(client.must("SELECT v FROM limits.keys WHERE p = ?", [b"p" * 65535]).rows()[0], 1, "the longest key")
        refused(client.run("SELECT v FROM limits.keys WHERE p = ?", [b"p" * 65536]), INVALID)


# --- answers ----------------------------------------------------------------------------------------------------------

def fill(node, table_rows, bytes_each):
    with Client(node.port) as client:
        insert = client.ask(PREPARE, long_string("INSERT INTO limits.big (p, c, v) VALUES (?, ?, ?)")).prepared_id()
        body = struct.pack(">H", len(insert)) + insert
        sent = 0
        for i in range(table_rows):
            four = struct.pack(">i", i)
            client.send(envelope(EXECUTE, body + options([struct.pack(">i", i % 16), four, b"v" * bytes_each])))
            sent += 1
            if sent == 64:
                for _ in range(sent):
                    answer = client.answer()
                    assert answer.opcode == RESULT, answer.text
                sent = 0
        for _ in range(sent):
            client.answer()


@test("an unpaged SELECT of a table larger than memory is an error that says to page")
def unpaged(node, rng):
    fill(node, 9000, 10_000)              # 90 MB
    with Client(node.port, timeout=60) as client:
        answer = refused(client.run("SELECT * FROM limits.big"), INVALID, OVERLOADED)
        assert "pag" in answer.text.lower(), answer.text
        count, more = client.must("SELECT * FROM limits.big", page_size=100_000).rows()
        assert more and count > 0, "a page that is full of bytes ends early"


@test("many unpaged SELECTs of a big table at once keep to the memory")
def unpaged_at_once(node, rng):
    clients = [Client(node.port, timeout=60) for _ in range(16)]
    for client in clients:
        client.send(envelope(QUERY, query("SELECT * FROM limits.big")))
    for client in clients:
        closed_or_refused(client, INVALID, OVERLOADED)
        client.socket.close()


@test("clients that do not read huge results hold up only themselves")
def slow_readers(node, rng):
    clients = [Client(node.port) for _ in range(16)]
    for client in clients:
        for stream in range(50):
            client.send(envelope(QUERY, query("SELECT * FROM limits.big", page_size=100_000), stream=stream))
    time.sleep(2)
    serves(node)
    for client in clients[:4]:            # answers come, in full, for those who take them
        for _ in range(3):
            answer = client.answer()
            assert answer.opcode == RESULT or answer.code == OVERLOADED, answer.text
    for client in clients:
        client.socket.close()


@test("100,000 requests whose answers nobody reads are held up at the socket")
def unread_answers(node, rng):
    one = envelope(QUERY, query("SELECT v, c, p FROM limits.big WHERE p = 3 LIMIT 20"))
    client = Client(node.port)
    client.socket.setblocking(False)
    backlog, sent, deadline = memoryview(one * 100), 0, time.monotonic() + 4
    left = backlog
    while sent < 1000 and time.monotonic() < deadline:
        _, writable, _ = select.select([], [client.socket], [], 0.1)
        if not writable:
            continue
        left = left[client.socket.send(left):]
        if not left:
            sent, left = sent + 1, backlog
    assert sent < 1000, "the node took 100,000 requests without one answer being read"
    serves(node)
    client.socket.close()


@test("thousands of idle connections cost little")
def idle(node, rng):
    before = node.memory_kib("VmRSS")
    clients = []
    for _ in range(3000):
        clients.append(Client(node.port))
    grown = node.memory_kib("VmRSS") - before
    serves(node)
    for client in clients:
        client.socket.close()
    assert grown < 3000 * 6, f"{grown} KiB for 3000 idle connections"


@test("the connection over the bound hears why and is closed, the others go on, and there is room again when one leaves")
def connections(node, rng):
    clients = []
    try:
        while len(clients) < CONNECTIONS_MAX:
            clients.append(connect_soon(node))
        for _ in range(3):
            over = Client(node.port, ready=False)
            answer = over.ask(OPTIONS, stream=9)
            equal((answer.opcode, answer.code, answer.stream), (ERROR, OVERLOADED, 9), "the answer")
            assert str(CONNECTIONS_MAX) in answer.text, answer.text
            equal(over.socket.recv(1), b"", "what follows it")
            over.socket.close()
        for client in rng.sample(clients, 20):
            equal(client.must("SELECT key FROM system.local").rows()[0], 1, "one of the others")
        clients.pop().socket.close()
        clients.append(connect_soon(node))
    finally:
        for client in clients:
            client.socket.close()
        connect_soon(node).socket.close()


def connect_soon(node):
    """What has been closed is counted until the node has seen it."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return Client(node.port)
        except (Closed, AssertionError, OSError):
            assert time.monotonic() < deadline, "no room though connections were closed"


@test("many clients that scan a big table at once keep to the memory, and end with rows or Overloaded")
def scans_at_once(node, rng):
    clients = [Client(node.port, timeout=60) for _ in range(60)]
    for _ in range(2):
        for client in clients:
            client.send(envelope(QUERY, query("SELECT p, c FROM limits.big", page_size=500)))
        answers = [client.answer() for client in clients]
        for answer in answers:
            assert answer.opcode == RESULT or answer.code == OVERLOADED, answer.text
        assert any(answer.opcode == RESULT for answer in answers)
    for client in clients:
        client.socket.close()


@test("a read over too many tombstones fails and says so")
def tombstones(node, rng):
    with Client(node.port) as client:
        delete = client.ask(PREPARE, long_string("DELETE FROM limits.rows WHERE p = 77 AND c = ?")).prepared_id()
        body = struct.pack(">H", len(delete)) + delete
        for start in range(0, 100_500, 500):
            client.send(b"".join(envelope(EXECUTE, body + options([struct.pack(">i", c)])) for c in range(start, start + 500)))
            for _ in range(500):
                assert client.answer().opcode == RESULT
        answer = refused(client.run("SELECT * FROM limits.rows WHERE p = 77"), READ_FAILURE)
        assert "tombstone" in answer.text.lower(), answer.text


# --- all of them ------------------------------------------------------------------------------------------------------

def create(node):
    with Client(node.port) as client:
        client.must("CREATE KEYSPACE limits WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        client.must("CREATE TABLE limits.rows (p int, c int, v text, PRIMARY KEY (p, c))")
        client.must("CREATE TABLE limits.big (p int, c int, v blob, PRIMARY KEY (p, c))")
        client.must("CREATE TABLE limits.keys (p blob, c blob, v blob, PRIMARY KEY (p, c))")


def run_one(node, function, rng):
    function(node, rng)
    if not node.alive():
        raise AssertionError("the node is gone")
    serves(node)
    peak = node.memory_kib("VmHWM")
    if peak > MEMORY_MIB << 10:
        raise AssertionError(f"the node's memory peaked at {peak} KiB, over its cap of {MEMORY_MIB} MiB")


FAULTS = (("a commit log damaged by hand is reported, and shows nothing that was not written", faults.damaged_log),
          ("at the limit of file sizes writes are refused, reads go on, and service resumes", faults.file_size_limit),
          ("on a full disk writes are refused, reads go on, and service resumes", faults.full_tmpfs))


def main():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * CONNECTIONS_MAX), hard))   # the node's too
    print(f"seed {SEED}", flush=True)
    directory = tempfile.mkdtemp(prefix="ringlet-limits-", dir=os.environ.get("RINGLET_CACHE"))
    wanted = sys.argv[1:]
    node = Node(os.path.join(directory, "data"), memory=f"{MEMORY_MIB}M")
    passed = failed = 0
    node.start(2)
    create(node)
    for sentence, function in tests:
        if wanted and function.__name__ not in wanted:
            continue
        began = time.monotonic()
        try:
            run_one(node, function, random.Random(f"{SEED} {sentence}"))
            passed += 1
            print(f"ok    {sentence} ({time.monotonic() - began:.1f} s, peak {node.memory_kib('VmHWM')} KiB)", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {sentence}\n      " + traceback.format_exc(limit=-3).replace("\n", "\n      "), flush=True)
            if node.alive():              # the next test begins with a node that is well and has used no memory
                node.kill()
            else:
                print("      the node ended with", node.process.returncode, node.last_words(), flush=True)
            node.start(2)
    code, seconds = node.terminate()
    if code == 0:
        passed += 1
        print(f"ok    SIGTERM afterwards ends the node within {seconds:.1f} s")
    else:
        failed += 1
        print(f"FAIL  SIGTERM: exit code {code}: {node.last_words()}")
    for sentence, function in FAULTS:
        if wanted and function.__name__ not in wanted:
            continue
        began = time.monotonic()
        place = tempfile.mkdtemp(prefix="fault-", dir=directory)
        try:
            left_out = function(place, random.Random(f"{SEED} {sentence}"))
            passed += 0 if left_out else 1
            print(left_out or "ok   ", f"{sentence} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {sentence}\n      " + traceback.format_exc(limit=-3).replace("\n", "\n      "), flush=True)
    if not failed:
        shutil.rmtree(directory)
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


main()
