"""The ringlet command, end to end."""

import http.client
import json
import os
import pathlib
import pty
import select
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import snapshots_test  # noqa: E402, F401  its tests run with these
from suite import BINARY, HOST, HTTP_PORT, PORT, Folder, Node, done, flipped, free_port, refused, ringlet, run_all, test  # noqa: E402

CQL = ["--host", HOST, "--port", PORT]
ADMIN = ["--host", HOST, "--http-port", HTTP_PORT]


def cql(statement, *flags):
    return ringlet("cql", HOST, PORT, "-e", statement, *flags)


def fresh_keyspace(name):
    done(cql(f"DROP KEYSPACE IF EXISTS {name}; CREATE KEYSPACE {name} WITH replication = "
             "{'class': 'SimpleStrategy', 'replication_factor': 1}"))


def http_request(method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(HOST, int(HTTP_PORT), timeout=60)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), dict(answer.getheaders())


@test
def version():
    """--version says what was built, and wrong usage exits with 2."""
    assert done(ringlet("--version")).out.startswith("ringlet ")
    assert ringlet().code == 2
    assert ringlet("no-such-verb").code == 2
    assert ringlet("import", "nodot", "x.csv").code == 2


@test
def shell_runs_statements():
    """cql -e runs statements and prints their rows; the first error ends it with one line and exit code 1."""
    fresh_keyspace("cli_shell")
    done(cql("CREATE TABLE cli_shell.t (k int PRIMARY KEY, v text, l list<int>); "
             "INSERT INTO cli_shell.t (k, v, l) VALUES (1, 'it''s; here', [1, 2])"))
    shown = done(cql("SELECT * FROM cli_shell.t"))
    assert "it's; here" in shown.out and "(1 rows)" in shown.out, shown
    refused(cql("SELECT * FROM cli_shell.missing; SELECT * FROM cli_shell.t"), "missing", "0x2200")
    refused(cql("SELEKT"), "0x2000")


@test
def shell_reads_files_and_pipes():
    """cql reads a file with -f, and statements from a pipe, over several lines and with comments."""
    fresh_keyspace("cli_pipe")
    script = "-- a table;\nUSE cli_pipe;\nCREATE TABLE t (\n  k int PRIMARY KEY, v text);\nINSERT INTO t (k, v) VALUES (1, 'a;\nb');\n"
    done(ringlet("cql", *CQL, stdin=script))
    with Folder() as folder:
        (folder / "q.cql").write_text("SELECT v FROM cli_pipe.t;")
        assert done(ringlet("cql", *CQL, "-f", folder / "q.cql", "--json")).rows() == [{"v": "a;\nb"}]
        refused(ringlet("cql", *CQL, "-f", folder / "none.cql"), "none.cql")


@test
def shell_json_and_paging():
    """cql --json prints a row a line, over many pages, with values as JSON has them."""
    fresh_keyspace("cli_json")
    done(cql("CREATE TABLE cli_json.t (p int, c int, m map<text, int>, PRIMARY KEY (p, c))"))
    batch = "; ".join(f"INSERT INTO cli_json.t (p, c, m) VALUES (0, {i}, {{'x': {i}}})" for i in range(2500))
    done(ringlet("cql", *CQL, stdin=batch))
    rows = done(cql("SELECT c, m FROM cli_json.t", "--json")).rows()
    assert [row["c"] for row in rows] == list(range(2500))
    assert rows[7]["m"] == {"x": 7}


@test
def shell_describes():
    """DESCRIBE works from the shell, and terminals are not commanded by data."""
    fresh_keyspace("cli_desc")
    done(cql("CREATE TABLE cli_desc.t (k text PRIMARY KEY); INSERT INTO cli_desc.t (k) VALUES ('\x1b[31mred')"))
    assert "CREATE TABLE cli_desc.t" in done(cql("DESCRIBE TABLE cli_desc.t")).out
    assert "\x1b" not in done(cql("SELECT * FROM cli_desc.t")).out


