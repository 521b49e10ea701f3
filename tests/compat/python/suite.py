"""The Python driver against a node: connections, metadata, types, paging, batches, conditions, errors, events."""

import math
import uuid
from collections import namedtuple

import harness
from cassandra import AlreadyExists, ConsistencyLevel, InvalidRequest, Unavailable
from cassandra.cluster import NoHostAvailable
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import FallthroughRetryPolicy
from cassandra.protocol import ConfigurationException, SyntaxException
from cassandra.query import UNSET_VALUE, BatchStatement, BatchType, SimpleStatement
from harness import KEYSPACE, Skip, cluster, equal, eventually, raises, retry_while_down, test
from values import COLLECTIONS, LITERAL, NATIVE

REPLICATION = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
Address = namedtuple("Address", "street zip")


def fresh(session, table, columns):
    session.execute(f"DROP TABLE IF EXISTS {table}")
    session.execute(f"CREATE TABLE {table} ({columns})")


def column_name(cql_type):
    return "c_" + "".join(c if c.isalnum() else "_" for c in cql_type)


def use_version(version, compression):
    with cluster(protocol_version=version, compression=compression) as connection:
        session = connection.connect(KEYSPACE)
        session.execute("CREATE TABLE IF NOT EXISTS versions (id int PRIMARY KEY, v text)")
        text = "round and round " * 100_000
        insert = session.prepare("INSERT INTO versions (id, v) VALUES (?, ?)")
        session.execute(insert, (version, text))
        equal(session.execute("SELECT v FROM versions WHERE id = %s", (version,)).one().v, text, "a long text")
        equal(connection.metadata.keyspaces[KEYSPACE].tables["versions"].primary_key[0].name, "id")


for _version in (3, 4, 5):
    for _compression in (False, "lz4"):
        test(f"protocol v{_version} {'with LZ4' if _compression else 'without compression'} carries long values")(
            lambda _, version=_version, compression=_compression: use_version(version, compression))


@test("negotiation ends at protocol v5")
def negotiates(session):
    equal(session.cluster.protocol_version, 5)


@test("the node describes itself: host, release, partitioner, tokens")
def describes_itself(session):
    hosts = session.cluster.metadata.all_hosts()
    equal(len(hosts), 1, "hosts")
    equal((hosts[0].datacenter, hosts[0].rack), ("datacenter1", "rack1"))
    assert hosts[0].release_version[0] in "45" and hosts[0].host_id, hosts[0].release_version
    token_map = session.cluster.metadata.token_map
    assert token_map and len(token_map.ring) >= 1, "no token map"
    equal(session.cluster.metadata.get_replicas(KEYSPACE, b"key"), hosts, "replicas")
    equal(session.execute("SELECT token(key) AS t, key FROM system.local").one().key, "local")


@test("tokens are the driver's own Murmur3")
def tokens(session):
    fresh(session, "tokens", "id blob PRIMARY KEY")
    token_class = session.cluster.metadata.token_map.token_class
    for key in (b"", b"a", b"0123456789abcdef", bytes(range(256))):
        if key:
            session.execute("INSERT INTO tokens (id) VALUES (%s)", (key,))
            got = session.execute("SELECT token(id) AS t FROM tokens WHERE id = %s", (key,)).one().t
            equal(got, token_class.from_key(key).value, key)


