"""Snapshots, incremental backups and restores by the ringlet command, end to end, on nodes of their own. Run by cli_test.py."""

import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import Folder, Node, done, flipped, refused, ringlet, test  # noqa: E402


@test
def snapshot_and_restore():
    """snapshot -> drop -> restore brings back what a driver had written; into another table and another node, too."""
    with Folder() as folder, Node(folder / "one", "--telemetry=false", "--shards", "2") as node:
        admin = ["--http-port", node.http_port]
        done(node.cql("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
                      "CREATE TYPE k.pair (a int, b text); "
                      "CREATE TABLE k.t (p int, c int, v text, m map<text, int>, f frozen<pair>, s int static, PRIMARY KEY (p, c)) "
                      "WITH CLUSTERING ORDER BY (c DESC); "
                      "CREATE TABLE k.plain (k int PRIMARY KEY, v text)"))
        done(node.cql("".join(f"INSERT INTO k.t (p, c, v, m, f, s) VALUES ({i % 7}, {i}, 'v{i}', {{'x': {i}}}, {{a: {i}, b: 'b'}}, {i}); "
                              f"INSERT INTO k.plain (k, v) VALUES ({i}, 'p{i}'); " for i in range(200))))
        done(node.cql("DELETE FROM k.t WHERE p = 3; DELETE m FROM k.t WHERE p = 1 AND c = 8"))

        def rows(table, at=node):
            return sorted(done(at.cql(f"SELECT * FROM {table}", "--json")).rows(), key=str)

        before, plain = rows("k.t"), rows("k.plain")
        taken = json.loads(done(ringlet("snapshot", "--name", "monday", *admin, "--json")).out)["snapshot"]
        assert taken["name"] == "monday" and taken["files"] >= 2 and taken["bytes"] > 0, taken
        assert "plain" in done(ringlet("snapshot", "k.plain", "--name", "plain", *admin)).out
        assert "monday" in done(ringlet("snapshot", "--list", *admin)).out
        refused(ringlet("snapshot", "--name", "monday", *admin), "monday")
        refused(ringlet("snapshot", "--name", "../x", *admin), "../x")
        refused(ringlet("snapshot", "k.none", *admin), "k.none")
        refused(ringlet("snapshot", "--delete", "tuesday", *admin), "tuesday")
        refused(ringlet("restore", "tuesday", *admin), "tuesday")
        refused(ringlet("restore", "plain", "k.t", *admin), "k.t")
        done(node.cql("INSERT INTO k.t (p, c, v) VALUES (100, 1, 'later')"))
        done(node.cql("DROP TABLE k.t; TRUNCATE k.plain"))
        assert "k.t" in done(ringlet("restore", "monday", "k.t", *admin)).out
        assert rows("k.t") == before and rows("k.plain") == []
        done(ringlet("restore", "plain", "k.plain", "--as", "k.copy", *admin))
        assert rows("k.copy") == plain
        done(node.cql("INSERT INTO k.plain (k, v) VALUES (1, 'newer'); INSERT INTO k.plain (k, v) VALUES (1000, 'kept')"))
        done(ringlet("restore", "monday", *admin))
        merged = {r["k"]: r["v"] for r in rows("k.plain")}
        assert merged[1] == "newer" and merged[1000] == "kept" and merged[2] == "p2" and len(merged) == 201
        refused(ringlet("restore", "monday", "k.t", "--as", "k.plain", *admin), "k.plain")
        assert json.loads(done(ringlet("snapshot", "--list", *admin, "--json")).out)["running"] is None
        with Node(folder / "two", "--telemetry=false", "--shards", "1") as other:  # a folder copied over
            shutil.copytree(folder / "one" / "snapshots" / "monday", folder / "two" / "snapshots" / "copied")
            done(ringlet("restore", "copied", "--http-port", other.http_port))
            assert rows("k.t", other) == before and rows("k.plain", other) == plain
            file = next((folder / "two" / "snapshots" / "copied").glob("*/*.sst"))
            flipped(file, 30, file)
            refused(ringlet("restore", "copied", "--http-port", other.http_port), file.name)
            other.stop()
            with other:
                assert rows("k.t", other) == before
        done(ringlet("snapshot", "--delete", "monday", *admin))
        assert not (folder / "one" / "snapshots" / "monday").exists()
        assert rows("k.t") == before


@test
def backups_and_restore():
    """A snapshot and the backups since bring back all that was flushed, on another node too; what is missing is said first."""
    with Folder() as folder, Node(folder / "one", "--telemetry=false", "--incremental-backups", "on") as node:
        admin = ["--http-port", node.http_port]

        def insert(first, end):
            done(node.cql("".join(f"INSERT INTO k.t (k, v) VALUES ({i}, 'v{i}'); " for i in range(first, end))))

        def keys(at=node):
            return sorted(row["k"] for row in done(at.cql("SELECT k FROM k.t", "--json")).rows())

        def status():
            return json.loads(done(ringlet("backup", "--json", "--http-port", node.http_port)).out)

        done(node.cql("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
                      "CREATE TABLE k.t (k int PRIMARY KEY, v text)"))
        insert(0, 20)
        done(ringlet("snapshot", "--name", "base", *admin))
        insert(20, 40)
        done(ringlet("backup", "flush", *admin))
        insert(40, 50)  # in the log only
        node.kill()
        with node:
            admin = ["--http-port", node.http_port]
            assert status()["on"] and status()["files"] >= 1 and status()["linking"], status()
            done(ringlet("backup", "flush", *admin))
            with Node(folder / "two", "--telemetry=false") as other:
                there = ["--http-port", other.http_port]
                shutil.copytree(folder / "one" / "snapshots" / "base", folder / "two" / "snapshots" / "base")
                shutil.copytree(folder / "one" / "backups", folder / "two" / "snapshots" / "base" / "backups")
                done(ringlet("restore", "base", *there))
                assert keys(other) == list(range(20))
                done(ringlet("restore", "base", "--with-backups", *there))
                assert keys(other) == list(range(50))
                log = max((folder / "two" / "snapshots" / "base" / "backups").glob("*/log"))
                flipped(log, 40, log)
                refused(ringlet("restore", "base", "--with-backups", *there), "--incomplete")
            done(node.cql("TRUNCATE k.t"))
            assert "truncated" in done(ringlet("restore", "base", "--with-backups", *admin)).out
            assert keys() == []
            done(ringlet("restore", "base", "--with-backups", "--undo-losses", *admin))
            assert keys() == list(range(50))
            done(ringlet("backup", "off", *admin))
            insert(50, 60)
            done(ringlet("flush", *admin))
            assert not status()["on"]
            done(ringlet("backup", "on", *admin))
            insert(60, 70)
            done(ringlet("backup", "flush", *admin))
            done(node.cql("DROP TABLE k.t"))
            refused(ringlet("restore", "base", "--with-backups", "--undo-losses", *admin), "switched off", "--incomplete")
            said = done(ringlet("restore", "base", "--with-backups", "--undo-losses", "--incomplete", *admin)).out
            assert "MISSING" in said, said
            assert keys() == list(range(50)) + list(range(60, 70)), keys()
            done(ringlet("backup", "clear", *admin))
            assert status()["files"] == 0, status()
