// Collections, user types and counters: what each form of assignment and deletion writes.
#include "tests/unit/cql/modify_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::modify_testing;

namespace {

// What `SET assignments` writes to the one row that these tests use, after what was run before.
std::string set(Partition& partition, const std::string& assignments, std::vector<Bind> binds = {},
                int64_t stamp = kStamp) {
  return partition.run("UPDATE t SET " + assignments + " WHERE p = 1 AND c = 2 AND d = 'x'", std::move(binds), stamp);
}
std::string set(const std::string& assignments, std::vector<Bind> binds = {}) {
  Partition partition;
  return set(partition, assignments, std::move(binds));
}
std::string drop(Partition& partition, const std::string& target, std::vector<Bind> binds = {}) {
  return partition.run("DELETE " + target + " FROM t WHERE p = 1 AND c = 2 AND d = 'x'", std::move(binds));
}
std::string drop(const std::string& target, std::vector<Bind> binds = {}) {
  Partition partition;
  return drop(partition, target, std::move(binds));
}

// The list as it would be read.
std::string list_of(Partition& partition) {
  Bytes position;
  append_ordered(*native_type(TypeKind::int_), bind_int(2).bytes, false, position);
  append_ordered(*native_type(TypeKind::text), "x", false, position);
  RowReader reader(partition.row(position));
  std::string out;
  CellView cell;
  while (reader.next(cell))
    if (cell.kind == CellKind::live && cell.has_path && cell.value.size() == 4)
      out += (out.empty() ? "" : ", ") + std::to_string(load_big<int32_t>(cell.value.data()));
  return out;
}

const Bytes kTwoElements = [] {  // [5, 3] as a list or a set (unsorted) of ints
  Bytes bytes;
  ByteWriter out(bytes);
  out.big<int32_t>(2);
  for (const int32_t element : {5, 3}) {
    out.big<int32_t>(4);
    out.big<int32_t>(element);
  }
  return bytes;
}();

}  // namespace

TEST_SUITE("cql modify collections") {
  TEST_CASE("assignment clears what was written before this moment, then writes the elements") {
    CHECK_EQ(set("st = {2, 1}"), "(2, 'x'): st cleared@999, st[1], st[2]");
    CHECK_EQ(set("m = {'b': 2, 'a': 1}"), "(2, 'x'): m cleared@999, m['a']=1, m['b']=2");
    CHECK_EQ(set("l = [3, 1, 2]"), "(2, 'x'): l cleared@999, l[]=3, l[]=1, l[]=2");
    CHECK_EQ(set("st = ?", {{BoundValue::Kind::bytes, kTwoElements}}), "(2, 'x'): st cleared@999, st[3], st[5]");
  }
  TEST_CASE("assignment of null or of an empty collection clears it; unset does nothing") {
    CHECK_EQ(set("st = null, m = {}, l = []"), "(2, 'x'): l cleared@999, m cleared@999, st cleared@999");
    CHECK_EQ(set("st = ?", {null_bind()}), "(2, 'x'): st cleared@999");
    CHECK_EQ(set("st = ?", {unset_bind()}), "");
    CHECK_EQ(written("INSERT INTO t (p, c, d, l) VALUES (1, 2, 'x', null)"), "(2, 'x'): live, l cleared@999");
  }
  TEST_CASE("frozen collections are one cell") {
    CHECK_EQ(set("fl = [1, 2]"), "(2, 'x'): fl=[1, 2]");
    CHECK_EQ(set("fl = null"), "(2, 'x'): fl deleted");
  }
  TEST_CASE("sets and maps: adding and removing") {
    CHECK_EQ(set("st = st + {1, 2}"), "(2, 'x'): st[1], st[2]");
    CHECK_EQ(set("st += {1}"), "(2, 'x'): st[1]");
    CHECK_EQ(set("st = st - {1, 2}"), "(2, 'x'): st[1] deleted, st[2] deleted");
    CHECK_EQ(set("m = m + {'a': 1}"), "(2, 'x'): m['a']=1");
    CHECK_EQ(set("m = m - {'a', 'b'}"), "(2, 'x'): m['a'] deleted, m['b'] deleted");
    CHECK_EQ(set("m['a'] = 1"), "(2, 'x'): m['a']=1");
    CHECK_EQ(set("m['a'] = null"), "(2, 'x'): m['a'] deleted");
    CHECK_EQ(set("m[?] = ?", {bind_text("a"), unset_bind()}), "");
    CHECK_EQ(drop("m['a']"), "(2, 'x'): m['a'] deleted");
    CHECK_EQ(drop("st[4]"), "(2, 'x'): st[4] deleted");
    CHECK_EQ(drop("st, l"), "(2, 'x'): l cleared, st cleared");
    CHECK_EQ(written("UPDATE t SET ss = ss + {1} WHERE p = 1"), "static: ss[1]");
  }
  TEST_CASE("adding or removing null or unset does nothing") {
    CHECK_EQ(set("st = st + ?, l = l + ?, m = m + ?", {null_bind(), null_bind(), null_bind()}), "");
    CHECK_EQ(set("st = st - ?, l = ? + l, m = m - ?", {unset_bind(), unset_bind(), unset_bind()}), "");
  }
  TEST_CASE("a key or element that is null or unset is refused") {
    CHECK_EQ(set("m[?] = 1", {null_bind()}), "error: Invalid null map key");
    CHECK_EQ(set("m[?] = 1", {unset_bind()}), "error: Invalid unset map key");
    CHECK_EQ(drop("m[?]", {null_bind()}), "error: Invalid null map key");
    CHECK_EQ(drop("st[?]", {null_bind()}), "error: Invalid null set element");
    CHECK_EQ(set("l = [1, null]"), "error: null is not supported inside collections");
    CHECK_EQ(set("l = l + [?]", {null_bind()}), "error: null is not supported inside collections");
  }
}