@test("schema metadata has keys, order, statics, types and options")
def metadata(session):
    session.execute("DROP TABLE IF EXISTS wide")
    session.execute("""CREATE TABLE wide (p1 int, p2 text, c1 timeuuid, c2 int, s text static, v list<frozen<map<text, int>>>,
        "Mixed Case" int, PRIMARY KEY ((p1, p2), c1, c2)) WITH CLUSTERING ORDER BY (c1 DESC, c2 ASC)
        AND comment = 'it''s wide' AND gc_grace_seconds = 3600 AND default_time_to_live = 86400
        AND compaction = {'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': '32'}""")
    table = session.cluster.metadata.keyspaces[KEYSPACE].tables["wide"]
    equal([c.name for c in table.partition_key], ["p1", "p2"])
    equal([(c.name, c.is_reversed) for c in table.clustering_key], [("c1", True), ("c2", False)])
    equal({n: c.cql_type for n, c in table.columns.items()},
          {"p1": "int", "p2": "text", "c1": "timeuuid", "c2": "int", "s": "text", "v": "list<frozen<map<text, int>>>",
           "Mixed Case": "int"})
    assert table.columns["s"].is_static and not table.is_compact_storage and table.is_cql_compatible
    equal((table.options["comment"], table.options["gc_grace_seconds"], table.options["default_time_to_live"]),
          ("it's wide", 3600, 86400))
    equal(table.options["compaction"]["class"].rsplit(".")[-1], "LeveledCompactionStrategy")
    text = table.export_as_string()
    session.execute("DROP TABLE wide")
    session.execute(text)
    equal(session.cluster.metadata.keyspaces[KEYSPACE].tables["wide"].export_as_string(), text, "exported, dropped, created")
    keyspace = session.cluster.metadata.keyspaces[KEYSPACE]
    equal(keyspace.durable_writes, True)
    equal((keyspace.replication_strategy.name, keyspace.replication_strategy.replication_factor), ("SimpleStrategy", 1))
    assert "local" in session.cluster.metadata.keyspaces["system"].tables


def round_trip(session, table, kinds):
    fresh(session, table, "id int PRIMARY KEY, " + ", ".join(f"{column_name(k)} {k}" for k in kinds))
    wrong = []
    for kind, values in kinds.items():
        name = column_name(kind)
        insert = session.prepare(f"INSERT INTO {table} (id, {name}) VALUES (?, ?)")
        select = session.prepare(f"SELECT {name} FROM {table} WHERE id = ?")
        for value in values:
            session.execute(insert, (1, value))
            got = session.execute(select, (1,)).one()[0]
            if got != value or type(value) is float and math.copysign(1, got) != math.copysign(1, value):
                wrong.append(f"{kind}: {str(value)[:60]!r} came back as {str(got)[:60]!r}")
        session.execute(insert, (1, None))
        if session.execute(select, (1,)).one()[0] is not None:
            wrong.append(f"{kind}: null came back as something")
    equal(wrong, [])


@test("every native type round-trips: null, empty and extremes")
def native_types(session):
    round_trip(session, "native_types", NATIVE)


@test("NaN and minus zero round-trip")
def odd_floats(session):
    fresh(session, "odd_floats", "id int PRIMARY KEY, d double, f float")
    insert = session.prepare("INSERT INTO odd_floats (id, d, f) VALUES (?, ?, ?)")
    session.execute(insert, (1, float("nan"), -0.0))
    row = session.execute("SELECT d, f FROM odd_floats").one()
    assert math.isnan(row.d) and row.f == 0 and math.copysign(1, row.f) == -1, row


@test("every native type is read from a literal")
def literals(session):
    fresh(session, "literals", "id int PRIMARY KEY, " + ", ".join(f"{column_name(k)} {k}" for k in LITERAL))
    wrong = []
    for kind, values in LITERAL.items():
        name = column_name(kind)
        for value in values:
            try:
                session.execute(f"INSERT INTO literals (id, {name}) VALUES (1, %s)", (value,))
                got = session.execute(f"SELECT {name} FROM literals WHERE id = 1").one()[0]
            except InvalidRequest as error:
                got = error
            if got != value:
                wrong.append(f"{kind}: {str(value)[:60]!r} came back as {str(got)[:200]!r}")
    equal(wrong, [])


@test("every native type is a partition key and a clustering column")
def keys(session):
    wrong = []
    for kind, values in NATIVE.items():
        if kind == "duration":
            continue
        fresh(session, "keys", f"p {kind}, c {kind}, v int, PRIMARY KEY (p, c)")
        insert = session.prepare("INSERT INTO keys (p, c, v) VALUES (?, ?, ?)")
        select = session.prepare("SELECT p, c, v FROM keys WHERE p = ? AND c = ?")
        values = [v for v in values if not isinstance(v, (str, bytes)) or 0 < len(v) < 1000]
        for number, value in enumerate(values):
            session.execute(insert, (values[0], value, number))
        for number, value in enumerate(values):
            got = [tuple(r) for r in session.execute(select, (values[0], value))]
            if got != [(values[0], value, number)]:
                wrong.append(f"{kind}: {str(value)[:60]!r} came back as {str(got)[:200]!r}")
    equal(wrong, [])


