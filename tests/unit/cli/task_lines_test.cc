#include "cli/client/task_lines.h"

#include <doctest/doctest.h>

namespace ringlet::cli {

TEST_SUITE("task_lines") {
  TEST_CASE("work on files is told in a line: what, how far, how long yet") {
    const auto view = read_compaction(
        R"({"bytes_per_second": 3145728, "tasks": [{"keyspace": "k", "table": "t", "kind": "scrub", "bytes_total": 2097152,
            "bytes_done": 524288, "bytes_written": 1048576, "percent": 25.0, "seconds_left": 9.0}]})");
    REQUIRE(view);
    CHECK_EQ(view->bytes_per_second, 3u << 20);
    REQUIRE_EQ(view->tasks.size(), 1);
    CHECK_EQ(view->tasks[0], "scrub of k.t: 25 % of 2.0 MiB, 1.0 MiB written, 9.0 s left");
  }

  TEST_CASE("what has only begun has no time left to tell") {
    const auto view = read_compaction(
        R"({"bytes_per_second": 0, "tasks": [{"kind": "compaction", "percent": 0.0, "seconds_left": null}]})");
    REQUIRE(view);
    CHECK_EQ(view->tasks.at(0).find("left"), std::string::npos);
  }

  TEST_CASE("an answer of another version is nothing, not a crash") {
    for (const char* text : {"", "[]", "{}", R"({"tasks": 7})", R"({"tasks": [{"percent": "many"}]})", "nonsense"})
      CHECK_FALSE(read_compaction(text));
  }
}

}  // namespace ringlet::cli