@test
def shell_on_a_terminal():
    """On a terminal cql prompts, takes statements over several lines, edits and recalls them, goes on after errors, and exits with 0."""
    fresh_keyspace("cli_tty")
    child, terminal = pty.fork()
    if child == 0:
        os.execv(BINARY, [BINARY, "cql", HOST, PORT])

    def expect(words):
        seen = ""
        while words not in seen:
            ready, _, _ = select.select([terminal], [], [], 20)
            assert ready, f"{words!r} did not come after {seen!r}"
            seen += os.read(terminal, 4096).decode(errors="replace")

    def type_keys(keys):
        os.write(terminal, keys.encode())

    expect("ringlet> ")
    type_keys("USE cli_tty;\r")
    expect("ringlet:cli_tty> ")
    type_keys("CREATE TABLE t (\r")
    expect("... ")
    type_keys("k int PRIMARY KEY, v text);\r")
    expect("ringlet:cli_tty> ")
    type_keys("INSERT INTO t (k, v) VALUES (1, 'xy\x7fz');\r")
    expect("ringlet:cli_tty> ")
    type_keys("SELEKT;\r")
    expect("0x2000")
    type_keys("SELECT v FROM t;\r")
    expect("xz")
    type_keys("\x1b[A\r")
    expect("(1 rows)")
    type_keys("exit\r")
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, status


@test
def nobody_there():
    """A node that is not there is one clear line and exit code 1, for every verb."""
    port = str(free_port())
    refused(ringlet("cql", "127.0.0.1", port, "-e", "x"), port)
    for verb in ("status", "tables", "flush", "compact", "cleanup", "scrub", "upgrade", "verify"):
        refused(ringlet(verb, "--http-port", port), port, "ringlet serve")
    with Folder() as folder:
        (folder / "a.csv").write_text("k\n1\n")
        refused(ringlet("import", "a.b", folder / "a.csv", "--port", port), port)
        refused(ringlet("export", "a.b", folder / "b.csv", "--port", port), port)
    refused(ringlet("cql", "no.such.host", port, "-e", "x"), "no.such.host")


@test
def status_and_tables():
    """status and tables tell the node's numbers, to people and as JSON."""
    fresh_keyspace("cli_numbers")
    done(cql("CREATE TABLE cli_numbers.t (k int PRIMARY KEY, v text); INSERT INTO cli_numbers.t (k, v) VALUES (1, 'x')"))
    status = json.loads(done(ringlet("status", *ADMIN, "--json")).out)
    assert status["shards"] >= 1 and status["memory"]["limit_bytes"] > 0 and status["disk"]["free_bytes"] > 0
    assert status["log"]["replay"]["holes"] == [] and status["strays"]["quarantined"] == []
    assert status["clients"]["requests"] > 0 and status["engine"]["writes"] > 0
    assert status["node"]["host_id"] in done(ringlet("status", *ADMIN)).out
    tables = {(t["keyspace"], t["table"]): t for t in json.loads(done(ringlet("tables", *ADMIN, "--json")).out)["tables"]}
    assert tables["cli_numbers", "t"]["memtable_bytes"] > 0
    assert "cli_numbers" in done(ringlet("tables", *ADMIN)).out


@test
def flush_and_compact():
    """flush makes files, compact makes one of them, and the rows are still there."""
    fresh_keyspace("cli_work")
    done(cql("CREATE TABLE cli_work.t (k int PRIMARY KEY, v text)"))

    def count():
        tables = json.loads(done(ringlet("tables", *ADMIN, "--json")).out)["tables"]
        return next(t for t in tables if t["keyspace"] == "cli_work")

    for i in range(3):
        done(cql(f"INSERT INTO cli_work.t (k, v) VALUES (1, 'v{i}')"))
        done(ringlet("flush", "cli_work.t", *ADMIN))
    assert count()["sstables"] >= 2 and count()["memtable_partitions"] == 0, count()
    assert json.loads(done(ringlet("compact", "cli_work", *ADMIN, "--json")).out)["done"] == [{"keyspace": "cli_work", "table": "t"}]
    assert count()["sstables"] == 1 and count()["rows_stored"] == 1, count()
    assert done(cql("SELECT v FROM cli_work.t", "--json")).rows() == [{"v": "v2"}]
    done(ringlet("flush", *ADMIN))
    refused(ringlet("flush", "cli_work.none", *ADMIN), "cli_work.none")
    refused(ringlet("compact", "no_such_keyspace", *ADMIN), "no_such_keyspace")


