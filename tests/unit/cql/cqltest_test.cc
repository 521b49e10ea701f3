#include "tests/cql/cqltest.h"

#include <doctest/doctest.h>

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

File file_of(std::string_view text) {
  auto file = parse_file("f.cqltest", text);
  const std::string problem = file ? "" : file.error().detail;
  REQUIRE_EQ(problem, "");
  return *std::move(file);
}

std::string problem_in(std::string_view text) {
  const auto file = parse_file("f.cqltest", text);
  return file ? "" : file.error().detail;
}

constexpr std::string_view kExample = R"(# About rows.

statement ok
CREATE TABLE t (k int,
  PRIMARY KEY (k))

section first one

statement ok
bind 1 | 'a|b' | unset
INSERT INTO t (k) VALUES (?)

query any-order names page 2
SELECT c, v FROM t
----
c | system.max(v)
1 | 'it''s | fine'
2 | null

section second

query
SELECT * FROM t
----

statement error invalid Undefined column name x
SELECT x FROM t
)";

}  // namespace

TEST_SUITE("cqltest files") {
  TEST_CASE("records, sections and what stands before them") {
    const File file = file_of(kExample);
    REQUIRE_EQ(file.setup.size(), 1);
    CHECK_EQ(file.setup[0].cql, "CREATE TABLE t (k int,\n  PRIMARY KEY (k))");
    CHECK_EQ(file.setup[0].line, 3);
    REQUIRE_EQ(file.sections.size(), 2);
    CHECK_EQ(file.sections[0].name, "first one");
    const auto& first = file.sections[0].records;
    REQUIRE_EQ(first.size(), 2);
    CHECK_EQ(first[0].binds, std::vector<std::string>{"1", "'a|b'", "unset"});
    CHECK_EQ(first[1].expect, Record::Expect::rows);
    CHECK(first[1].any_order);
    CHECK_EQ(first[1].page_rows, 2);
    CHECK_EQ(*first[1].names, Row{"c", "system.max(v)"});
    CHECK_EQ(first[1].rows, std::vector<Row>{{"1", "'it''s | fine'"}, {"2", "null"}});
    const auto& second = file.sections[1].records;
    REQUIRE_EQ(second.size(), 2);
    CHECK(second[0].rows.empty());
    CHECK_EQ(second[1].expect, Record::Expect::error);
    CHECK_EQ(second[1].code, Errc::invalid);
    CHECK_EQ(second[1].message_part, "Undefined column name x");
  }
  TEST_CASE("a file without sections is one section") {
    const File file = file_of("statement ok\nUSE a\n\nstatement ok\r\nUSE b\r\n");
    CHECK(file.setup.empty());
    REQUIRE_EQ(file.sections.size(), 1);
    CHECK_EQ(file.sections[0].name, "f.cqltest");
    CHECK_EQ(file.sections[0].records.at(1).cql, "USE b");
  }
  TEST_CASE("what does not keep to the format is refused with its line") {
    CHECK_EQ(problem_in("\nstatment ok\nUSE a\n"), "f.cqltest:2: expected statement, query or section");
    CHECK_EQ(problem_in("statement fine\nUSE a\n"),
             "f.cqltest:1: expected statement ok, or statement error CODE PART OF THE MESSAGE");
    CHECK_EQ(problem_in("statement error bad x\nUSE a\n"), "f.cqltest:1: no error code is called 'bad'");
    CHECK_EQ(problem_in("statement ok\n\n"), "f.cqltest:2: a record without a statement");
    CHECK_EQ(problem_in("statement ok"), "f.cqltest:2: a record without a statement");
    CHECK_EQ(problem_in("query\nSELECT 1\n"), "f.cqltest:3: a query needs ---- and its rows");
    CHECK_EQ(problem_in("statement ok\nUSE a\n----\n1\n"), "f.cqltest:3: rows after a statement: write query");
    CHECK_EQ(problem_in("query sideways\nSELECT 1\n----\n"), "f.cqltest:1: no option of a query is called 'sideways'");
    CHECK_EQ(problem_in("query page 0\nSELECT 1\n----\n"), "f.cqltest:1: page wants a number of rows");
    CHECK_EQ(problem_in("query names\nSELECT 1\n----\n"), "f.cqltest:4: the names of the columns are missing");
  }
  TEST_CASE("rows are compared in order, or in any order where the file says so") {
    Record record{.expect = Record::Expect::rows, .rows = {{"1", "a"}, {"2", "b"}}};
    CHECK_EQ(difference(record, {}, {{"1", "a"}, {"2", "b"}}), "");
    CHECK_EQ(difference(record, {}, {{"2", "b"}, {"1", "a"}}), "row 1 is 2 | b\n  expected 1 | a");
    CHECK_EQ(difference(record, {}, {{"1", "a"}}), "1 rows, expected 2\n  missing: 2 | b");
    CHECK_EQ(difference(record, {}, {{"1", "a"}, {"2", "b"}, {"3", "c"}}),
             "3 rows, expected 2\n  more than expected: 3 | c");
    record.any_order = true;
    CHECK_EQ(difference(record, {}, {{"2", "b"}, {"1", "a"}}), "");
    record.names = Row{"k"};
    CHECK_EQ(difference(record, {"v"}, {}), "columns are v\n  expected  k");
  }
}
