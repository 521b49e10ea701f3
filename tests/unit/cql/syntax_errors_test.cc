#include <random>

#include "core/base/limits.h"
#include "tests/unit/cql/parse_helpers.h"

using namespace ringlet;
using namespace ringlet::cql;

namespace {

std::string repeated(std::string_view part, size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (size_t i = 0; i < times; ++i) text += part;
  return text;
}

Errc code_of(std::string_view text) {
  const auto result = parse_statement(text);
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

}  // namespace

TEST_SUITE("cql syntax errors") {
  TEST_CASE("the message says where, what was found and what was expected") {
    CHECK_EQ(problem_of("FORM t"), "line 1:0 no viable alternative at input 'FORM' ([FORM]...)");
    CHECK_EQ(problem_of("SELECT FORM"), "line 0:-1 mismatched input '<EOF>' expecting K_FROM");
    CHECK_EQ(problem_of("SELECT * FORM t"), "line 1:9 mismatched input 'FORM' expecting K_FROM (SELECT * [FORM]...)");
    CHECK_EQ(problem_of("SELECT * FROM"), "line 0:-1 no viable alternative at input '<EOF>'");
    CHECK_EQ(problem_of("SELECT * FROM t WHERE"), "line 0:-1 no viable alternative at input '<EOF>'");
    CHECK_EQ(problem_of("INSERT INTO t (a) VALUES (1"), "line 0:-1 mismatched input '<EOF>' expecting ')'");
    CHECK_EQ(problem_of("USE a b"), "line 1:6 mismatched input 'b' expecting EOF (USE a [b])");
    CHECK_EQ(problem_of("USE a; USE b"), "line 1:7 mismatched input 'USE' expecting EOF (USE a; [USE]...)");
    CHECK_EQ(problem_of(""), "line 0:-1 no viable alternative at input '<EOF>'");
    CHECK_EQ(problem_of(";"), "line 1:0 no viable alternative at input ';' ([;])");
    CHECK_EQ(problem_of("USE 'abc"), "line 1:8 mismatched character '<EOF>' expecting '''");
    CHECK_EQ(problem_of("SELECT /* abc"), "line 1:13 mismatched character '<EOF>' expecting '*'");
    CHECK_EQ(problem_of("USE \"\""), "line 1:4 no viable alternative at input '\"\"' (USE [\"\"])");
    CHECK_EQ(problem_of("SELECT cast(a as foo) FROM t"),
             "line 1:17 no viable alternative at input 'foo' (SELECT cast(a as [foo]...)");
    CHECK_EQ(problem_of("SELECT cast(a as list<int>) FROM t"),
             "line 1:17 no viable alternative at input 'list' (SELECT cast(a as [list]...)");
    CHECK_EQ(problem_of("SELECT * FROM t LIMIT 1 WHERE a = 1"),
             "line 1:24 mismatched input 'WHERE' expecting EOF (...* FROM t LIMIT 1 [WHERE]...)");
    CHECK_EQ(problem_of("INSERT INTO t (a) VALUES ()"),
             "line 1:26 no viable alternative at input ')' (... t (a) VALUES ([)])");
    CHECK_EQ(problem_of("DELETE * FROM t WHERE k = 1"),
             "line 1:7 mismatched input '*' expecting K_FROM (DELETE [*]...)");
    CHECK_EQ(problem_of("SELECT * FROM t LIMIT 'a'"),
             "line 1:22 no viable alternative at input 'a' (SELECT * FROM t LIMIT [']...)");
    CHECK_EQ(problem_of("INSERT INTO t JSON 5"),
             "line 1:19 no viable alternative at input '5' (INSERT INTO t JSON [5])");
    CHECK_EQ(problem_of("USE #"), "line 1:4 no viable alternative at character '#'");
    CHECK_EQ(problem_of("USE caf\xC3\xA9"), "line 1:7 no viable alternative at character '\xC3\xA9'");
  }
  TEST_CASE("lines count from 1 and columns, in characters, from 0") {
    CHECK(problem_of("SELECT *\n  FORM t").starts_with("line 2:2 mismatched input 'FORM'"));
    CHECK(problem_of("SELECT '\xC3\xA9\xE2\x82\xAC' FORM t").starts_with("line 1:12 mismatched input 'FORM'"));
    CHECK(problem_of("\n\n\nx").starts_with("line 4:0 "));
  }
  TEST_CASE("a message stays short and valid whatever the offending token is") {
    const std::string huge = "USE a '" + repeated("\xE2\x82\xAC", 100000) + "'";
    const std::string problem = problem_of(huge);
    CHECK_LT(problem.size(), 400);
    CHECK(problem.find("\xE2\x82\xAC...'") != std::string::npos);
    CHECK_LT(problem_of(repeated("'\xE2\x82\xAC'", 1000)).size(), 400);
  }
  TEST_CASE("statements with a word missing, doubled or misplaced are refused") {
    for (const char* text : {
             "SELECT",
             "SELECT * FROM t WHERE a",
             "SELECT * FROM t WHERE a =",
             "SELECT * FROM t WHERE a = 1 AND",
             "SELECT , FROM t",
             "SELECT * FROM t ORDER a",
             "SELECT * FROM t LIMIT",
             "SELECT * FROM t LIMIT 'a'",
             "SELECT * FROM t LIMIT 1.5",
             "SELECT * FROM t ALLOW",
             "SELECT * FROM t LIMIT 1 WHERE a = 1",
             "SELECT * FROM t WHERE a = b",
             "SELECT * FROM t WHERE 1 = a",
             "SELECT * FROM t WHERE a.b = 1",
             "SELECT * FROM t WHERE (a, b) = 1",
             "SELECT * FROM t WHERE (a, b) CONTAINS (1, 2)",
             "SELECT * FROM t WHERE token(a) IN (1)",
             "SELECT * FROM t WHERE a NOT LIKE 'x'",
             "SELECT * FROM t WHERE a IS NULL",
             "SELECT * FROM t WHERE (a = 1",
             "SELECT * FROM t WHERE a = 1)",
             "SELECT * FROM t USING TTL 5",
             "SELECT a b FROM t",
             "SELECT count(2) FROM t",
             "SELECT * FROM t USING TIMEOUT 5",
             "SELECT * FROM select",
             "SELECT * FROM a.b.c",
             "INSERT INTO t VALUES (1)",
             "INSERT INTO t () VALUES ()",
             "INSERT INTO t (a) VALUES ()",
             "INSERT INTO t (a) VALUES (b)",
             "INSERT INTO t (a) VALUES (1) IF EXISTS",
             "INSERT INTO t (a) VALUES (1) USING",
             "INSERT INTO t (a, ) VALUES (1)",
             "INSERT INTO t JSON 5",
             "UPDATE t SET WHERE k = 1",
             "UPDATE t SET v = 1",
             "UPDATE t WHERE k = 1",
             "UPDATE t SET v 1 WHERE k = 1",
             "UPDATE t SET v = 1 WHERE k = 1 IF NOT EXISTS",
             "UPDATE t SET m['a'] += 1 WHERE k = 1",
             "UPDATE t SET v = 1 WHERE k = 1 IF v LIKE 'a'",
             "DELETE FROM t",
             "DELETE * FROM t WHERE k = 1",
             "TRUNCATE",
             "USE",
             "USE a.b",
             "USE 'a'",
             "CREATE",
             "CREATE TABLE t",
             "CREATE TABLE t ()",
             "CREATE TABLE t (a)",
             "CREATE TABLE t (a int b int)",
             "CREATE TABLE t (select int)",
             "CREATE TABLE t (a int) WITH",
             "CREATE TABLE t (a int) WITH x",
             "CREATE TABLE t (a int) WITH x = null",
             "CREATE TABLE t (a int) WITH x = {1}",
             "CREATE KEYSPACE WITH replication = {}",
             "CREATE KEYSPACE ks WITH replication = {class: 'x'}",
             "CREATE KEYSPACE a.b WITH x = 1",
             "CREATE TYPE t ()",
             "CREATE INDEX t",
             "CREATE UNIQUE INDEX ON t (a)",
             "CREATE MATERIALIZED VIEW v",
             "ALTER KEYSPACE ks",
             "DROP",
             "DROP TABLE",
             "GRANT SELECT TO r",
             "GRANT x ON t TO r",
             "LIST",
             "CREATE ROLE",
             "CREATE ROLE r WITH PASSWORD 'x'",
             "CREATE USER u WITH PASSWORD = 'x'",
             "CREATE ROLE r WITH HASHED LOGIN = true",
             "EXPLAIN SELECT * FROM t",
             "'a'",
             "?",
             "SELECT ?",
         }) {
      CAPTURE(text);
      CHECK_EQ(code_of(text), Errc::syntax);
      CHECK(problem_of(text).starts_with("line "));
    }
  }
  TEST_CASE("a statement cut anywhere is a syntax error or a shorter statement, never a crash") {
    for (const std::string text : {"SELECT JSON a.b, (int)?, m['a'..'b'], cast(x AS text) FROM ks.\"T\" WHERE (a, b) "
                                   "IN ((1, 'it''s'), ?) AND token(k) > -5 LIMIT :n;",
                                   "UPDATE t USING TTL 5 SET a = a - {1, 2}, b['x'] = {f: [1.5e3, 0xab]}, c.d = $$x$$ "
                                   "WHERE k = 1h30m IF e IN (null, now());",
                                   "CREATE TABLE IF NOT EXISTS t (a frozen<map<text, vector<float, 3>>> MASKED WITH "
                                   "f(1), PRIMARY KEY ((a, b), c)) WITH x = {'a': -1};"}) {
      for (size_t length = 0; length <= text.size(); ++length) {
        const auto result = parse_statement(text.substr(0, length));
        if (!result) CHECK_EQ(result.error().code, Errc::syntax);
      }
      CHECK_EQ(problem_of(text), "");
    }
  }
  TEST_CASE("text that is not UTF-8 is refused, with the place") {
    CHECK_EQ(problem_of("USE \"\xFF\""), "line 1:5 the statement is not valid UTF-8: see byte 5");
    CHECK_EQ(problem_of("USE\n a\xC3"), "line 2:2 the statement is not valid UTF-8: see byte 6");
    CHECK_EQ(code_of("SELECT '\xED\xA0\x80' FROM t"), Errc::syntax);
  }
}

TEST_SUITE("cql bounds") {
  TEST_CASE("nesting is bounded in every construct that nests") {
    constexpr size_t kMany = 100000;
    const struct {
      std::string before, open, after;
    } cases[] = {
        {"INSERT INTO t (a) VALUES (", "(", ""},
        {"INSERT INTO t (a) VALUES (", "[", ""},
        {"INSERT INTO t (a) VALUES (", "{", ""},
        {"INSERT INTO t (a) VALUES (", "{1:", ""},
        {"INSERT INTO t (a) VALUES (", "{a:", ""},
        {"INSERT INTO t (a) VALUES (", "f(", ""},
        {"INSERT INTO t (a) VALUES (", "- ", ""},
        {"INSERT INTO t (a) VALUES (", "(int)", ""},
        {"INSERT INTO t (a) VALUES (", "cast(", ""},
        {"INSERT INTO t (a) VALUES (1", " + 1", ")"},
        {"INSERT INTO t (a) VALUES (1", " * 1", ")"},
        {"INSERT INTO t (a) VALUES (1", " - (1)", ")"},
        {"SELECT ", "(", ""},
        {"SELECT ", "f(", ""},
        {"SELECT ", "- ", ""},
        {"SELECT ", "(int)", ""},
        {"SELECT ", "ttl(", ""},
        {"SELECT ", "[", ""},
        {"SELECT a", ".b", " FROM t"},
        {"SELECT a", "[0]", " FROM t"},
        {"SELECT a", " + b", " FROM t"},
        {"SELECT * FROM t WHERE ", "(", ""},
        {"SELECT * FROM t WHERE a", "[", ""},
        {"CREATE TABLE t (a ", "list<", ""},
        {"CREATE TABLE t (a ", "frozen<", ""},
        {"CREATE TABLE t (a ", "tuple<int, ", ""},
    };
    for (const auto& nested : cases) {
      CAPTURE(nested.before + nested.open);
      const std::string problem = problem_of(nested.before + repeated(nested.open, kMany) + nested.after);
      CHECK(problem.find("nested more than 64 levels deep") != std::string::npos);
    }
  }
  TEST_CASE("chains within chains do not add up to a deep tree") {
    std::string text = "1";
    for (int i = 0; i < 10; ++i) text = "(" + text + ")" + repeated(" + 1", 20);
    CHECK(problem_of("INSERT INTO t (a) VALUES (" + text + ")").find("nested") != std::string::npos);
    CHECK(problem_of("SELECT " + text + " FROM t").find("nested") != std::string::npos);
  }
  TEST_CASE("what real statements nest is well within the bound") {
    CHECK_EQ(problem_of("INSERT INTO t (a) VALUES (" + repeated("[", 50) + repeated("]", 50) + ")"), "");
    CHECK_EQ(problem_of("SELECT " + repeated("f(", 50) + "a" + repeated(")", 50) + " FROM t"), "");
    CHECK_EQ(problem_of("SELECT a" + repeated(" + a", 50) + " FROM t"), "");
    CHECK_EQ(problem_of("SELECT " + repeated("(a + b), ", 1000) + "a FROM t"), "");
    CHECK_EQ(problem_of("INSERT INTO t (a) VALUES ([" + repeated("1 + 1, ", 1000) + "1])"), "");
  }
  TEST_CASE("sixteen mebibytes of brackets end in an error") {
    CHECK_NE(problem_of(std::string(kStatementBytesMax, '(')), "");
    CHECK_NE(problem_of("SELECT (" + std::string(kStatementBytesMax - 8, '[')), "");
  }
  TEST_CASE("a mebibyte of anything ends in an error") {
    for (const char* part :
         {"(", "SELECT ", "'", "\"", "a,", "/*", "--\n", "{", "?", "1", " ", "\n", "-", "<", "$", "\xE2\x82\xAC"}) {
      CAPTURE(part);
      const std::string text = repeated(part, (1u << 20) / std::string_view(part).size());
      CHECK_NE(problem_of(text), "");
      CHECK_NE(problem_of("SELECT * FROM t WHERE a = (" + text), "");
    }
  }
  TEST_CASE("a statement of too many words or bytes is refused before it is built") {
    const std::string list = "SELECT * FROM t WHERE a IN (" + repeated("1,", kStatementTokensMax) + "1)";
    CHECK_EQ(code_of(list), Errc::invalid);
    CHECK_EQ(code_of(std::string(kStatementBytesMax + 1, ' ')), Errc::invalid);
    CHECK_EQ(problem_of("SELECT * FROM t WHERE a IN (" + repeated("1,", 50000) + "1)"), "");
  }
  TEST_CASE("random tokens never crash the parser, and all it accepts has numbered markers") {
    static constexpr std::string_view kParts[] = {"SELECT",      "INSERT INTO", "UPDATE",
                                                  "DELETE",      "FROM",        "WHERE",
                                                  "AND",         "SET",         "VALUES",
                                                  "a",           "b.c",         "\"Q\"",
                                                  "'s'",         "1",           "-",
                                                  "-1",          "1.5",         "(",
                                                  ")",           "[",           "]",
                                                  "{",           "}",           ",",
                                                  ":",           "?",           ":n",
                                                  "=",           "<",           ">",
                                                  "+",           "*",           ".",
                                                  "..",          "IN",          "token",
                                                  "cast",        "AS",          "int",
                                                  "list<",       "frozen<",     "null",
                                                  "now()",       "0xab",        "1h",
                                                  "IF",          "EXISTS",      "NOT",
                                                  "USING TTL",   "LIMIT",       "CREATE TABLE",
                                                  "PRIMARY KEY", "WITH",        ";",
                                                  "\xC3\xA9"};
    for (const uint32_t seed : {1u, 2u, 3u, 4u}) {
      std::mt19937 random(seed);
      CAPTURE(seed);
      for (int round = 0; round < 5000; ++round) {
        std::string text(kParts[random() % 4]);
        for (size_t n = random() % 20; n > 0; --n) text.append(" ").append(kParts[random() % std::size(kParts)]);
        const auto result = parse_statement(text);
        if (!result) continue;
        for (size_t i = 0; i < result->markers.size(); ++i) CHECK_EQ(result->markers[i].index, i);
      }
    }
  }
}
