// INSERT, UPDATE and DELETE of plain columns, rows, ranges and partitions: what each writes.
#include "tests/unit/cql/modify_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::modify_testing;

TEST_SUITE("cql modify rows") {
  TEST_CASE("INSERT makes the row exist and writes its columns") {
    CHECK_EQ(written("INSERT INTO k (k, v) VALUES (1, 2)"), "(): live, v=2");
    CHECK_EQ(written("INSERT INTO k (k) VALUES (1)"), "(): live");
    CHECK_EQ(written("INSERT INTO t (p, c, d, v, w) VALUES (1, 2, 'x', 3, 'y')"), "(2, 'x'): live, v=3, w='y'");
    CHECK_EQ(written("INSERT INTO t (w, v, d, c, p) VALUES ('y', 3, 'x', 2, 1)"), "(2, 'x'): live, v=3, w='y'");
  }
  TEST_CASE("what sets columns of one row goes the short way, one statement after the other, and nothing else does") {
    Partition partition;
    const char* const kShort[] = {"INSERT INTO k (k, v, b) VALUES (1, 2, 0x0102)",
                                  "INSERT INTO t (p, c, d, v, w, st) VALUES (1, 2, 'x', 3, 'y', {1, 2})",
                                  "UPDATE k USING TTL 30 AND TIMESTAMP 77 SET v = 2 WHERE k = 1",
                                  "INSERT INTO pp (a, b, v) VALUES (1, 'b', 3)",
                                  "INSERT INTO de (k, c) VALUES (1, 1.50)",
                                  "DELETE v, w FROM t WHERE p = 1 AND c = 2 AND d = 'x'",
                                  "UPDATE t SET m['a'] = 1, l = l + [1] WHERE p = 1 AND c = 2 AND d = 'x'"};
    for (const char* text : kShort) partition.run(text);
    CHECK_EQ(partition.short_ways(), std::size(kShort));
    const char* const kLong[] = {"INSERT INTO t (p, s) VALUES (1, 2)",
                                 "UPDATE k SET v = 1 WHERE k IN (1, 2)",
                                 "DELETE FROM t WHERE p = 1",
                                 "DELETE FROM t WHERE p = 1 AND c = 2",
                                 "UPDATE cn SET n = n + 1 WHERE k = 1",
                                 "INSERT INTO js JSON '{\"k\": 1, \"c\": 2}'",
                                 "UPDATE t SET v = 1 WHERE p = 1 AND (c, d) = (2, 'x')"};
    for (const char* text : kLong) {
      Partition other;
      other.run(text);
      CHECK_EQ(other.short_ways(), 0);
    }
  }
  TEST_CASE("INSERT of null writes a tombstone, of unset nothing") {
    CHECK_EQ(written("INSERT INTO k (k, v) VALUES (1, null)"), "(): live, v deleted");
    CHECK_EQ(written("INSERT INTO k (k, v) VALUES (?, ?)", {bind_int(1), null_bind()}), "(): live, v deleted");
    CHECK_EQ(written("INSERT INTO k (k, v) VALUES (?, ?)", {bind_int(1), unset_bind()}), "(): live");
  }
  TEST_CASE("INSERT of static columns alone makes no row; with a clustering key it does") {
    CHECK_EQ(written("INSERT INTO t (p, s) VALUES (1, 2)"), "static: s=2");
    CHECK_EQ(written("INSERT INTO t (p, c, d, s) VALUES (1, 2, 'x', 3)"), "static: s=3; (2, 'x'): live");
  }
  TEST_CASE("UPDATE writes columns and no row marker") {
    CHECK_EQ(written("UPDATE k SET v = 2 WHERE k = 1"), "(): v=2");
    CHECK_EQ(written("UPDATE k SET v = ? WHERE k = 1", {unset_bind()}), "");
    CHECK_EQ(written("UPDATE t SET v = 1, s = 2 WHERE p = 1 AND c = 2 AND d = 'x'"), "static: s=2; (2, 'x'): v=1");
    CHECK_EQ(written("UPDATE t SET s = 2 WHERE p = 1"), "static: s=2");
  }
  TEST_CASE("IN names several rows and partitions, each once") {
    CHECK_EQ(written("UPDATE t SET v = 1 WHERE p = 1 AND c IN (3, 2, 3) AND d IN ('b', 'a')"),
             "(2, 'a'): v=1; (2, 'b'): v=1; (3, 'a'): v=1; (3, 'b'): v=1");
    CHECK_EQ(written("UPDATE k SET v = 1 WHERE k IN (1, 2)"), "(): v=1 | (): v=1");
    CHECK_EQ(written("DELETE FROM t WHERE p = 1 AND (c, d) IN ((1, 'a'), (2, 'b'))"),
             "(1, 'a'): deleted; (2, 'b'): deleted");
    CHECK_EQ(written("DELETE FROM t WHERE p = 1 AND c IN ()"), "");
  }
  TEST_CASE("DELETE removes partitions, rows, ranges and columns") {
    CHECK_EQ(written("DELETE FROM k WHERE k = 1"), "partition deleted");
    CHECK_EQ(written("DELETE FROM t WHERE p = 1"), "partition deleted");
    CHECK_EQ(written("DELETE FROM t WHERE p = 1 AND c = 2 AND d = 'x'"), "(2, 'x'): deleted");
    CHECK_EQ(written("DELETE FROM t WHERE p = 1 AND c = 2"), "before (2) to after (2) deleted");
    CHECK_EQ(written("DELETE FROM t WHERE p = 1 AND c > 2 AND c <= 5"), "after (2) to after (5) deleted");
    CHECK_EQ(written("DELETE FROM t WHERE p = 1 AND c < 5"), "before () to before (5) deleted");
    CHECK_EQ(written("DELETE FROM t WHERE p = 1 AND (c, d) >= (2, 'x')"), "before (2, 'x') to after () deleted");
    CHECK_EQ(written("DELETE v, w FROM t WHERE p = 1 AND c = 2 AND d = 'x'"), "(2, 'x'): v deleted, w deleted");
    CHECK_EQ(written("DELETE s FROM t WHERE p = 1"), "static: s deleted");
    CHECK_EQ(written("DELETE s, v FROM t WHERE p = 1 AND c = 2 AND d = 'x'"), "static: s deleted; (2, 'x'): v deleted");
  }
  TEST_CASE("a later INSERT in a batch with the same timestamp loses to a DELETE of its row") {
    Partition partition;
    CHECK_EQ(partition.batch({"DELETE FROM t WHERE p = 1 AND c = 2 AND d = 'x'",
                              "INSERT INTO t (p, c, d, v) VALUES (1, 2, 'x', 3)"}),
             "(2, 'x'): deleted");
  }
  TEST_CASE("rows that are named by bytes their position does not give back keep those bytes") {
    CHECK_EQ(written("INSERT INTO de (k, c) VALUES (1, 1.50)"), "(1.50): live");
    CHECK_EQ(written("INSERT INTO de (k, c) VALUES (1, 1.5)"), "(1.5): live");
    CHECK_EQ(written("UPDATE de SET st = {1.0, 2.00} WHERE k = 1 AND c = 1"), "(1): st cleared@999, st[1.0], st[2.00]");
  }
  TEST_CASE("the same cell twice in one statement is reconciled") {
    CHECK_EQ(written("UPDATE t SET m['a'] = 1, m['a'] = 5, m['a'] = 3 WHERE p = 1 AND c = 2 AND d = 'x'"),
             "(2, 'x'): m['a']=5");
    CHECK_EQ(written("UPDATE t SET st = st + {1, 2}, st = st - {2} WHERE p = 1 AND c = 2 AND d = 'x'"),
             "(2, 'x'): st[1], st[2] deleted");
    CHECK_EQ(written("DELETE v, v FROM k WHERE k = 1"), "(): v deleted");
  }
}

