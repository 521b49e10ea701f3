"""kill -9 at random moments under load. Each writer keeps a ledger of what the node acknowledged and of what it never
answered; after every restart the tables must hold the first, may hold the second, and nothing else."""

import logging
import os
import random
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from cassandra import ConsistencyLevel
from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
from cassandra.policies import FallthroughRetryPolicy
from cassandra.query import BatchStatement, BatchType, SimpleStatement
from node import Node

CYCLES = int(os.environ.get("RINGLET_KILL_CYCLES", "60"))
SECONDS = float(os.environ.get("RINGLET_KILL_SECONDS", "165"))
SHARDS = [int(n) for n in os.environ.get("RINGLET_KILL_SHARDS", "1 2").split()]
SEED = int(os.environ.get("RINGLET_SEED", str(random.SystemRandom().randrange(1 << 32))))
KEYSPACE = "kill9"
WINDOW = 12             # statements of one writer under way together
logging.getLogger("cassandra").setLevel(logging.CRITICAL)


def text_of(version, size):
    """A value that says whether it is whole: its version, then a pattern that follows from it."""
    pattern = f"{version * 2654435761 % (1 << 32):08x}"
    return f"{version}:" + (pattern * (size // 8 + 1))[:size]


def version_of(text, where):
    head, _, rest = text.partition(":")
    if text != text_of(int(head), len(rest)):
        raise AssertionError(f"{where} holds a damaged value: {text[:60]}...")
    return int(head)


class Writer:
    """One kind of statement against one part of the data. `windows` yields lists of (future, on_success, on_unknown)."""

    def __init__(self, name, rng):
        self.name = name
        self.rng = rng
        self.version = 0
        self.acknowledged = self.unknown = 0
        self.problems = []

    def next_version(self):
        self.version += 1
        return self.version

    def connect(self, session, stamped):
        self.session = session if self.rng_client_stamps() else stamped
        self.prepare(self.session)

    def rng_client_stamps(self):
        return True

    def run(self, stopping):
        try:
            while not stopping.is_set():
                for future, succeeded, unknown in self.window():
                    try:
                        succeeded(future.result())
                        self.acknowledged += 1
                    except Exception as error:
                        unknown()
                        self.unknown += 1
                        if not stopping.is_set():
                            self.problems.append(f"{self.name}: {type(error).__name__} before the kill: {error}")
                            return
        except Exception as error:           # a statement that could not even be sent
            if not stopping.is_set():
                self.problems.append(f"{self.name}: {type(error).__name__} before the kill: {error}")


class Rows(Writer):
    """Inserts, updates and deletes of rows, ranges and partitions; an unlogged batch now and then. A partition has at most
    one statement under way, so that its possible contents after a kill are two."""

    PARTITIONS = 40

    def __init__(self, name, rng, number, client_stamps):
        super().__init__(name, rng)
        self.number = number
        self.client_stamps = client_stamps
        self.known = {p: {} for p in range(self.PARTITIONS)}      # p -> {c: version}
        self.open = {}                                            # p -> what it may hold instead

    def rng_client_stamps(self):
        return self.client_stamps

    def prepare(self, session):
        where = f"FROM {KEYSPACE}.rows WHERE w = {self.number} AND p = ?"
        self.insert = session.prepare(f"INSERT INTO {KEYSPACE}.rows (w, p, c, v) VALUES ({self.number}, ?, ?, ?)")
        self.update = session.prepare(f"UPDATE {KEYSPACE}.rows SET v = ? WHERE w = {self.number} AND p = ? AND c = ?")
        self.delete_row = session.prepare(f"DELETE {where} AND c = ?")
        self.delete_range = session.prepare(f"DELETE {where} AND c >= ? AND c < ?")
        self.delete_all = session.prepare(f"DELETE {where}")

    def window(self):
        free = [p for p in range(self.PARTITIONS) if p not in self.open]
        return [self.send(p) for p in self.rng.sample(free, min(WINDOW, len(free)))]

    def send(self, p):
        rng, after = self.rng, dict(self.known[p])
        dice, c = rng.random(), rng.randrange(12)
        if dice < 0.70:
            version = self.next_version()
            text = text_of(version, rng.choice((20, 200, 2000, 9000)))
            after[c] = version
            statement = self.insert.bind((p, c, text)) if dice < 0.45 else self.update.bind((text, p, c))
        elif dice < 0.80:
            after.pop(c, None)
            statement = self.delete_row.bind((p, c))
        elif dice < 0.85:
            after = {k: v for k, v in after.items() if not c <= k < c + 4}
            statement = self.delete_range.bind((p, c, c + 4))
        elif dice < 0.88:
            after = {}
            statement = self.delete_all.bind((p,))
        else:
            statement = BatchStatement(BatchType.UNLOGGED)
            for c in rng.sample(range(12), 3):
                after[c] = self.next_version()
                statement.add(self.insert.bind((p, c, text_of(after[c], 300))))
        future = self.session.execute_async(statement)
        return future, lambda _: self.known.__setitem__(p, after), lambda: self.open.__setitem__(p, after)

    def check(self, session):
        found = {p: {} for p in range(self.PARTITIONS)}
        for row in session.execute(f"SELECT w, p, c, v FROM {KEYSPACE}.rows"):
            if row.w == self.number:
                if row.v is not None:
                    found[row.p][row.c] = version_of(row.v, f"rows {row.w}/{row.p}/{row.c}")
                elif self.known[row.p].get(row.c) is None:
                    raise AssertionError(f"rows {row.w}/{row.p}/{row.c}: a row without its value")
        for p, rows in found.items():
            # An inserted row whose value ... every insert and update sets v, so a row is there exactly if v is.
            if rows != self.known[p] and rows != self.open.get(p):
                raise AssertionError(f"{self.name} partition {p}: found {rows}, acknowledged {self.known[p]}, unanswered {self.open.get(p)}")
        self.known, self.open = found, {}


class Batches(Writer):
    """Logged batches over two tables and three partitions: all of a batch is there, or nothing of it."""

    GROUPS = 30

    def __init__(self, name, rng):
        super().__init__(name, rng)
        self.known = {g: 0 for g in range(self.GROUPS)}
        self.open = {}

    def prepare(self, session):
        self.left = session.prepare(f"INSERT INTO {KEYSPACE}.batch_left (id, v) VALUES (?, ?)")
        self.right = session.prepare(f"UPDATE {KEYSPACE}.batch_right SET v = ? WHERE id = ?")

    def window(self):
        free = [g for g in range(self.GROUPS) if g not in self.open]
        return [self.send(g) for g in self.rng.sample(free, min(6, len(free)))]

    def send(self, g):
        version = self.next_version()
        text = text_of(version, self.rng.choice((30, 3000)))
        batch = BatchStatement(BatchType.LOGGED)
        batch.add(self.left.bind((2 * g, text)))
        batch.add(self.left.bind((2 * g + 1, text)))
        batch.add(self.right.bind((text, g)))
        future = self.session.execute_async(batch)
        return future, lambda _: self.known.__setitem__(g, version), lambda: self.open.__setitem__(g, version)

    def check(self, session):
        left = {row.id: version_of(row.v, "batch_left") for row in session.execute(f"SELECT id, v FROM {KEYSPACE}.batch_left")}
        right = {row.id: version_of(row.v, "batch_right") for row in session.execute(f"SELECT id, v FROM {KEYSPACE}.batch_right")}
        for g in range(self.GROUPS):
            found = {left.get(2 * g, 0), left.get(2 * g + 1, 0), right.get(g, 0)}
            if len(found) != 1:
                raise AssertionError(f"batch {g} is there in part: versions {found}")
            version = found.pop()
            if version not in (self.known[g], self.open.get(g)):
                raise AssertionError(f"batch {g}: found {version}, acknowledged {self.known[g]}, unanswered {self.open.get(g)}")
            self.known[g] = version
        self.open = {}


class Counters(Writer):
    """Increments, several of one counter under way at once: between the acknowledged sum and that plus the unanswered."""

    COUNTERS = 6

    def __init__(self, name, rng):
        super().__init__(name, rng)
        self.known = {k: 0 for k in range(self.COUNTERS)}
        self.maybe = {k: 0 for k in range(self.COUNTERS)}

    def prepare(self, session):
        self.add = session.prepare(f"UPDATE {KEYSPACE}.counters SET n = n + ? WHERE id = ?")

    def window(self):
        return [self.send(self.rng.randrange(self.COUNTERS), self.rng.randrange(1, 1000)) for _ in range(WINDOW)]

    def send(self, k, amount):
        def succeeded(_):
            self.known[k] += amount

        def unknown():
            self.maybe[k] += amount
        return self.session.execute_async(self.add.bind((amount, k))), succeeded, unknown

    def check(self, session):
        found = {row.id: row.n for row in session.execute(f"SELECT id, n FROM {KEYSPACE}.counters")}
        for k in range(self.COUNTERS):
            n = found.get(k, 0)
            if not self.known[k] <= n <= self.known[k] + self.maybe[k]:
                raise AssertionError(f"counter {k} is {n}: acknowledged {self.known[k]}, unanswered {self.maybe[k]}")
            self.known[k], self.maybe[k] = n, 0


class Registers:
    """What the writers of conditions share: for each register, which of them was told that it made which step."""

    REGISTERS = 4

    def __init__(self):
        self.lock = threading.Lock()
        self.winners = {}             # (register, step) -> owner that was told [applied]
        self.losers = set()           # owners that were told not applied
        self.unanswered = {}          # (register, step) -> owners that heard nothing

    def check(self, session):
        for row in session.execute(f"SELECT id, step, owner, steps FROM {KEYSPACE}.registers"):
            steps = dict(row.steps or {})
            if sorted(steps) != list(range(1, row.step + 1)) or (row.step and steps[row.step] != row.owner):
                raise AssertionError(f"register {row.id}: step {row.step} of {row.owner}, but its steps are {len(steps)}")
            for step, owner in steps.items():
                winner = self.winners.get((row.id, step))
                if winner != owner and (winner is not None or owner not in self.unanswered.get((row.id, step), ())):
                    raise AssertionError(f"register {row.id} step {step} is {owner}'s, acknowledged was {winner}")
                if owner in self.losers:
                    raise AssertionError(f"register {row.id} step {step} is {owner}'s, who was told that it was not applied")
                self.winners[(row.id, step)] = owner
            lost = [k for k in self.winners if k[0] == row.id and k[1] not in steps]
            if lost:
                raise AssertionError(f"register {row.id}: acknowledged steps {lost[:5]} are missing")
        self.unanswered.clear()


class Conditions(Writer):
    """Several of these race to take the next step of a few registers; each step has one winner."""

    def __init__(self, name, rng, registers):
        super().__init__(name, rng)
        self.registers = registers

    def prepare(self, session):
        self.read = session.prepare(f"SELECT step FROM {KEYSPACE}.registers WHERE id = ?")
        self.read.consistency_level = ConsistencyLevel.SERIAL
        self.advance = session.prepare(f"UPDATE {KEYSPACE}.registers SET step = ?, owner = ?, steps = steps + ? WHERE id = ? IF step = ?")

    def window(self):
        register = self.rng.randrange(Registers.REGISTERS)
        step = self.session.execute(self.read, (register,)).one().step
        owner, at, shared = f"{self.name}/{self.next_version()}", (register, step + 1), self.registers

        def answered(result):
            with shared.lock:
                if not result.one()[0]:
                    shared.losers.add(owner)
                elif shared.winners.setdefault(at, owner) != owner:
                    self.problems.append(f"step {at} was acknowledged to {shared.winners[at]} and to {owner}")

        def unknown():
            with shared.lock:
                shared.unanswered.setdefault(at, set()).add(owner)
        future = self.session.execute_async(self.advance.bind((step + 1, owner, {step + 1: owner}, register, step)))
        return [(future, answered, unknown)]

    def check(self, session):
        pass                          # Registers.check, once for all


class Schema(Writer):
    """CREATE, ALTER, TRUNCATE and DROP; each table carries one row that its truncation takes away."""

    def __init__(self, name, rng):
        super().__init__(name, rng)
        self.tables = {}              # name -> (extra columns, has its row)
        self.open = None              # name -> what it may be instead (None: not there)

    def prepare(self, session):
        pass

    def window(self):
        time.sleep(self.rng.random() * 0.1)
        name = f"t{self.rng.randrange(8)}"
        before, dice = self.tables.get(name), self.rng.random()
        table = f"{KEYSPACE}.{name}"
        if before is None:
            statement, after = f"CREATE TABLE {table} (id int PRIMARY KEY, v text)", (0, False)
        elif dice < 0.3:
            statement, after = f"ALTER TABLE {table} ADD x{before[0]} int", (before[0] + 1, before[1])
        elif dice < 0.6:
            statement, after = f"INSERT INTO {table} (id, v) VALUES (1, 'here')", (before[0], True)
        elif dice < 0.8:
            statement, after = f"TRUNCATE {table}", (before[0], False)
        else:
            statement, after = f"DROP TABLE {table}", None
        return [(self.session.execute_async(statement), lambda _: self.set(name, after), lambda: setattr(self, "open", (name, after)))]

    def set(self, name, state):
        self.tables.pop(name, None)
        if state is not None:
            self.tables[name] = state

    def check(self, session):
        found = {}
        for row in session.execute(f"SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = '{KEYSPACE}'"):
            if row.table_name.startswith("t"):
                found.setdefault(row.table_name, set()).add(row.column_name)
        found = {name: (len(columns) - 2, bool(session.execute(f"SELECT * FROM {KEYSPACE}.{name}").all()))
                 for name, columns in found.items()}
        other = dict(self.tables)
        if self.open:
            other.pop(self.open[0], None)
            if self.open[1] is not None:
                other[self.open[0]] = self.open[1]
        if found != self.tables and found != other:
            raise AssertionError(f"tables are {found}, acknowledged {self.tables}, unanswered {self.open}")
        self.tables, self.open = found, None


def connect(node, stamps):
    profile = ExecutionProfile(retry_policy=FallthroughRetryPolicy(), request_timeout=20)
    cluster = Cluster(["127.0.0.1"], port=node.port, protocol_version=5, schema_metadata_enabled=False, token_metadata_enabled=False,
                      execution_profiles={EXEC_PROFILE_DEFAULT: profile})
    session = cluster.connect()
    session.use_client_timestamp = stamps
    return cluster, session


def create(session):
    session.execute(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    session.execute(f"CREATE TABLE {KEYSPACE}.rows (w int, p int, c int, v text, PRIMARY KEY ((w, p), c))")
    session.execute(f"CREATE TABLE {KEYSPACE}.batch_left (id int PRIMARY KEY, v text)")
    session.execute(f"CREATE TABLE {KEYSPACE}.batch_right (id int PRIMARY KEY, v text)")
    session.execute(f"CREATE TABLE {KEYSPACE}.counters (id int PRIMARY KEY, n counter)")
    session.execute(f"CREATE TABLE {KEYSPACE}.registers (id int PRIMARY KEY, step int, owner text, steps map<int, text>)")
    for r in range(Registers.REGISTERS):
        session.execute(f"INSERT INTO {KEYSPACE}.registers (id, step) VALUES ({r}, 0) IF NOT EXISTS")


def end(node, rng, threads, stopping):
    """The load goes on for a moment; then the node is killed, or, one time in eight, asked to end."""
    time.sleep(0.1 + rng.random() * 1.0)
    stopping.set()                    # from here on, errors are what we asked for
    gentle = rng.random() < 0.125
    if gentle:
        code, seconds = node.terminate()
        if code != 0:
            raise AssertionError(f"SIGTERM under load: exit code {code}, {node.last_words()}")
    else:
        node.kill()
    for thread in threads:
        thread.join()
    return gentle


def start_again(node, rng):
    """One time in six the start itself is killed first."""
    shards = rng.choice(SHARDS)
    if rng.random() < 1 / 6:
        node.launch(shards)
        time.sleep(rng.random() * 0.06)
        node.kill()
    node.start(rng.choice(SHARDS))


def cycle(node, rng, writers, registers):
    clusters = [connect(node, True), connect(node, False)]
    stopping = threading.Event()
    for writer in writers:
        writer.connect(clusters[0][1], clusters[1][1])
    threads = [threading.Thread(target=writer.run, args=(stopping,)) for writer in writers]
    for thread in threads:
        thread.start()
    gentle = end(node, rng, threads, stopping)
    for cluster, _ in clusters:
        cluster.shutdown()
    problems = [p for writer in writers for p in writer.problems]
    if problems:
        raise AssertionError("; ".join(problems[:3]))
    start_again(node, rng)
    cluster, session = connect(node, True)
    try:
        for checked in (*writers, registers):
            checked.check(session)
    finally:
        cluster.shutdown()
    return gentle


def main():
    print(f"seed {SEED} (RINGLET_SEED={SEED} makes the same choices again; the moments differ)", flush=True)
    rng = random.Random(SEED)
    directory = tempfile.mkdtemp(prefix="ringlet-kill9-", dir=os.environ.get("RINGLET_CACHE"))
    node = Node(os.path.join(directory, "data"))
    registers = Registers()

    def stream():
        return random.Random(rng.randrange(1 << 62))
    writers = [Rows("rows, client's stamps", stream(), 0, True), Rows("rows, node's stamps", stream(), 1, False),
               Batches("batches", stream()), Counters("counters", stream()), Schema("schema", stream()),
               *(Conditions(f"condition {i}", stream(), registers) for i in range(2))]
    began = time.monotonic()
    passed = failed = 0
    terms = 0
    try:
        node.start(2)
        cluster, session = connect(node, True)
        create(session)
        cluster.shutdown()
        for number in range(CYCLES):
            if time.monotonic() - began > SECONDS:
                print(f"out of time after {number} cycles")
                break
            try:
                terms += cycle(node, rng, writers, registers)
                passed += 1
            except Exception as error:
                failed += 1
                print(f"FAIL  cycle {number}: {error}", flush=True)
                break                  # the ledger is of no use any more
    finally:
        if node.process and node.alive():
            node.kill()
    acknowledged, unanswered = sum(w.acknowledged for w in writers), sum(w.unknown for w in writers)
    print(f"{passed} cycles ({terms} of them SIGTERM), {acknowledged} statements acknowledged, {unanswered} unanswered, "
          f"{time.monotonic() - began:.0f} s")
    if passed == 0 or acknowledged < 100 * passed:
        print("FAIL  that was no load")
        failed += 1
    if failed:
        print(f"the node's directory and log are kept in {directory}")
    else:
        shutil.rmtree(directory)
    print(f"{passed} passed, {failed} failed", flush=True)
    os._exit(1 if failed else 0)


main()
