#include <doctest/doctest.h>

#include <algorithm>

#include "core/cql/multi_cell.h"
#include "core/data/keys.h"
#include "core/data/text_value.h"
#include "tests/unit/cql/plan_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::testing;

namespace {

struct RowValues {
  std::map<std::string, std::string> natives;            // column -> text
  std::vector<std::pair<std::string, std::string>> map;  // of column m
  uint32_t ttl = 0;
};

// Rows are fed as a reader of storage would; answers come back as CQL literals, columns by ", ", rows by "; ".
class Runner {
 public:
  explicit Runner(const std::string& statement)
      : plan_(plan(statement)), run_(plan_.selection(), {{}, context_}), input_(plan_.shape()) {}

  using Values = RowValues;
  Runner& row(std::vector<std::string> partition, std::vector<std::string> clustering, const Values& values = {}) {
    const Table& table = *plan_.table();
    partition_ = bytes_of(table.partition_key, partition);
    clustering_ = bytes_of(table.clustering, clustering);
    const std::vector<BytesView> partition_views(partition_.begin(), partition_.end());
    const std::vector<BytesView> clustering_views(clustering_.begin(), clustering_.end());
    const Bytes statics = encode(table.statics, values), regulars = encode(table.regulars, values);
    input_.partition(partition_views);
    MUST(input_.static_row(statics, Seconds{1000}));
    if (clustering.empty() && table.has_clustering())
      input_.no_row();
    else
      MUST(input_.row(clustering_views, regulars, Seconds{1000}));
    const auto status = run_.add(input_, cells_);
    if (!status) error_ = status.error().detail;
    return *this;
  }
  std::string result() {
    if (!error_.empty()) return error_;
    MUST(run_.finish(cells_));
    const auto& columns = plan_.selection().metadata()->columns;
    std::string text;
    ByteReader in(cells_);
    for (uint32_t row = 0; row < run_.rows(); ++row)
      for (size_t i = 0; i < columns.size(); ++i) {
        const auto length = in.big<int32_t>();
        if (!text.empty()) text += i == 0 ? "; " : ", ";
        text += length < 0 ? "null" : to_literal(*columns[i].type, in.bytes(static_cast<size_t>(length)));
      }
    CHECK(in.done());
    return text;
  }

 private:
  static SelectPlan plan(const std::string& statement) {
    auto made = plan_select(statement, make_schema());
    if (!made) FAIL(statement << ": " << made.error().detail);
    return *std::move(made);
  }
  static std::vector<Bytes> bytes_of(const std::vector<Column>& columns, const std::vector<std::string>& texts) {
    std::vector<Bytes> out;
    for (size_t i = 0; i < texts.size(); ++i) out.push_back(*parse_text(columns[i].type->kind, texts[i]));
    return out;
  }
  Bytes encode(const std::vector<Column>& columns, const Values& values) const {
    std::vector<const Column*> by_id;
    for (const Column& column : columns) by_id.push_back(&column);
    std::ranges::sort(by_id, {}, &Column::id);
    Bytes encoded;
    RowBuilder builder(encoded);
    builder.liveness({.at = Timestamp{5}});
    for (const Column* column : by_id) {
      CellView cell{.column = column->id, .at = Timestamp{7}};
      if (values.ttl) cell.kind = CellKind::expiring, cell.ttl = values.ttl, cell.local = Seconds{1000 + values.ttl};
      if (column->name == "m")
        for (const auto& [key, value] : values.map) {
          const CellPath path = element_path(*column->type, key);
          const Bytes number = *parse_text(TypeKind::int_, value);
          cell.has_path = true, cell.path = path.path, cell.value = number;
          builder.cell(cell);
        }
      const auto found = values.natives.find(column->name);
      if (found == values.natives.end()) continue;
      const Bytes value = *parse_text(column->type->kind, found->second);
      cell.value = value;
      builder.cell(cell);
    }
    builder.finish();
    return encoded;
  }