TEST_SUITE("cql modify stamps") {
  TEST_CASE("USING TIMESTAMP stamps everything; unset leaves the default") {
    CHECK_EQ(written("INSERT INTO k (k, v) VALUES (1, 2) USING TIMESTAMP 7"), "(): live@7, v=2@7");
    CHECK_EQ(written("UPDATE k USING TIMESTAMP ? SET v = 2 WHERE k = 1", {bind_bigint(-5)}), "(): v=2@-5");
    CHECK_EQ(written("UPDATE k USING TIMESTAMP ? SET v = 2 WHERE k = 1", {unset_bind()}), "(): v=2");
    CHECK_EQ(written("DELETE FROM k USING TIMESTAMP 7 WHERE k = 1"), "partition deleted@7");
    CHECK_EQ(written("UPDATE k USING TIMESTAMP 7 SET l = [] WHERE k = 1"), "(): l cleared@6");
  }
  TEST_CASE("USING TIMESTAMP refuses null and the one timestamp that means none") {
    CHECK_EQ(written("UPDATE k USING TIMESTAMP ? SET v = 2 WHERE k = 1", {null_bind()}),
             "error: Invalid null value of timestamp");
    CHECK_EQ(written("UPDATE k USING TIMESTAMP -9223372036854775808 SET v = 2 WHERE k = 1"),
             "error: Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]");
    CHECK_EQ(Partition().run("UPDATE k SET v = 2 WHERE k = 1", {}, INT64_MIN),
             "error: Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]");
    CHECK_EQ(Partition().run("UPDATE k SET v = 2, l = [1] WHERE k = 1", {}, INT64_MIN + 1),
             "(): v=2@-9223372036854775807, l[]=1@-9223372036854775807");
  }
  TEST_CASE("USING TTL makes cells and the row's marker expire, static cells too") {
    CHECK_EQ(written("INSERT INTO t (p, c, d, s, v) VALUES (1, 2, 'x', 3, 4) USING TTL 60"),
             "static: s=3 ttl 60 until 560; (2, 'x'): live ttl 60 until 560, v=4 ttl 60 until 560");
    CHECK_EQ(written("UPDATE k USING TTL 60 SET l = [1], v = null WHERE k = 1"),
             "(): l cleared@999, v deleted, l[]=1 ttl 60 until 560");
  }
  TEST_CASE("a TTL of 0 or null is none whatever the table's default; unset is the default") {
    CHECK_EQ(written("UPDATE ttl SET v = 1 WHERE k = 1"), "(): v=1 ttl 3600 until 4100");
    CHECK_EQ(written("UPDATE ttl USING TTL ? SET v = 1 WHERE k = 1", {unset_bind()}), "(): v=1 ttl 3600 until 4100");
    CHECK_EQ(written("UPDATE ttl USING TTL ? SET v = 1 WHERE k = 1", {null_bind()}), "(): v=1");
    CHECK_EQ(written("UPDATE ttl USING TTL 0 SET v = 1 WHERE k = 1"), "(): v=1");
    CHECK_EQ(written("UPDATE ttl USING TTL 5 SET v = 1 WHERE k = 1"), "(): v=1 ttl 5 until 505");
  }
  TEST_CASE("a TTL below 0 or beyond twenty years is refused") {
    CHECK_EQ(written("UPDATE k USING TTL -1 SET v = 1 WHERE k = 1"),
             "error: A TTL must be greater or equal to 0, but was -1");
    CHECK_EQ(written("UPDATE k USING TTL ? SET v = 1 WHERE k = 1", {bind_int(630720001)}),
             "error: ttl is too large. requested (630720001) maximum (630720000)");
    CHECK_EQ(written("UPDATE k USING TTL 630720000 SET v = 1 WHERE k = 1"), "(): v=1 ttl 630720000 until 630720500");
  }
  TEST_CASE("what expires carries the boot in which the clock was not trusted") {
    Partition partition;
    partition.run("INSERT INTO k (k, v) VALUES (1, 2) USING TTL 60", {}, kStamp, 3);
    RowReader reader(partition.row(""));
    CHECK_EQ(reader.liveness().boot, 3);
    CellView cell;
    REQUIRE(reader.next(cell));
    CHECK_EQ(cell.boot, 3);
    CHECK(validate_row(partition.row("")).has_value());
  }
  TEST_CASE("USING TIMEOUT is a duration without days") {
    Partition partition;
    CHECK_EQ(partition.run("UPDATE k USING TIMEOUT 5s SET v = 1 WHERE k = 1"), "(): v=1");
    CHECK_EQ(partition.run("UPDATE k USING TIMEOUT 5d SET v = 1 WHERE k = 1"),
             "error: Timeout values cannot be expressed in days/months");
  }
}