@test
def work_on_files():
    """verify, scrub, upgrade and cleanup say what they did; the bound on compaction is changed while the node runs."""
    fresh_keyspace("cli_files")
    done(cql("CREATE TABLE cli_files.t (k int PRIMARY KEY, v text); INSERT INTO cli_files.t (k, v) VALUES (1, 'x')"))
    done(ringlet("flush", "cli_files.t", *ADMIN))

    def work(*arguments):
        return json.loads(done(ringlet(*arguments, "cli_files.t", *ADMIN, "--json")).out)["done"][0]

    assert work("verify")["files"] == 1 and work("verify")["damage"] == []
    assert work("upgrade")["rewritten"] == 0 and work("cleanup")["rewritten"] == 0
    assert work("upgrade", "--all")["rewritten"] == 1
    assert work("scrub")["rewritten"] == 1 and work("scrub")["bytes_out"] > 0
    assert done(cql("SELECT v FROM cli_files.t", "--json")).rows() == [{"v": "x"}]
    assert "verified 1 tables" in done(ringlet("verify", "cli_files", *ADMIN)).out
    table = next(t for t in json.loads(done(ringlet("tables", *ADMIN, "--json")).out)["tables"] if t["keyspace"] == "cli_files")
    assert table["write_amplification"] > 1, table
    refused(ringlet("scrub", "cli_files.none", *ADMIN), "cli_files.none")
    before = json.loads(http_request("GET", "/api/v1/compaction")[1])
    assert before["bytes_per_second"] == 64 << 20 and isinstance(before["tasks"], list), before
    assert "3.0 MiB" in done(ringlet("compact", "--rate", "3M", *ADMIN)).out
    assert json.loads(http_request("GET", "/api/v1/compaction")[1])["bytes_per_second"] == 3 << 20
    assert "3.0 MiB" in done(ringlet("status", *ADMIN)).out
    assert http_request("POST", "/api/v1/compaction", '{"bytes_per_second": -1}')[0] == 400
    assert http_request("DELETE", "/api/v1/compaction")[0] == 405
    done(ringlet("compact", "--rate", "64M", *ADMIN))
    refused(ringlet("compact", "--rate", "fast", *ADMIN), "fast")
    assert "2.0 GiB a day" in done(ringlet("compact", "--flash-write-budget", "2G", *ADMIN)).out
    flash = json.loads(http_request("GET", "/api/v1/status")[1])["flash"]
    assert flash["write_budget"] == 2 << 30 and not flash["over_budget"], flash
    causes = ["log", "flush", "compaction", "metadata", "restore"]
    for written in (flash["written_bytes"], flash["last_day"], flash["per_user_byte"]):
        assert abs(sum(written[cause] for cause in causes) - written["total"]) < 0.01, flash
    assert flash["user_bytes"] > 0 and flash["per_user_byte"]["log"] > 0.9, flash
    assert "of 2.0 GiB" in done(ringlet("status", *ADMIN)).out
    metrics = http_request("GET", "/metrics")[1]
    metrics = metrics if isinstance(metrics, str) else metrics.decode()
    assert 'ringlet_flash_written_bytes_total{cause="log"}' in metrics
    assert "ringlet_flash_write_budget_bytes 2147483648" in metrics
    done(ringlet("compact", "--flash-write-budget", "1", *ADMIN))
    assert "over budget" in done(ringlet("status", *ADMIN)).out
    done(ringlet("compact", "--flash-write-budget", "0", *ADMIN))
    assert http_request("POST", "/api/v1/compaction", '{"flash_write_budget": 1, "other": 2}')[0] == 400


