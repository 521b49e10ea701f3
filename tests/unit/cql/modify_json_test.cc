// INSERT JSON: what a document writes, and what is wrong with it.
#include "tests/unit/cql/modify_fixture.h"

using namespace ringlet;
using namespace ringlet::cql;
using namespace ringlet::cql::modify_testing;

namespace {

// What a member of the document writes into the row, everything else left unset.
std::string json(const std::string& members) {
  const std::string shown =
      written("INSERT INTO js JSON ? DEFAULT UNSET", {bind_text("{\"k\": 1, \"c\": 2, " + members + "}")});
  const std::string start = "(2): live, ";
  return shown.starts_with(start) ? shown.substr(start.size()) : shown;
}

struct Expected {
  const char* members;
  const char* shown;
};
void check(std::initializer_list<Expected> table) {
  for (const Expected& row : table) {
    CAPTURE(row.members);
    CHECK_EQ(json(row.members), row.shown);
  }
}

}  // namespace

TEST_SUITE("cql modify json") {
  TEST_CASE("native values, from JSON's own kinds and from strings") {
    check({
        {R"("t": "héllo")", "t='héllo'"},
        {R"("big": 9223372036854775807)", "big=9223372036854775807"},
        {R"("big": "12")", "big=12"},
        {R"("vi": 123456789012345678901234567890)", "vi=123456789012345678901234567890"},
        {R"("dec": 1.50)", "dec=1.50"},
        {R"("dec": 12345678901234567890.123456789)", "dec=12345678901234567890.123456789"},
        {R"("d": 1.5)", "d=1.5"},
        {R"("d": 2)", "d=2.0"},
        {R"("d": "NaN")", "d=NaN"},
        {R"("bo": true)", "bo=true"},
        {R"("bo": "false")", "bo=false"},
        {R"("bl": "0xcafe")", "bl=0xcafe"},
        {R"("ts": "2024-01-02 03:04:05.678Z")", "ts='2024-01-02 03:04:05.678+0000'"},
        {R"("ts": 0)", "ts='1970-01-01 00:00:00.000+0000'"},
        {R"("da": "2024-01-02")", "da='2024-01-02'"},
        {R"("ti": "03:04:05.000000006")", "ti='03:04:05.000000006'"},
        {R"("id": "12345678-1234-4234-8234-123456789012")", "id=12345678-1234-4234-8234-123456789012"},
        {R"("ad": "10.0.0.1")", "ad='10.0.0.1'"},
        {R"("du": "1h30m")", "du=1h30m"},
    });
  }
  TEST_CASE("collections, tuples, user types and vectors") {
    check({
        {R"("l": [3, 1])", "l cleared@999, l[]=3, l[]=1"},
        {R"("st": ["b", "a", "b"])", "st cleared@999, st['a'], st['b']"},
        {R"("m": {"2": "two", "1": "one"})", "m cleared@999, m[1]='one', m[2]='two'"},
        {R"("tu": [1, null])", "tu=(1, null)"},
        {R"("u": {"f": 1, "G": "x"})", "u cleared@999, u.f=1, u.g='x'"},
        {R"("ve": [0.5, 1])", "ve=[0.5, 1.0]"},
        {R"("mm": {"[1, 2]": 3})", "mm cleared@999, mm[[1, 2]]=3"},
        {R"("l": [])", "l cleared@999"},
    });
  }
  TEST_CASE("names are folded unless they are quoted; null is null; a name twice counts the last time") {
    check({{R"("T": "x")", "t='x'"},
           {R"("\"Cap\"": "x")", "Cap='x'"},
           {R"("t": null)", "t deleted"},
           {R"("t": "x", "t": "y")", "t='y'"}});
  }
  TEST_CASE("what the document leaves out is null, or unset where the statement says so") {
    CHECK_EQ(written("INSERT INTO k JSON '{\"k\": 1}'"), "(): live, l cleared@999, v deleted, b deleted");
    CHECK_EQ(written("INSERT INTO k JSON '{\"k\": 1}' DEFAULT NULL"), "(): live, l cleared@999, v deleted, b deleted");
    CHECK_EQ(written("INSERT INTO k JSON '{\"k\": 1}' DEFAULT UNSET"), "(): live");
    CHECK_EQ(written("INSERT INTO k JSON '{\"k\": 1, \"v\": 2}' DEFAULT UNSET USING TTL 5 AND TIMESTAMP 7"),
             "(): live@7 ttl 5 until 505, v=2@7 ttl 5 until 505");
  }
  TEST_CASE("documents that are wrong") {
    const auto error = [](const std::string& document) {
      return written("INSERT INTO k JSON ?", {bind_text(document)});
    };
    CHECK_EQ(error(R"({"k": 1, "x": 2})"), "error: JSON values map contains unrecognized column: x");
    CHECK_EQ(error(R"({"v": 1})"), "error: Invalid null value in condition for column k");
    CHECK_EQ(error(R"({"k": 1, "v": 1.5})"),
             "error: Error decoding JSON value for v: Expected an int value, but got a Double: 1.5");
    CHECK_EQ(error(R"({"k": 1, "l": [null]})"), "error: Error decoding JSON value for l: Invalid null element in list");
    CHECK_EQ(error(R"({"k": 1, "b": 5})"),
             "error: Error decoding JSON value for b: Expected a hex string that begins with 0x, but got a Integer: 5");
    CHECK_EQ(error("null"), "error: Got null for INSERT JSON values");
    CHECK_EQ(written("INSERT INTO k JSON ?", {null_bind()}), "error: Got null for INSERT JSON values");
    CHECK(error("{\"k\": 1").starts_with("error: Could not decode JSON string as a map: "));
    CHECK(error("{\"k\": 1} x").starts_with("error: Could not decode JSON string as a map: "));
    CHECK(json(R"("tu": [1, "a", 2])")
              .starts_with("error: Error decoding JSON value for tu: Tuple contains extra items (expected 2)"));
    CHECK(json(R"("u": {"x": 1})").starts_with("error: Error decoding JSON value for u: "));
  }
}