TEST_SUITE("cql modify bounds") {
  TEST_CASE("collections that would make too large a row, or that claim too many elements, are refused") {
    Bytes many;
    ByteWriter out(many);
    out.big<uint32_t>(500'000);
    many.resize(4 + 500'000 * 4, '\0');  // as many empty texts
    CHECK_EQ(written("INSERT INTO tx (k, lt) VALUES ('a', ?)", {{BoundValue::Kind::bytes, many}}),
             "error: Mutation of 13500000 bytes is too large for the maximum size of 8388608");
    Bytes more;
    ByteWriter(more).big<uint32_t>(2'000'000);
    more.resize(4 + 2'000'000 * 4, '\0');
    CHECK_EQ(written("INSERT INTO tx (k, lt) VALUES ('a', ?)", {{BoundValue::Kind::bytes, more}}),
             "error: A collection may have at most 1048560 elements");
  }
}

TEST_SUITE("cql modify lists") {
  TEST_CASE("appended and prepended elements keep their order, within a statement and between statements") {
    Partition partition;
    set(partition, "l = l + [1, 2, 3]");
    set(partition, "l = [-2, -1, 0] + l");
    set(partition, "l = l + [4]");
    set(partition, "l = [-4, -3] + l");
    CHECK_EQ(list_of(partition), "-4, -3, -2, -1, 0, 1, 2, 3, 4");
  }
  TEST_CASE("appending in two statements of one batch keeps both") {
    Partition partition;
    const std::string where = " WHERE p = 1 AND c = 2 AND d = 'x'";
    CHECK_EQ(partition.batch({"UPDATE t SET l = l + [1]" + where, "UPDATE t SET l = l + [2]" + where}),
             "(2, 'x'): l[]=1, l[]=2");
  }
  TEST_CASE("an index names the element that is there now") {
    Partition partition;
    set(partition, "l = [10, 20, 30]");
    CHECK_EQ(set(partition, "l[1] = 21", {}, kStamp + 1), "(2, 'x'): l[]=21@1001");
    CHECK_EQ(list_of(partition), "10, 21, 30");
    CHECK_EQ(drop(partition, "l[0]"), "(2, 'x'): l[] deleted");
    CHECK_EQ(list_of(partition), "21, 30");
    CHECK_EQ(set(partition, "l[?] = null", {bind_int(1)}), "(2, 'x'): l[] deleted");
    CHECK_EQ(list_of(partition), "21");
  }
  TEST_CASE("removing values removes every element that equals one of them") {
    Partition partition;
    set(partition, "l = [1, 2, 1, 3, 2]");
    CHECK_EQ(set(partition, "l = l - [1, 3, 9]"), "(2, 'x'): l[] deleted, l[] deleted, l[] deleted");
    CHECK_EQ(list_of(partition), "2, 2");
    CHECK_EQ(set(partition, "l = l - ?", {null_bind()}), "");
  }
  TEST_CASE("an index out of bounds, null, or into a list that is not there") {
    Partition partition;
    CHECK_EQ(set(partition, "l[0] = 1"), "error: Attempted to set an element on a list which is null");
    CHECK_EQ(drop(partition, "l[0]"), "error: Attempted to delete an element from a list which is null");
    set(partition, "l = [1, 2]");
    CHECK_EQ(set(partition, "l[5] = 1"), "error: List index 5 out of bound, list has size 2");
    CHECK_EQ(set(partition, "l[-1] = 1"), "error: List index -1 out of bound, list has size 2");
    CHECK_EQ(drop(partition, "l[2]"), "error: List index 2 out of bound, list has size 2");
    CHECK_EQ(set(partition, "l[?] = 1", {null_bind()}), "error: Invalid null value for list index");
    CHECK_EQ(set(partition, "l[?] = 1", {unset_bind()}), "error: Invalid unset value for list index");
  }
  TEST_CASE("only what needs the list as it is reads before it writes") {
    const SchemaRef schema = modify_schema();
    const auto reads = [&](const std::string& text) {
      BindMarkers markers(4);
      const auto plan = plan_of(text, schema, markers);
      REQUIRE(plan.has_value());
      return plan->reads_before_writing();
    };
    CHECK(reads("UPDATE k SET l[0] = 1 WHERE k = 1"));
    CHECK(reads("UPDATE k SET l = l - [1] WHERE k = 1"));
    CHECK(reads("DELETE l[0] FROM k WHERE k = 1"));
    CHECK(reads("UPDATE cn SET n = n + 1 WHERE k = 1"));
    CHECK_FALSE(reads("UPDATE k SET l = l + [1] WHERE k = 1"));
    CHECK_FALSE(reads("UPDATE k SET l = [1] WHERE k = 1"));
    CHECK_FALSE(reads("DELETE l FROM k WHERE k = 1"));
  }
}

TEST_SUITE("cql modify user types") {
  TEST_CASE("assignment clears all fields and writes those that have a value") {
    CHECK_EQ(set("u = {f: 1, g: 'a'}"), "(2, 'x'): u cleared@999, u.f=1, u.g='a'");
    CHECK_EQ(set("u = {g: 'a'}"), "(2, 'x'): u cleared@999, u.g='a'");
    CHECK_EQ(set("u = null"), "(2, 'x'): u cleared@999");
    CHECK_EQ(set("fu = {f: 1}"), "(2, 'x'): fu={f: 1, g: null}");
  }
  TEST_CASE("one field at a time") {
    CHECK_EQ(set("u.f = 1, u.g = null"), "(2, 'x'): u.f=1, u.g deleted");
    CHECK_EQ(set("u.f = ?", {unset_bind()}), "");
    CHECK_EQ(drop("u.g"), "(2, 'x'): u.g deleted");
    CHECK_EQ(drop("u"), "(2, 'x'): u cleared");
  }
}

TEST_SUITE("cql modify counters") {
  TEST_CASE("an increment goes on from the count that is there") {
    Partition partition;
    CHECK_EQ(partition.run("UPDATE cn SET n = n + 5 WHERE k = 1"), "(): n=5");
    CHECK_EQ(partition.run("UPDATE cn SET n -= 2, o = o + 1 WHERE k = 1"), "(): n=3, o=1");
    CHECK_EQ(partition.run("UPDATE cn SET n = n + ? WHERE k = 1", {bind_bigint(-10)}), "(): n=-7");
  }
  TEST_CASE("increments of one counter in one statement or one batch add up") {
    Partition partition;
    CHECK_EQ(partition.run("UPDATE cn SET n = n + 1, n = n + 2 WHERE k = 1"), "(): n=3");
    CHECK_EQ(partition.batch({"UPDATE cn SET n = n + 10 WHERE k = 1", "UPDATE cn SET n = n + 20 WHERE k = 1",
                              "UPDATE cn SET o = o + 1 WHERE k = 1"}),
             "(): n=33, o=1");
    CHECK_EQ(partition.run("UPDATE cn SET n = n + 1 WHERE k = 1"), "(): n=34");
    CHECK_EQ(Partition().batch({"UPDATE cc SET n = n + 1 WHERE k = 1 AND c = 2",
                                "UPDATE cc SET n = n + 1 WHERE k = 1 AND c = 1",
                                "UPDATE cc SET n = n + 1 WHERE k = 1 AND c = 2"}),
             "(1): n=1; (2): n=2");
  }
  TEST_CASE("null is no increment, unset is none, the least bigint wraps") {
    CHECK_EQ(written("UPDATE cn SET n = n + ? WHERE k = 1", {null_bind()}),
             "error: Invalid null value for counter increment");
    CHECK_EQ(written("UPDATE cn SET n = n + null WHERE k = 1"), "error: Invalid null value for counter increment");
    CHECK_EQ(written("UPDATE cn SET n = n + ? WHERE k = 1", {unset_bind()}), "");
    CHECK_EQ(written("UPDATE cn SET n = n - ? WHERE k = 1", {bind_bigint(INT64_MIN)}), "(): n=-9223372036854775808");
  }
  TEST_CASE("counters can be deleted, alone or with their row") {
    CHECK_EQ(written("DELETE n FROM cn WHERE k = 1"), "(): n deleted");
    CHECK_EQ(written("DELETE FROM cc WHERE k = 1 AND c = 2"), "(2): deleted");
  }
}