@test
def work_side_by_side():
    """A flush waits for no work on files; of one table one work runs at a time, and --cancel ends what runs."""
    fresh_keyspace("cli_beside")
    done(cql("CREATE TABLE cli_beside.t (k int PRIMARY KEY, v text) WITH compression = {'enabled': false} AND "
             "compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': false}"))
    for part in range(2):
        rows = [f"INSERT INTO cli_beside.t (k, v) VALUES ({part * 100 + i}, '{'x' * 2000}');" for i in range(100)]
        done(ringlet("cql", HOST, PORT, stdin="\n".join(rows)))
        done(ringlet("flush", "cli_beside.t", *ADMIN))
    done(ringlet("compact", "--rate", "8K", *ADMIN))
    try:
        slow = subprocess.Popen([BINARY, "compact", "cli_beside.t", *ADMIN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while "at work      compact of cli_beside.t" not in done(ringlet("status", *ADMIN)).out:
            assert slow.poll() is None, slow.communicate()
        done(ringlet("flush", "cli_beside.t", *ADMIN))
        done(ringlet("flush", *ADMIN))
        refused(ringlet("scrub", "cli_beside.t", *ADMIN), "compact of cli_beside.t is at work", "--cancel")
        assert slow.poll() is None, slow.communicate()
        assert done(ringlet("compact", "--cancel", *ADMIN)).out == "cancelled compact of cli_beside.t\n"
        out, error = slow.communicate(timeout=30)
        assert slow.returncode == 1 and "compact of cli_beside.t was cancelled" in error, (out, error)
        assert done(ringlet("compact", "--cancel", *ADMIN)).out == "nothing was at work\n"
    finally:
        done(ringlet("compact", "--rate", "64M", *ADMIN))
    done(ringlet("compact", "cli_beside.t", *ADMIN))
    assert done(cql("SELECT count(*) FROM cli_beside.t", "--json")).rows() == [{"count": 200}]
    assert ringlet("compact", "--cancel", "cli_beside.t", *ADMIN).code == 2
    for half in (".", "cli_beside.", ".t"):
        refused(ringlet("compact", half, *ADMIN), "KEYSPACE.TABLE")
        refused(ringlet("snapshot", half, *ADMIN), "KEYSPACE.TABLE")
    refused(ringlet("snapshot", "--delete", "", *ADMIN), "name")


@test
def admin_api_refuses():
    """The admin port answers wrong requests with the right status, and keeps serving."""
    assert http_request("GET", "/api/v1/nothing")[0] == 404
    assert http_request("GET", "/api/v1/flush")[0] == 405
    assert http_request("POST", "/api/v1/status")[0] == 405
    assert http_request("POST", "/api/v1/flush", "not json")[0] == 400
    assert http_request("POST", "/api/v1/flush", '{"keyspace": "none_such"}')[0] == 404
    assert http_request("GET", "/api/v1/status", headers={"Host": "evil.example.com"})[0] == 403
    assert http_request("POST", "/api/v1/flush", headers={"Origin": "http://evil.example.com"})[0] == 403
    assert http_request("POST", "/api/v1/flush", "x" * 70000)[0] == 413
    with socket.create_connection((HOST, int(HTTP_PORT)), 5) as s:
        s.sendall(b"nonsense\r\n\r\n")
        assert s.recv(100).startswith(b"HTTP/1.1 400 ")
    assert http_request("GET", "/api/v1/status")[0] == 200


@test
def page_and_metrics():
    """The page comes with its script and a strict policy and names no other host; metrics are Prometheus text."""
    for path in ("/", "/app.js", "/style.css"):
        code, body, headers = http_request("GET", path)
        assert code == 200 and "default-src 'none'" in headers["Content-Security-Policy"]
        assert "http://" not in body and "https://" not in body, path
    code, body, _ = http_request("GET", "/metrics")
    assert code == 200
    for line in body.splitlines():
        assert line.startswith("# ") or float(line.rsplit(" ", 1)[1]) >= 0, line
    assert "\nringlet_writes_total{shard=\"0\"} " in body


TYPES = """CREATE TABLE {} (p text, c int, ascii_ ascii, big bigint, bytes blob, yes boolean, day date, dec decimal, dbl double,
  dur duration, flt float, ip inet, small smallint, clock time, at timestamp, tiny tinyint, id uuid, big_int varint, l list<text>,
  s set<int>, m map<text, int>, t tuple<int, text>, PRIMARY KEY (p, c))"""


@test
def every_type_round_trips():
    """Export and import give the same data back: every type, nulls, empty texts, quotes, commas and line ends."""
    fresh_keyspace("cli_types")
    done(cql(TYPES.format("cli_types.a") + "; " + TYPES.format("cli_types.b")))
    done(cql("""INSERT INTO cli_types.a (p, c, ascii_, big, bytes, yes, day, dec, dbl, dur, flt, ip, small, clock, at, tiny, id, big_int,
      l, s, m, t) VALUES ('a,"b"
c', 1, '', -9223372036854775808, 0xcafe, true, '1969-12-31', 1.50, 1.0E-7, 1mo2d3h, -0.5, '::1', -32768, '01:02:03.000000004',
      '2014-02-14 14:30:00.123', -128, 550e8400-e29b-41d4-a716-446655440000, 123456789012345678901234567890,
      ['it''s', 'x,y'], {3, 1}, {'k': 1}, (1, null));
      INSERT INTO cli_types.a (p, c) VALUES ('only the key', 2); INSERT INTO cli_types.a (p, c, bytes, l) VALUES ('n', 3, 0x, [])"""))
    with Folder() as folder:
        done(ringlet("export", "cli_types.a", folder / "a.csv", *CQL))
        summary = json.loads(done(ringlet("import", "cli_types.b", folder / "a.csv", *CQL, "--json")).out)
        assert summary["rows"] == 3 and summary["refused"] == 0, summary
        out = done(ringlet("export", "cli_types.b", "-", *CQL)).out
        assert out == (folder / "a.csv").read_text(), out
        assert not list(folder.glob("*.ringlet-import*")) and not list(folder.glob("*.unfinished"))
    assert done(cql("SELECT JSON * FROM cli_types.a", "--json")).out == done(cql("SELECT JSON * FROM cli_types.b", "--json")).out


@test
def import_reads_spreadsheets():
    """Import takes CRLF, a byte order mark and blank lines, and the last of several rows with one key wins."""
    fresh_keyspace("cli_crlf")
    done(cql("CREATE TABLE cli_crlf.t (k int PRIMARY KEY, v text)"))
    with Folder() as folder:
        text = "\ufeffv,k\r\n" + "".join(f"v{i},{i % 10}\r\n" for i in range(1000)) + "\r\n"
        (folder / "x.csv").write_text(text, newline="")
        assert "1,000 rows" in done(ringlet("import", "cli_crlf.t", folder / "x.csv", *CQL)).out
    rows = {row["k"]: row["v"] for row in done(cql("SELECT * FROM cli_crlf.t", "--json")).rows()}
    assert rows == {k: f"v{990 + k}" for k in range(10)}, rows


@test
def import_names_bad_rows():
    """Import names a bad row by its line and stops; --max-errors lets some pass, counted."""
    fresh_keyspace("cli_bad")
    done(cql("CREATE TABLE cli_bad.t (k int PRIMARY KEY, v int)"))
    with Folder() as folder:
        (folder / "x.csv").write_text('k,v\n1,1\ntwo,2\n3\n"4"x,4\n,5\n6,6\n')
        refused(ringlet("import", "cli_bad.t", folder / "x.csv", *CQL), "line 3", "column k", "--max-errors")
        refused(ringlet("import", "cli_bad.t", folder / "x.csv", *CQL, "--max-errors", 2), "more than 2")
        outcome = done(ringlet("import", "cli_bad.t", folder / "x.csv", *CQL, "--max-errors", 4))
        for line in (3, 4, 5, 6):
            assert f"line {line}: " in outcome.err, outcome
        assert "4 rows were refused" in outcome.out, outcome
        assert sorted(row["k"] for row in done(cql("SELECT k FROM cli_bad.t", "--json")).rows()) == [1, 6]
        (folder / "y.csv").write_text("k,nope\n1,1\n")
        refused(ringlet("import", "cli_bad.t", folder / "y.csv", *CQL), "nope")
        (folder / "z.csv").write_text("")
        refused(ringlet("import", "cli_bad.t", folder / "z.csv", *CQL), "header")
        refused(ringlet("import", "cli_bad.t", folder / "none.csv", *CQL), "none.csv")
        refused(ringlet("import", "cli_bad.none", folder / "x.csv", *CQL), "cli_bad.none")


@test
def export_fails_cleanly():
    """Export leaves no file behind when the table is not there or the folder cannot be written."""
    with Folder() as folder:
        refused(ringlet("export", "cli_bad.none", folder / "x.csv", *CQL), "none")
        assert not list(folder.iterdir())
        refused(ringlet("export", "cli_bad.t", folder / "no" / "x.csv", *CQL), "x.csv")


@test
def telemetry_is_live():
    """The first query after the first start shows this host's data; --telemetry=false records nothing."""
    with Folder() as folder, Node(folder / "on") as node:
        rows = done(node.cql("SELECT metric, value FROM telemetry.latest", "--json")).rows()
        metrics = {row["metric"]: row["value"] for row in rows}
        assert metrics["memory.total"] > 0 and metrics["disk.free"] > 0 and "cpu.load_1m" in metrics, metrics
        node.stop()
    with Folder() as folder, Node(folder / "off", "--telemetry=false") as node:
        refused(node.cql("SELECT * FROM telemetry.latest"), "telemetry")


@test
def inspect_tells_files():
    """inspect tells what a log segment and an sstable hold; a flipped byte is found, named, and exit code 1."""
    with Folder() as folder:
        with Node(folder / "data", "--telemetry=false") as node:
            done(node.cql("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
                          "CREATE TABLE k.t (k int PRIMARY KEY, v text)"))
            for i in range(50):
                done(node.cql(f"INSERT INTO k.t (k, v) VALUES ({i}, 'some text that is long enough {i}')"))
            log = sorted((folder / "data/commitlog").glob("*.log"))[-1]
            segment = json.loads(done(ringlet("inspect", log, "--json")).out)
            assert segment["kind"] == "commit log segment" and segment["records"] >= 50 and segment["damage"] == [], segment
            node.kill()
            check_damaged_log(log, folder)
        with Node(folder / "data", "--telemetry=false") as node:
            done(ringlet("flush", "--http-port", node.http_port))
            done(ringlet("snapshot", "--name", "s", "--http-port", node.http_port))
            node.stop()
        check_damaged_sstable(next((folder / "data/sstables").glob("*/*.sst")), folder)
        check_damaged_metadata(folder / "data", folder)
        (folder / "text").write_text("just text, longer than any footer " * 10)
        refused(ringlet("inspect", folder / "text"), "neither")
        assert "full disk" in done(ringlet("inspect", folder / "data/reserve")).out
        assert "lock" in done(ringlet("inspect", folder / "data/LOCK")).out
        (folder / "metadata.db").write_bytes(b"")
        refused(ringlet("inspect", folder / "metadata.db"), "is empty")
        refused(ringlet("inspect", folder / "none"), "none")
        refused(ringlet("inspect", folder), "not a file")


def check_damaged_log(log, folder):
    refused(ringlet("inspect", flipped(log, 200, folder / "hole.log")), "damaged", "hole.log")
    refused(ringlet("inspect", flipped(log, 20, folder / "header.log")), "header.log")


def check_damaged_sstable(sstable, folder):
    facts = json.loads(done(ringlet("inspect", sstable, "--json")).out)
    assert facts["kind"] == "sstable" and facts["rows"] == 50 and facts["table"] == "k.t", facts
    copy = folder / "elsewhere.sst"
    copy.write_bytes(sstable.read_bytes())
    assert "checksums        hold" in done(ringlet("inspect", copy)).out
    size = sstable.stat().st_size
    for at in (10, size // 2, size - 200, size - 60):
        refused(ringlet("inspect", flipped(sstable, at, copy)), "damaged", "elsewhere.sst")
    copy.write_bytes(sstable.read_bytes()[:-10])
    refused(ringlet("inspect", copy), "elsewhere.sst")


def check_damaged_metadata(data, folder):
    """Every other kind of file: told what it is; with a bit flipped it is damaged."""
    for name, kind, at in (("metadata.db", "metadata.db", 9000), ("schema.log", "schema log", 40), ("snapshots/s/manifest", "snapshot manifest", 20)):
        whole = data / name
        facts = json.loads(done(ringlet("inspect", whole, "--json")).out)
        assert facts["kind"] == kind and facts["damage"] == [], facts
        (folder / "copy").mkdir(exist_ok=True)
        copy = flipped(whole, at, folder / "copy" / whole.name)
        refused(ringlet("inspect", copy), "damaged", whole.name)


def refuses_to_start(data, *words, flags=(), node=None):
    node = node or Node(data, "--telemetry=false", *flags)
    refused(ringlet(*node.serve_arguments(), timeout=30), *words)


@test
def ports_in_use():
    """A CQL or HTTP port in use is one line that names it, exit code 1, and the directory is free again."""
    with Folder() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for which in ("port", "http_port"):
            node = Node(folder / "data", "--telemetry=false")
            setattr(node, which, port)
            refuses_to_start(None, str(port), node=node)
        with Node(folder / "data") as node:
            done(node.cql("SELECT * FROM system.local"))


@test
def locked_directory():
    """A directory that another node has is refused, and that node goes on."""
    with Folder() as folder, Node(folder / "data") as node:
        refuses_to_start(folder / "data", "data")
        done(node.cql("SELECT * FROM system.local"))


def unprivileged(arguments):
    """Runs without root's right to write everywhere, where this test is root."""
    if os.geteuid() != 0:
        return arguments
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", *arguments]


@test
def unwritable_directory():
    """A data directory that cannot be written, or made, is one line that names it."""
    with Folder() as folder:
        os.chmod(folder, 0o755)
        for name, make in (("readonly", lambda p: (p.mkdir(), p.chmod(0o555))), ("absent/deeper", lambda p: None)):
            make(folder / name)
            arguments = [BINARY, *map(str, Node(folder / name, "--telemetry=false").serve_arguments())]
            process = subprocess.run(unprivileged(arguments), capture_output=True, text=True, timeout=30)
            lines = process.stderr.splitlines()
            assert process.returncode == 1 and len(lines) == 1 and str(folder) in lines[0], process
        (folder / "file").write_text("x")
        refuses_to_start(folder / "file", "file")


def stopped_node(folder):
    with Node(folder / "data", "--telemetry=false") as node:
        done(node.cql("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
                      "CREATE TABLE k.t (k int PRIMARY KEY, v text); INSERT INTO k.t (k, v) VALUES (1, 'x')"))
        done(ringlet("flush", "--http-port", node.http_port))
        node.stop()
    return folder / "data"


@test
def newer_and_damaged_files():
    """A damaged sstable is an error to who reads it and to nobody else; a damaged or lost metadata.db is rebuilt from the files."""
    with Folder() as folder:
        data = stopped_node(folder)
        sstable = next((data / "sstables").glob("*/*.sst"))
        whole = sstable.read_bytes()
        flipped(sstable, len(whole) - 20, sstable)
        with Node(data, "--telemetry=false") as node:
            refused(node.cql("SELECT v FROM k.t"), sstable.name, "ringlet scrub")
            assert done(node.cql("SELECT key FROM system.local", "--json")).rows()
            assert "1 sstables that merges leave out" in done(ringlet("status", "--http-port", node.http_port)).out
            refused(ringlet("verify", "k.t", "--http-port", node.http_port), "1 files are damaged")
        sstable.write_bytes(whole)
        metadata = data / "metadata.db"
        kept = metadata.read_bytes()
        metadata.write_bytes(b"\xff" * 100 + kept[100:])
        for _ in ("damaged", "lost"):
            with Node(data, "--telemetry=false") as node:
                assert done(node.cql("SELECT v FROM k.t", "--json")).rows() == [{"v": "x"}]
            metadata.unlink()
        assert (data / "quarantine").is_dir()
        schema = data / "schema.log"
        schema.rename(data / "aside")
        refuses_to_start(data, "schema.log")
        (data / "aside").rename(schema)
        with Node(data, "--telemetry=false") as node:
            assert done(node.cql("SELECT v FROM k.t", "--json")).rows() == [{"v": "x"}]


@test
def stops_in_time():
    """SIGTERM in the middle of a compaction and of a half-sent HTTP request: exit code 0 within 10 seconds, and nothing is lost."""
    with Folder() as folder, Node(folder / "data", "--telemetry=false") as node:
        done(node.cql("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
                      "CREATE TABLE k.t (k int PRIMARY KEY, v text)"))
        (folder / "x.csv").write_text("k,v\n" + "".join(f"{i},{'x' * 100}\n" for i in range(30000)))
        for _ in range(2):
            done(ringlet("import", "k.t", folder / "x.csv", *node.cql_flags()))
            done(ringlet("flush", "--http-port", node.http_port))
        compaction = subprocess.Popen([BINARY, "compact", "--http-port", str(node.http_port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with socket.create_connection(("127.0.0.1", node.http_port), 5) as half:
            half.sendall(b"GET / HTTP/1.1\r\n")
            time.sleep(0.1)
            began = time.time()
            node.stop()
            assert time.time() - began < 10
        compaction.wait(10)
        with node:
            assert done(node.cql("SELECT COUNT(*) FROM k.t", "--json")).rows() == [{"count": 30000}]


@test
def wrong_settings():
    """Settings that make no sense are one line and exit code 1, or 2 where the command line itself is wrong."""
    with Folder() as folder:
        refuses_to_start(folder / "d", "8M", flags=("--memory", "8M"))
        assert ringlet("serve", "--data", folder / "d", "--cql-port", "seventy").code == 2
        refuses_to_start(folder / "d", "--tombstone-failure-threshold", flags=("--tombstone-failure-threshold", "10"))
        node = Node(folder / "d", "--listen", "0.0.0.0")
        refuses_to_start(None, "0.0.0.0", node=node)


@test
def settings_of_file_and_flags():
    """A flag wins over the file; a read that meets more tombstones than is allowed fails and says how many."""
    with Folder() as folder:
        config = folder / "ringlet.toml"
        config.write_text("tombstone-warn-threshold = 3\ntombstone-failure-threshold = 4\ntelemetry = false\n")
        with Node(folder / "d", "--config", config, "--tombstone-failure-threshold", 10) as node:
            done(node.cql("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
                          "CREATE TABLE k.t (k int, c int, PRIMARY KEY (k, c)); CREATE TABLE k.cells (k int PRIMARY KEY, m map<int, int>)"))
            rows = done(node.cql("SELECT value FROM system_views.settings WHERE name IN "
                                 "('tombstone_warn_threshold', 'tombstone_failure_threshold')", "--json")).rows()
            assert sorted(row["value"] for row in rows) == ["10", "3"], rows
            for count in (9, 10):
                done(node.cql(f"DELETE FROM k.t WHERE k = 1 AND c = {count}"))
                deletes = "; ".join(f"DELETE FROM k.t WHERE k = 1 AND c = {c}" for c in range(count))
                done(node.cql(deletes))
                answer = node.cql("SELECT * FROM k.t WHERE k = 1")
                assert (answer.code == 0) == (count < 10), (count, answer)
            assert "more than 10 tombstones (tombstone_failure_threshold)" in answer.err, answer
            for count in (10, 11):  # dead cells of one row
                asked = node.cql(f"UPDATE k.cells SET m = m - {set(range(count))} WHERE k = 1; SELECT * FROM k.cells")
                assert (asked.code == 0) == (count == 10), (count, asked)


if __name__ == "__main__":
    run_all()
