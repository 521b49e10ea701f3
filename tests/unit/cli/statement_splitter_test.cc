#include "cli/client/statement_splitter.h"

#include <doctest/doctest.h>

#include <vector>

namespace ringlet::cli {
namespace {

std::vector<std::string> split(const std::string& text) {
  StatementSplitter splitter;
  splitter.feed(text);
  std::vector<std::string> statements;
  while (auto statement = splitter.next()) statements.push_back(*statement);
  if (const std::string rest = splitter.rest(); !rest.empty()) statements.push_back("..." + rest);
  return statements;
}

TEST_SUITE("statement splitter") {
  TEST_CASE("a semicolon ends a statement unless it is quoted or commented away") {
    CHECK(split("a; b ;c") == std::vector<std::string>{"a", "b", "...c"});
    CHECK(split("x ';' 'it''s;' \";\" $$;$$;") == std::vector<std::string>{"x ';' 'it''s;' \";\" $$;$$"});
    CHECK(split("a -- ;\n b; // ;\n /* ; */ ;") == std::vector<std::string>{"a -- ;\n b"});
    CHECK(split(";;\n;").empty());
  }
  TEST_CASE("a batch is one statement") {
    CHECK_EQ(split("BEGIN UNLOGGED BATCH insert 1; update 2; apply batch; select;").size(), 2);
  }
  TEST_CASE("a statement may come line by line") {
    StatementSplitter splitter;
    splitter.feed("select 'a\n");
    CHECK_FALSE(splitter.next().has_value());
    CHECK(splitter.in_statement());
    splitter.feed(";';\n");
    CHECK_EQ(splitter.next().value_or(""), "select 'a\n;'");
    CHECK_FALSE(splitter.in_statement());
  }
}

}  // namespace
}  // namespace ringlet::cli