@test("an empty value that is not null stays one")
def empty_values(session):
    fresh(session, "empties", "id int PRIMARY KEY, i int, u uuid, t timestamp")
    session.execute("INSERT INTO empties (id, i, u, t) VALUES (1, blobAsInt(0x), blobAsUuid(0x), blobAsTimestamp(0x))")
    row = session.execute("SELECT intAsBlob(i) AS i, uuidAsBlob(u) AS u, timestampAsBlob(t) AS t FROM empties").one()
    equal(tuple(row), (b"", b"", b""))


@test("collections, frozen collections, tuples and vectors round-trip")
def collections(session):
    round_trip(session, "collections", COLLECTIONS)


@test("an empty collection that is not frozen is null")
def empty_collections(session):
    fresh(session, "no_elements", "id int PRIMARY KEY, l list<int>, s set<int>, m map<int, int>")
    insert = session.prepare("INSERT INTO no_elements (id, l, s, m) VALUES (?, ?, ?, ?)")
    session.execute(insert, (1, [], set(), {}))
    equal(tuple(session.execute("SELECT l, s, m FROM no_elements").one()), (None, None, None))


@test("elements of collections are added, replaced and removed")
def elements(session):
    fresh(session, "elements", "id int PRIMARY KEY, l list<int>, s set<text>, m map<text, int>")
    for statement in ("INSERT INTO elements (id, l, s, m) VALUES (1, [2], {'b'}, {'b': 2})",
                      "UPDATE elements SET l = [1] + l, s = s + {'a'}, m['a'] = 1 WHERE id = 1",
                      "UPDATE elements SET l = l + [3, 4, 4], s = s - {'b'}, m = m + {'c': 3} WHERE id = 1",
                      "UPDATE elements SET l[0] = 9 WHERE id = 1",
                      "UPDATE elements SET l = l - [4] WHERE id = 1",
                      "DELETE l[1], m['b'] FROM elements WHERE id = 1"):
        session.execute(statement)
    row = session.execute("SELECT l, s, m FROM elements").one()
    equal((row.l, set(row.s), dict(row.m)), ([9, 3], {"a"}, {"a": 1, "c": 3}))


@test("user types round-trip: nested, with nulls, frozen and not")
def user_types(session):
    for name in ("people", "places"):
        session.execute(f"DROP TABLE IF EXISTS {name}")
    for name in ("person", "address"):
        session.execute(f"DROP TYPE IF EXISTS {name}")
    session.execute("CREATE TYPE address (street text, zip int)")
    session.execute("CREATE TYPE person (name text, home frozen<address>, others frozen<list<frozen<address>>>)")
    types = session.cluster.metadata.keyspaces[KEYSPACE].user_types
    equal((types["address"].field_names, types["address"].field_types), (["street", "zip"], ["text", "int"]))
    session.cluster.register_user_type(KEYSPACE, "address", Address)
    session.execute("CREATE TABLE people (id int PRIMARY KEY, f frozen<person>, a address, m map<text, frozen<address>>)")
    insert = session.prepare("INSERT INTO people (id, f, a, m) VALUES (?, ?, ?, ?)")
    Person = namedtuple("Person", "name home others")
    session.cluster.register_user_type(KEYSPACE, "person", Person)
    a, b = Address("Main", 1), Address(None, 2)
    rows = [(1, Person("x", a, [b, a]), b, {"k": a}), (2, Person(None, None, None), Address("", None), None),
            (3, None, None, None)]
    for row in rows:
        session.execute(insert, row)
        equal(tuple(session.execute("SELECT id, f, a, m FROM people WHERE id = %s", (row[0],)).one()), row)
    session.execute("UPDATE people SET a.zip = 7 WHERE id = 1")
    equal(session.execute("SELECT a.zip, f.home FROM people WHERE id = 1").one()[0:2], (7, a))
    session.execute("ALTER TYPE address ADD country text")
    assert "country" in session.cluster.metadata.keyspaces[KEYSPACE].user_types["address"].field_names
    equal(session.execute("SELECT a.country, a.zip FROM people WHERE id = 1").one()[0:2], (None, 7))


def fill_wide_rows(session):
    fresh(session, "paged", "p int, c int, v text, PRIMARY KEY (p, c)")
    insert = session.prepare("INSERT INTO paged (p, c, v) VALUES (?, ?, ?)")
    execute_concurrent_with_args(session, insert, [(n % 7, n, str(n)) for n in range(10_000)], concurrency=100)


