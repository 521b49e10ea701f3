// IF: which conditions hold for which row.
#include "tests/unit/cql/modify_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::modify_testing;

namespace {

struct Expected {
  const char* condition;
  const char* holds;
};

void check(Partition& partition, std::initializer_list<Expected> table) {
  for (const Expected& row : table) {
    CAPTURE(row.condition);
    CHECK_EQ(
        partition.condition(std::string("UPDATE t SET w = 'z' WHERE p = 1 AND c = 2 AND d = 'x' IF ") + row.condition),
        row.holds);
  }
}
std::string condition(Partition& partition, const std::string& text, std::vector<Bind> binds) {
  return partition.condition("UPDATE t SET w = 'z' WHERE p = 1 AND c = 2 AND d = 'x' IF " + text, std::move(binds));
}

Partition full() {
  Partition partition;
  partition.run(
      "INSERT INTO t (p, c, d, s, v, w, fl, l, m, st, u, fu, tu) VALUES (1, 2, 'x', 9, 5, 'abc', [1, 2], [10, 20], "
      "{'a': 1, 'b': 2}, {1, 3}, {f: 7, g: 'q'}, {f: 8}, (1, 'one'))");
  return partition;
}

}  // namespace

TEST_SUITE("cql modify conditions") {
  TEST_CASE("a value is compared by its type") {
    Partition partition = full();
    check(partition, {
                         {"v = 5", "true"},
                         {"v = 4", "false"},
                         {"v != 4", "true"},
                         {"v != 5", "false"},
                         {"v < 6", "true"},
                         {"v < 5", "false"},
                         {"v <= 5", "true"},
                         {"v > 4", "true"},
                         {"v > -1", "true"},
                         {"v > 5", "false"},
                         {"v >= 5", "true"},
                         {"v >= 6", "false"},
                         {"w > 'abb'", "true"},
                         {"w = 'abc' AND v = 5", "true"},
                         {"w = 'abc' AND v = 6", "false"},
                         {"s = 9", "true"},
                         {"s < 9", "false"},
                         {"tu = (1, 'one')", "true"},
                         {"tu > (1, 'onf')", "false"},
                     });
  }
  TEST_CASE("null equals what is not there and is never less or greater") {
    Partition partition = full(), empty;
    check(partition,
          {{"v = null", "false"}, {"v != null", "true"}, {"v IN (null, 4)", "false"}, {"dur = null", "true"}});
    check(empty, {
                     {"v = null", "true"},
                     {"v != null", "false"},
                     {"v = 5", "false"},
                     {"v != 5", "true"},
                     {"v < 5", "false"},
                     {"v >= 5", "false"},
                     {"v IN (5, null)", "true"},
                     {"v IN (5)", "false"},
                     {"v < null", "error: Invalid comparison with null for operator \"<\""},
                     {"v >= null", "error: Invalid comparison with null for operator \">=\""},
                 });
    check(partition, {{"v < null", "error: Invalid comparison with null for operator \"<\""}});
  }
  TEST_CASE("IN holds where one of its values does") {
    Partition partition = full();
    check(partition,
          {{"v IN (4, 5)", "true"}, {"v IN (4, 6)", "false"}, {"v IN ()", "false"}, {"w IN ('x', 'abc')", "true"}});
    CHECK_EQ(condition(partition, "v IN (?, ?)", {unset_bind(), bind_int(5)}), "true");
    CHECK_EQ(condition(partition, "v IN (?, ?)", {unset_bind(), bind_int(4)}), "false");
    Bytes list;
    ByteWriter out(list);
    out.big<int32_t>(1);
    out.big<int32_t>(4);
    out.big<int32_t>(5);
    CHECK_EQ(condition(partition, "v IN ?", {{BoundValue::Kind::bytes, list}}), "true");
    CHECK_EQ(condition(partition, "v IN ?", {null_bind()}), "error: Invalid null list in IN condition");
    CHECK_EQ(condition(partition, "v IN ?", {unset_bind()}), "error: Invalid 'unset' value in condition");
  }
  TEST_CASE("whole collections compare element by element; one that is not there is as an empty one") {
    Partition partition = full(), empty;
    check(partition, {
                         {"l = [10, 20]", "true"},
                         {"l = [20, 10]", "false"},
                         {"l != [10]", "true"},
                         {"l > [10]", "true"},
                         {"l < [10, 21]", "true"},
                         {"l < [10, 20]", "false"},
                         {"l IN ([1], [10, 20])", "true"},
                         {"fl = [1, 2]", "true"},
                         {"fl >= [1, 3]", "false"},
                         {"st = {3, 1}", "true"},
                         {"st != {1}", "true"},
                         {"st < {2}", "true"},
                         {"m = {'a': 1, 'b': 2}", "true"},
                         {"m > {'a': 1}", "true"},
                         {"m = {'a': 1, 'b': 3}", "false"},
                         {"l = null", "false"},
                         {"st != null", "true"},
                         {"l = []", "false"},
                     });
    check(empty, {
                     {"l = null", "true"},
                     {"l = []", "true"},
                     {"l < [1]", "true"},
                     {"l > [1]", "false"},
                     {"st != {1}", "true"},
                     {"m = {}", "true"},
                     {"fl < [1]", "false"},
                     {"fl = null", "true"},
                     {"l < null", "error: Invalid comparison with null for operator \"<\""},
                 });
  }
  TEST_CASE("CONTAINS looks into collections") {
    Partition partition = full(), empty;
    check(partition, {
                         {"l CONTAINS 20", "true"},
                         {"l CONTAINS 30", "false"},
                         {"st CONTAINS 3", "true"},
                         {"st CONTAINS 2", "false"},
                         {"m CONTAINS 2", "true"},
                         {"m CONTAINS 3", "false"},
                         {"m CONTAINS KEY 'b'", "true"},
                         {"m CONTAINS KEY 'c'", "false"},
                         {"fl CONTAINS 1", "true"},
                         {"v CONTAINS 5", "error: Cannot use CONTAINS on non-collection column v"},
                         {"l CONTAINS KEY 5", "error: Cannot use CONTAINS KEY on non-map column l"},
                         {"l CONTAINS null", "error: Invalid comparison with null for operator \"CONTAINS\""},
                     });
    check(empty, {{"l CONTAINS 20", "false"}, {"m CONTAINS KEY 'a'", "false"}});
  }
  TEST_CASE("elements and fields") {
    Partition partition = full(), empty;
    check(partition, {
                         {"l[0] = 10", "true"},
                         {"l[1] > 10", "true"},
                         {"l[2] = null", "true"},
                         {"l[2] = 1", "false"},
                         {"fl[1] = 2", "true"},
                         {"m['a'] = 1", "true"},
                         {"m['b'] IN (1, 2)", "true"},
                         {"m['c'] = null", "true"},
                         {"m['c'] != 1", "true"},
                         {"m['a'] < 1", "false"},
                         {"u.f = 7", "true"},
                         {"u.g != 'q'", "false"},
                         {"u.f IN (6, 7)", "true"},
                         {"fu.f = 8", "true"},
                         {"fu.g = null", "true"},
                         {"u = {f: 7, g: 'q'}", "true"},
                         {"u = {f: 7}", "false"},
                         {"fu = {f: 8}", "true"},
                         {"st[1] = 1", "error: Invalid element access syntax for set column st"},
                         {"v[1] = 1", "error: Invalid element access syntax for non-collection column v"},
                         {"v.f = 1", "error: Invalid field access syntax for non-UDT column v"},
                         {"u.x = 1", "error: Unknown field x for column u"},
                         {"l[-1] = 1", "error: Invalid negative list index -1"},
                         {"l[null] = 1", "error: Invalid null value for list element access"},
                     });
    check(empty, {{"l[0] = null", "true"},
                  {"m['a'] = 1", "false"},
                  {"u.f = null", "true"},
                  {"u = null", "true"},
                  {"u.f != 1", "true"}});
    CHECK_EQ(condition(partition, "m[?] = 1", {null_bind()}), "error: Invalid null value for map element access");
    CHECK_EQ(condition(partition, "m[?] = 1", {unset_bind()}), "error: Invalid unset value for map element access");
  }
  TEST_CASE("unset and durations are refused where they make no sense") {
    Partition partition = full();
    CHECK_EQ(condition(partition, "v = ?", {unset_bind()}), "error: Invalid 'unset' value in condition");
    CHECK_EQ(condition(partition, "v = ?", {null_bind()}), "false");
    check(partition, {
                         {"dur < 1h", "error: Slice conditions are not supported on durations"},
                         {"ld < [1h]", "error: Slice conditions are not supported on collections containing durations"},
                         {"dur = 1h", "false"},
                     });
  }
  TEST_CASE("IF EXISTS and IF NOT EXISTS go by the row") {
    Partition partition = full(), empty;
    check(partition, {{"EXISTS", "true"}});
    check(empty, {{"EXISTS", "false"}});
    CHECK_EQ(partition.condition("INSERT INTO t (p, c, d) VALUES (1, 2, 'x') IF NOT EXISTS"), "false");
    CHECK_EQ(empty.condition("INSERT INTO t (p, c, d) VALUES (1, 2, 'x') IF NOT EXISTS"), "true");
  }
  TEST_CASE("a refused IF shows the columns it names, each once; IF EXISTS all") {
    const SchemaRef schema = modify_schema();
    const auto shown = [&](const std::string& text) {
      BindMarkers markers(4);
      const auto plan = plan_of(text, schema, markers);
      REQUIRE(plan.has_value());
      std::string names;
      for (const Column* column : plan->condition_columns()) names += (names.empty() ? "" : " ") + column->name;
      return names;
    };
    CHECK_EQ(
        shown(
            "UPDATE t SET v = 1 WHERE p = 1 AND c = 2 AND d = 'x' IF w = 'a' AND m['a'] = 1 AND m['b'] = 2 AND v > 1"),
        "w m v");
    CHECK_EQ(shown("INSERT INTO k (k) VALUES (1) IF NOT EXISTS"), "k v l b");
    CHECK_EQ(shown("UPDATE k SET v = 1 WHERE k = 1"), "");
  }
}
