// Runs every .cqltest file below tests/cql, each section against a new node in a simulated world.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/base/must.h"
#include "tests/cql/statement_node.h"
#include "tests/sim/sim_world.h"

using namespace ringlet;
using namespace ringlet::cqltest;

namespace {

// The tests may run in the repository or in a build folder below it.
std::filesystem::path files_folder() {
  for (auto folder = std::filesystem::current_path();; folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "tests/cql/cqltest.h")) return folder / "tests/cql";
    MUST(folder.has_relative_path());
  }
}

// Sorted by name. RINGLET_CQLTEST=part of a name runs only those.
std::vector<std::filesystem::path> all_files() {
  const char* only = std::getenv("RINGLET_CQLTEST");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(files_folder())) {
    const bool wanted = only == nullptr || entry.path().filename().string().find(only) != std::string::npos;
    if (entry.path().extension() == ".cqltest" && wanted) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string number_of(Errc code) { return std::to_string(static_cast<int>(code)); }

// "" when the record was answered as it expects.
std::string problem_with(const Record& record, const Result<Answer>& answer) {
  if (record.expect == Record::Expect::error) {
    if (answer) return "succeeded, but should fail with: " + record.message_part;
    if (answer.error().code != record.code)
      return "failed with code " + number_of(answer.error().code) + " instead of " + number_of(record.code) + ": " +
             answer.error().detail;
    if (answer.error().detail.find(record.message_part) == std::string::npos)
      return "failed with: " + answer.error().detail + "\n  instead of: " + record.message_part;
    return "";
  }
  if (!answer) return "failed: " + answer.error().detail;
  return record.expect == Record::Expect::rows ? difference(record, answer->names, answer->rows) : "";
}

Task<void> run_records(const std::string& file, const std::vector<Record>& records, StatementNode& node) {
  for (const Record& record : records) {
    const auto answer = co_await node.run(record.cql, record.binds, record.page_rows);
    const std::string problem = problem_with(record, answer);
    const std::string at = file + ":" + std::to_string(record.line);
    CHECK_MESSAGE(problem.empty(), at, ": ", record.cql, "\n  ", problem);
  }
}

Task<void> run_section(const std::string& file, const cqltest::File& content, const Section& section,
                       sim::SimWorld& world) {
  NodeOptions options;
  options.memory_bytes = 128u << 20;
  auto node = co_await Node::start(world.env, std::move(options));
  REQUIRE_MESSAGE(node.has_value(), node.error().detail);
  StatementNode statements(**node);
  for (const char* setup :
       {"CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "USE test"}) {
    const auto done = co_await statements.run(setup, {}, std::nullopt);
    REQUIRE_MESSAGE(done.has_value(), done.error().detail);
  }
  co_await run_records(file, content.setup, statements);
  co_await run_records(file, section.records, statements);
  const Instant deadline = world.clock.now() + seconds(60);
  CHECK((co_await (*node)->stop(deadline)).has_value());
}

void run_file(const std::filesystem::path& path, size_t shards) {
  const std::string name = std::filesystem::relative(path, files_folder()).string();
  const auto content = parse_file(name, text_of(path));
  const std::string unreadable = content ? "" : content.error().detail;
  REQUIRE_EQ(unreadable, "");
  for (const Section& section : content->sections) {
    CAPTURE(section.name);
    sim::WorldOptions options;
    options.shards = shards;
    const sim::Scenario scenario = [&](sim::SimWorld& world) { return run_section(name, *content, section, world); };
    sim::run_sim(section.line + 1, options, scenario);
  }
}

}  // namespace

TEST_SUITE("cqltest") {
  TEST_CASE("every statement file gets the answers it expects from one shard") {
    for (const auto& path : all_files()) run_file(path, 1);
  }
  TEST_CASE("every statement file gets the same answers from three shards") {
    for (const auto& path : all_files()) run_file(path, 3);
  }
}