  FixedContext context_;
  SelectPlan plan_;
  SelectionRun run_;
  RowInput input_;
  std::vector<Bytes> partition_, clustering_;
  Bytes cells_;
  std::string error_;
};

std::string over_three(const std::string& selectors) {
  return Runner("SELECT " + selectors + " FROM k")
      .row({"1"}, {}, {.natives = {{"v", "10"}, {"w", "b"}}})
      .row({"2"}, {}, {.natives = {{"v", "3"}, {"w", "a"}}})
      .row({"3"}, {}, {.natives = {{"w", "c"}}})
      .result();
}
std::string of_one(const std::string& selectors) {
  return Runner("SELECT " + selectors + " FROM t")
      .row({"1", "a"}, {"4", "5", "x"},
           {.natives = {{"s", "9"},
                        {"v", "7"},
                        {"b", "8"},
                        {"d", "1.5"},
                        {"fl", "2.5"},
                        {"tx", "it's"},
                        {"ts", "2024-01-02 03:04:05.678"}},
            .map = {{"a", "1"}, {"b", "2"}, {"c", "3"}},
            .ttl = 60})
      .result();
}

}  // namespace

TEST_SUITE("selection") {
  TEST_CASE("plain columns come out as they are, nulls where there is nothing") {
    CHECK_EQ(of_one("p1, p2, c1, c3, s, v, tx"), "1, 'a', 4, 'x', 9, 7, 'it''s'");
    CHECK_EQ(Runner("SELECT * FROM k").row({"1"}, {}).result(), "1, null, null");
    CHECK_EQ(Runner("SELECT c1, s, v FROM t").row({"1", "a"}, {}, {.natives = {{"s", "9"}}}).result(), "null, 9, null");
  }
  TEST_CASE("collections are assembled from cells, by element and by slice") {
    CHECK_EQ(of_one("m, l"), "{'a': 1, 'b': 2, 'c': 3}, null");
    CHECK_EQ(of_one("m['b'], m['z']"), "2, null");
    CHECK_EQ(of_one("m['b'..], m[..'b']"), "{'b': 2, 'c': 3}, {'a': 1, 'b': 2}");
    CHECK_EQ(of_one("map_keys(m), map_values(m), collection_count(m)"), "{'a', 'b', 'c'}, [1, 2, 3], 3");
  }
  TEST_CASE("write times and time to live of cells and elements") {
    CHECK_EQ(of_one("writetime(v), ttl(v), maxwritetime(m)"), "7, 60, 7");
    CHECK_EQ(of_one("writetime(m), ttl(m['a'])"), "[7, 7, 7], 60");
    CHECK_EQ(Runner("SELECT writetime(v), ttl(v) FROM k").row({"1"}, {}).result(), "null, null");
  }
  TEST_CASE("arithmetic and casts follow the types") {
    CHECK_EQ(of_one("v + 1, v - 10, v * 2, v / 2, v % 4, -v"), "8, -3, 14, 3, 3, -7");
    CHECK_EQ(of_one("v + b, v / fl, d * v"), "15, 2.8, 10.5");
    CHECK_EQ(of_one("cast(v AS text), cast(d AS int), cast(fl AS bigint), cast(v AS double)"), "'7', 1, 2, 7.0");
    CHECK_EQ(of_one("cast(ts AS date), cast(ts AS text)"), "'2024-01-02', '2024-01-02T03:04:05.678Z'");
    CHECK_EQ(of_one("tx + ' works'"), "'it''s works'");
    CHECK_EQ(of_one("v / 0"), "the operation 'int / int' failed: / by zero");
    CHECK_EQ(of_one("v % (int) 0"), "the operation 'int % int' failed: / by zero");
  }
  TEST_CASE("functions of time") {
    CHECK_EQ(of_one("toDate(ts), to_unix_timestamp(ts)"), "'2024-01-02', 1704164645678");
    CHECK_EQ(of_one("cast(floor(ts, 1h) AS text), cast(floor(ts, 1mo) AS text)"),
             "'2024-01-02T03:00:00.000Z', '2024-01-01T00:00:00.000Z'");
    CHECK_EQ(of_one("cast(currentTimestamp() AS text)"), "'2023-11-14T22:13:20.123Z'");
    CHECK_EQ(of_one("toUnixTimestamp(minTimeuuid(ts)), toUnixTimestamp(maxTimeuuid(ts))"),
             "1704164645678, 1704164645678");
    CHECK_EQ(of_one("cast(ts + 1d AS text)"), "'2024-01-03T03:04:05.678Z'");
  }
  TEST_CASE("functions of blobs, numbers and JSON") {
    CHECK_EQ(of_one("intAsBlob(v), blobAsInt(intAsBlob(v)), text_as_blob(tx)"), "0x00000007, 7, 0x69742773");
    CHECK_EQ(of_one("blobAsBigint(intAsBlob(v))"),
             "In call to function system.blobasbigint, value 0x00000007 is not a valid binary representation for type "
             "bigint");
    CHECK_EQ(of_one("abs(-v), round(fl), to_json(m)"), "7, 3.0, '{\"a\": 1, \"b\": 2, \"c\": 3}'");
  }
  TEST_CASE("aggregates skip nulls, and over nothing give one row") {
    CHECK_EQ(over_three("count(*), count(v), sum(v), avg(v), min(v), max(v), min(w), max(w)"),
             "3, 2, 13, 6, 3, 10, 'a', 'c'");
    CHECK_EQ(Runner("SELECT count(*), count(v), sum(v), avg(v), min(v), k FROM k").result(), "0, 0, 0, 0, null, null");
    CHECK_EQ(over_three("k, max(v)"), "1, 10");
    CHECK_EQ(over_three("max(v) + 1, sum(v + 1)"), "11, 15");
  }
  TEST_CASE("a sum of ints wraps, an average does not") {
    Runner run("SELECT sum(v), avg(v) FROM k");
    run.row({"1"}, {}, {.natives = {{"v", "2147483647"}}}).row({"2"}, {}, {.natives = {{"v", "2147483647"}}});
    CHECK_EQ(run.result(), "-2, 2147483647");
  }
  TEST_CASE("GROUP BY gives a row for each run of equal keys") {
    Runner run("SELECT p1, p2, c1, count(*), max(v) FROM t GROUP BY p1, p2, c1");
    run.row({"1", "a"}, {"1", "9", "x"}, {.natives = {{"v", "1"}}})
        .row({"1", "a"}, {"1", "8", "x"}, {.natives = {{"v", "5"}}});
    run.row({"1", "a"}, {"2", "9", "x"}).row({"2", "a"}, {"2", "9", "x"}, {.natives = {{"v", "4"}}});
    CHECK_EQ(run.result(), "1, 'a', 1, 2, 5; 1, 'a', 2, 1, null; 2, 'a', 2, 1, 4");
    CHECK_EQ(Runner("SELECT p1, count(*) FROM t GROUP BY p1, p2").result(), "");
    Runner plain("SELECT c1, v FROM t WHERE p1 = 1 AND p2 = 'a' GROUP BY c1");
    plain.row({"1", "a"}, {"1", "9", "x"}, {.natives = {{"v", "1"}}})
        .row({"1", "a"}, {"1", "8", "x"}, {.natives = {{"v", "5"}}});
    CHECK_EQ(plain.result(), "1, 1");
  }
  TEST_CASE("GROUP BY floor buckets time") {
    Runner run("SELECT cast(floor(ts, 1h) AS text), count(*), avg(v) FROM tl WHERE k = 1 GROUP BY floor(ts, 1h)");
    for (const char* ts : {"2024-01-01 00:10", "2024-01-01 00:50", "2024-01-01 01:00"})
      run.row({"1"}, {ts}, {.natives = {{"v", "2.5"}}});
    CHECK_EQ(run.result(), "'2024-01-01T00:00:00.000Z', 2, 2.5; '2024-01-01T01:00:00.000Z', 1, 2.5");
  }
  TEST_CASE("SELECT JSON makes one object of each row") {
    CHECK_EQ(Runner("SELECT JSON k, v, w AS \"W\" FROM k").row({"1"}, {}, {.natives = {{"w", "x"}}}).result(),
             "'{\"k\": 1, \"v\": null, \"\\\"W\\\"\": \"x\"}'");
  }
}