@test("10,000 rows come in pages, complete and without repetition")
def paging(session):
    fill_wide_rows(session)
    for size in (5000, 1000, 37):
        statement = SimpleStatement("SELECT p, c, v FROM paged", fetch_size=size)
        rows = list(session.execute(statement))
        equal(sorted(r.c for r in rows), list(range(10_000)), f"pages of {size}")
        assert all(r.v == str(r.c) and r.p == r.c % 7 for r in rows)
    statement = session.prepare("SELECT c FROM paged WHERE p = ? ORDER BY c DESC")
    statement.fetch_size = 100
    equal([r.c for r in session.execute(statement, (3,))], [n for n in reversed(range(10_000)) if n % 7 == 3])
    statement = SimpleStatement("SELECT c FROM paged LIMIT 250", fetch_size=100)
    equal(len(list(session.execute(statement))), 250)
    equal(session.execute("SELECT count(*) FROM paged").one()[0], 10_000)


@test("a paging state continues in another session")
def paging_state(session):
    statement = SimpleStatement("SELECT p, c FROM paged", fetch_size=4000)
    first = session.execute(statement)
    seen = [r.c for r in first.current_rows]
    equal(len(seen), 4000)
    with cluster() as other:
        rest = other.connect(KEYSPACE).execute(statement, paging_state=first.paging_state)
        equal(sorted(seen + [r.c for r in rest]), list(range(10_000)))


@test("logged, unlogged and counter batches apply")
def batches(session):
    fresh(session, "batched", "p int, c int, v text, PRIMARY KEY (p, c)")
    fresh(session, "counted", "id int PRIMARY KEY, n counter, m counter")
    insert = session.prepare("INSERT INTO batched (p, c, v) VALUES (?, ?, ?)")
    for kind in (BatchType.LOGGED, BatchType.UNLOGGED):
        batch = BatchStatement(batch_type=kind)
        for number in range(20):
            batch.add(insert, (kind.value, number, "prepared"))
        batch.add(SimpleStatement("UPDATE batched SET v = %s WHERE p = %s AND c = %s"), ("simple", kind.value, 0))
        batch.add("DELETE FROM batched WHERE p = %s AND c = 19" % kind.value)
        session.execute(batch)
        rows = list(session.execute("SELECT c, v FROM batched WHERE p = %s", (kind.value,)))
        equal(len(rows), 19)
    batch = BatchStatement(batch_type=BatchType.COUNTER)
    add = session.prepare("UPDATE counted SET n = n + ?, m = m - 1 WHERE id = ?")
    for number in range(1, 5):
        batch.add(add, (number, 1))
    session.execute(batch)
    equal(tuple(session.execute("SELECT n, m FROM counted WHERE id = 1").one()), (10, -4))
    session.execute("BEGIN BATCH INSERT INTO batched (p, c, v) VALUES (9, 1, 'a'); DELETE v FROM batched WHERE p = 9 AND c = 2; "
                    "APPLY BATCH")
    equal([tuple(r) for r in session.execute("SELECT c, v FROM batched WHERE p = 9")], [(1, "a")])
    mixed = BatchStatement(batch_type=BatchType.LOGGED)
    mixed.add(add, (1, 1))
    raises(InvalidRequest, lambda: session.execute(mixed), "counter")


@test("counters add and subtract, and refuse to be set")
def counters(session):
    fresh(session, "counters", "id int PRIMARY KEY, n counter")
    add = session.prepare("UPDATE counters SET n = n + ? WHERE id = ?")
    for amount in (1, 2**62, -(2**62), -5):
        session.execute(add, (amount, 1))
    equal(session.execute("SELECT n FROM counters WHERE id = 1").one().n, -4)
    raises(InvalidRequest, lambda: session.execute("UPDATE counters SET n = 1 WHERE id = 1"), "counter")
    raises(InvalidRequest, lambda: session.execute("INSERT INTO counters (id, n) VALUES (1, 1)"), "counter")


@test("conditional writes answer as applied, or with what is there")
def conditions(session):
    fresh(session, "conditional", "p int, c int, v text, w int, s text static, PRIMARY KEY (p, c)")
    insert = session.prepare("INSERT INTO conditional (p, c, v, w) VALUES (?, ?, ?, ?) IF NOT EXISTS")
    result = session.execute(insert, (1, 1, "a", 2))
    equal(result.column_names, ["[applied]"])
    equal(result.was_applied, True)
    result = session.execute(insert, (1, 1, "b", 3))
    equal((result.was_applied, result.column_names), (False, ["[applied]", "p", "c", "s", "v", "w"]))
    equal(tuple(result.one()), (False, 1, 1, None, "a", 2))
    update = session.prepare("UPDATE conditional SET v = ? WHERE p = ? AND c = ? IF w = ? AND v != ?")
    result = session.execute(update, ("z", 1, 1, 3, "q"))
    equal((result.was_applied, set(result.column_names)), (False, {"[applied]", "w", "v"}))
    equal(session.execute(update, ("z", 1, 1, 2, "q")).was_applied, True)
    equal(tuple(session.execute("UPDATE conditional SET v = 'n' WHERE p = 5 AND c = 5 IF EXISTS").one()), (False,))
    equal(session.execute("DELETE FROM conditional WHERE p = 1 AND c = 1 IF v IN ('y', 'z')").was_applied, True)
    equal(list(session.execute("SELECT * FROM conditional")), [])
    batch = BatchStatement()
    for number in (1, 2):
        batch.add(insert, (7, number, "batch", number))
    equal(session.execute(batch).was_applied, True)
    result = session.execute(batch)
    equal((result.was_applied, len(result.current_rows)), (False, 2))
    statement = SimpleStatement("SELECT v FROM conditional WHERE p = 7", consistency_level=ConsistencyLevel.SERIAL)
    equal([r.v for r in session.execute(statement)], ["batch", "batch"])


@test("errors are the driver's own exceptions")
def errors(session):
    fresh(session, "erroneous", "p int, c int, v int, PRIMARY KEY (p, c)")
    raises(SyntaxException, lambda: session.execute("SELEC * FROM erroneous"), "line 1")
    raises(InvalidRequest, lambda: session.execute("SELECT nothing FROM erroneous"), "nothing")
    raises(InvalidRequest, lambda: session.execute("SELECT * FROM nowhere"), "nowhere")
    raises(InvalidRequest, lambda: session.execute("SELECT * FROM erroneous WHERE v = 1"), "ALLOW FILTERING")
    raises(InvalidRequest, lambda: session.execute("INSERT INTO erroneous (p) VALUES (1)"), "c")
    raises(InvalidRequest, lambda: session.execute("INSERT INTO erroneous (p, c, v) VALUES (1, 1, 'text')"), "v")
    raises(InvalidRequest, lambda: session.execute("DROP TABLE nowhere"), "nowhere")
    raises(InvalidRequest, lambda: session.prepare("SELECT * FROM erroneous WHERE q = ?"), "q")
    raises(InvalidRequest, lambda: session.execute("USE nowhere_at_all"), "Keyspace 'nowhere_at_all' does not exist")
    raises(ConfigurationException, lambda: session.execute(
        "CREATE KEYSPACE nowhere WITH replication = {'class': 'NoSuchStrategy', 'replication_factor': 1}"), "NoSuchStrategy")
    error = raises(AlreadyExists, lambda: session.execute("CREATE TABLE erroneous (id int PRIMARY KEY)"))
    equal((error.keyspace, error.table), (KEYSPACE, "erroneous"))
    error = raises(AlreadyExists, lambda: session.execute(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {REPLICATION}"))
    equal((error.keyspace, error.table or None), (KEYSPACE, None))
    with cluster() as other:
        raises(NoHostAvailable, lambda: other.connect("nowhere_at_all"))


@test("two replicas asked of one are unavailable, with the numbers")
def unavailable(session):
    for text in ("SELECT * FROM erroneous WHERE p = 1", "INSERT INTO erroneous (p, c) VALUES (1, 1)"):
        statement = SimpleStatement(text, consistency_level=ConsistencyLevel.TWO, retry_policy=FallthroughRetryPolicy())
        error = raises(Unavailable, lambda: session.execute(statement))
        equal((error.consistency, error.required_replicas, error.alive_replicas), (ConsistencyLevel.TWO, 2, 1))
    for level in (ConsistencyLevel.ONE, ConsistencyLevel.QUORUM, ConsistencyLevel.ALL, ConsistencyLevel.LOCAL_ONE,
                  ConsistencyLevel.LOCAL_QUORUM):
        session.execute(SimpleStatement("SELECT * FROM erroneous WHERE p = 1", consistency_level=level))
    session.execute(SimpleStatement("INSERT INTO erroneous (p, c) VALUES (1, 1)", consistency_level=ConsistencyLevel.ANY))


@test("another client's schema changes arrive as events")
def events(session):
    with cluster(schema_event_refresh_window=0, topology_event_refresh_window=0) as watcher:
        watcher.connect()
        keyspaces = watcher.metadata.keyspaces

        def tables():
            return keyspaces["compat_events"].tables if "compat_events" in keyspaces else {}

        session.execute("DROP KEYSPACE IF EXISTS compat_events")
        session.execute(f"CREATE KEYSPACE compat_events WITH replication = {REPLICATION}")
        eventually(lambda: "compat_events" in keyspaces, "the keyspace is there")
        session.execute("CREATE TABLE compat_events.t (id int PRIMARY KEY)")
        eventually(lambda: "t" in tables(), "the table is there")
        session.execute("ALTER TABLE compat_events.t ADD v text")
        eventually(lambda: "v" in tables()["t"].columns, "the column is there")
        session.execute("CREATE TYPE compat_events.u (f int)")
        eventually(lambda: "u" in keyspaces["compat_events"].user_types, "the type is there")
        session.execute("DROP TYPE compat_events.u")
        eventually(lambda: "u" not in keyspaces["compat_events"].user_types, "the type is gone")
        session.execute("DROP TABLE compat_events.t")
        eventually(lambda: "t" not in tables(), "the table is gone")
        session.execute("DROP KEYSPACE compat_events")
        eventually(lambda: "compat_events" not in keyspaces, "the keyspace is gone")


@test("values are bound by name")
def named_values(session):
    fresh(session, "named", "id int PRIMARY KEY, v text")
    insert = session.prepare("INSERT INTO named (id, v) VALUES (:the_id, :the_v)")
    equal([c.name for c in insert.column_metadata], ["the_id", "the_v"])
    equal(insert.routing_key_indexes, [0])
    session.execute(insert, {"the_v": "x", "the_id": 1})
    equal(session.execute("SELECT v FROM named WHERE id = 1").one().v, "x")


@test("a value left unset leaves the column alone, and null deletes it")
def unset_values(session):
    fresh(session, "unset", "id int PRIMARY KEY, a text, b text")
    insert = session.prepare("INSERT INTO unset (id, a, b) VALUES (?, ?, ?)")
    session.execute(insert, (1, "a", "b"))
    session.execute(insert, (1, UNSET_VALUE, None))
    session.execute(insert, (2, "only"))
    equal([tuple(r) for r in sorted(session.execute("SELECT id, a, b FROM unset"))], [(1, "a", None), (2, "only", None)])
    delete = session.prepare("DELETE FROM erroneous WHERE p = ? AND c = ?")
    raises(InvalidRequest, lambda: session.execute(delete, (1, UNSET_VALUE)), "unset")


@test("a custom payload is accepted")
def custom_payload(session):
    session.execute("SELECT key FROM system.local", custom_payload={"key": b"\0\1", "empty": b""})


@test("the client's timestamp decides, and WRITETIME tells it")
def timestamps(session):
    fresh(session, "stamped", "id int PRIMARY KEY, v text")
    session.execute("INSERT INTO stamped (id, v) VALUES (1, 'new') USING TIMESTAMP 2000")
    session.execute("INSERT INTO stamped (id, v) VALUES (1, 'old') USING TIMESTAMP 1000")
    equal(tuple(session.execute("SELECT v, WRITETIME(v) FROM stamped WHERE id = 1").one()), ("new", 2000))
    kept, session.cluster.timestamp_generator = session.cluster.timestamp_generator, lambda: 1_500_000_000_000_000
    session.execute("INSERT INTO stamped (id, v) VALUES (2, 'x')")
    session.cluster.timestamp_generator = kept
    equal(session.execute("SELECT WRITETIME(v) FROM stamped WHERE id = 2").one()[0], 1_500_000_000_000_000)
    session.execute("DELETE FROM stamped USING TIMESTAMP 1999 WHERE id = 1")
    equal(session.execute("SELECT v FROM stamped WHERE id = 1").one().v, "new")


@test("TTL counts down and null means none")
def time_to_live(session):
    fresh(session, "expiring", "id int PRIMARY KEY, v text, w text")
    session.execute("INSERT INTO expiring (id, v) VALUES (1, 'x') USING TTL 1000")
    session.execute("UPDATE expiring SET w = 'y' WHERE id = 1")
    v, w = session.execute("SELECT TTL(v), TTL(w) FROM expiring").one()
    assert 990 <= v <= 1000 and w is None, (v, w)
    session.execute("INSERT INTO expiring (id, v) VALUES (2, 'x') USING TTL 1")
    eventually(lambda: not list(session.execute("SELECT v FROM expiring WHERE id = 2")), "the row has expired")


@test("1,000 requests are in flight at once")
def in_flight(session):
    futures = [session.execute_async("SELECT c FROM paged WHERE p = %s AND c = %s", (n % 7, n)) for n in range(1000)]
    equal([f.result().one().c for f in futures], list(range(1000)))


@test("a prepared statement survives ALTER TABLE, and a table dropped and made again")
def prepared_and_changed(session):
    fresh(session, "altered", "id int PRIMARY KEY, a int")
    select = session.prepare("SELECT * FROM altered WHERE id = ?")
    session.execute("INSERT INTO altered (id, a) VALUES (1, 2)")
    equal(tuple(session.execute(select, (1,)).one()), (1, 2))
    session.execute("ALTER TABLE altered ADD b text")
    session.execute("INSERT INTO altered (id, b) VALUES (1, 'b')")
    equal(session.execute(select, (1,)).one()._asdict(), {"id": 1, "a": 2, "b": "b"})
    fresh(session, "altered", "id int PRIMARY KEY, a int")
    session.execute("INSERT INTO altered (id, a) VALUES (1, 3)")
    equal(session.execute(select, (1,)).one().a, 3)


@test("TRUNCATE leaves nothing")
def truncate(session):
    session.execute("TRUNCATE batched")
    equal(list(session.execute("SELECT * FROM batched")), [])


@test("a trace tells what happened")
def tracing(session):
    result = session.execute("SELECT * FROM paged WHERE p = 1 LIMIT 1", trace=True)
    if not result.response_future._query_traces:
        raise Skip("the server does not trace")
    trace = result.get_query_trace(max_wait_sec=10)
    assert trace.request_type and trace.duration is not None


@test("after a restart the data is there, and prepared statements are prepared again")
def restart(session):
    if not harness.RESTART:
        raise Skip("RINGLET_RESTART is not set")
    fresh(session, "kept", "id int PRIMARY KEY, v uuid")
    insert = session.prepare("INSERT INTO kept (id, v) VALUES (?, ?)")
    select = session.prepare("SELECT v FROM kept WHERE id = ?")
    values = [uuid.uuid4() for _ in range(200)]
    for number, value in enumerate(values):
        session.execute(insert, (number, value))
    page = session.execute(SimpleStatement("SELECT c FROM paged", fetch_size=4000))
    seen, state = [r.c for r in page.current_rows], page.paging_state
    harness.restart_server()
    retry_while_down(lambda: session.execute(select, (0,)))
    equal([session.execute(select, (n,)).one().v for n in range(200)], values)
    session.execute(insert, (1000, values[0]))
    rest = session.execute(SimpleStatement("SELECT c FROM paged", fetch_size=4000), paging_state=state)
    equal(sorted(seen + [r.c for r in rest]), list(range(10_000)), "a scan that the restart interrupted")
    eventually(lambda: session.cluster.control_connection._connection is not None
               and not session.cluster.control_connection._connection.is_closed, "the control connection is back", 60)
    session.execute("CREATE TABLE after_restart (id int PRIMARY KEY)")
    equal(list(session.cluster.metadata.keyspaces[KEYSPACE].tables["after_restart"].columns), ["id"])


def main():
    with cluster() as connection:
        session = connection.connect()
        session.execute(f"DROP KEYSPACE IF EXISTS {KEYSPACE}")
        session.execute(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {REPLICATION}")
        session.set_keyspace(KEYSPACE)
        harness.run(session)


main()
