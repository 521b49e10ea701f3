// ringlet export: a table into a CSV file, page by page; what import reads back as the same data.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/client/cell_text.h"
#include "cli/client/cql_client.h"
#include "cli/client/csv.h"
#include "cli/client/numbers.h"
#include "cli/client/progress.h"
#include "cli/command.h"
#include "cli/cql_options.h"
#include "core/data/identifier.h"

namespace ringlet::cli {
namespace {

constexpr int32_t kPageRows = 5000;

struct ExportCommand {
  std::string table, path;
  CqlAddress address;
  bool json = false;
};

// The file under an unfinished name until it is whole; or stdout.
class Output {
 public:
  static Result<std::unique_ptr<Output>> open(const std::string& path) {
    std::unique_ptr<Output> output(new Output(path));
    output->file_ = path == "-" ? stdout : std::fopen(output->unfinished().c_str(), "wb");
    if (output->file_ == nullptr) return output->failure();
    return output;
  }
  ~Output() {
    if (path_ == "-" || file_ == nullptr) return;
    std::fclose(file_);
    ::unlink(unfinished().c_str());
  }
  Status write(BytesView bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return failure();
    return {};
  }
  Status finish() {
    if (std::fflush(file_) != 0) return failure();
    if (path_ == "-") return {};
    const bool stored = ::fsync(fileno(file_)) == 0;
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!stored || !closed || std::rename(unfinished().c_str(), path_.c_str()) != 0) return failure();
    return {};
  }

 private:
  explicit Output(const std::string& path) : path_(path) {}
  std::string unfinished() const { return path_ + ".unfinished"; }
  std::unexpected<Error> failure() const {
    return fail(Errc::io, "cannot write " + path_ + ": " + std::strerror(errno));
  }
  const std::string path_;
  std::FILE* file_ = nullptr;
};

void append_header(const std::vector<CqlColumn>& columns, Bytes& out) {
  for (size_t i = 0; i < columns.size(); ++i) append_csv_field(columns[i].name, i == 0, out);
  end_csv_record(out);
}

void append_row(const CqlRows& rows, const std::vector<std::optional<Bytes>>& row, Bytes& out) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i])
      append_csv_field(show_cell(*rows.columns[i].type, *row[i]), i == 0, out);
    else
      append_csv_field(std::nullopt, i == 0, out);
  }
  end_csv_record(out);
}

Result<uint64_t> copy_rows(CqlClient& client, const std::string& statement, Output& output, Progress& progress) {
  CqlOptions options;
  options.page_size = kPageRows;
  uint64_t count = 0;
  for (bool first = true; first || options.paging_state; first = false) {
    TRY(CqlRows rows, rows_of(client.query(statement, options)));
    Bytes text;
    if (first) append_header(rows.columns, text);
    for (const auto& row : rows.rows) append_row(rows, row, text);
    TRY_STATUS(output.write(text));
    count += rows.rows.size();
    progress.update(0, 0, count);
    options.paging_state = std::move(rows.paging_state);
  }
  TRY_STATUS(output.finish());
  return count;
}

Result<uint64_t> export_table(const ExportCommand& command, Progress& progress) {
  const size_t dot = command.table.find('.');
  TRY(CqlClient client, CqlClient::connect(command.address.host, command.address.port));
  const std::string name =
      quote_if_needed(command.table.substr(0, dot)) + "." + quote_if_needed(command.table.substr(dot + 1));
  const std::string statement = "SELECT * FROM " + name;
  TRY(const CqlPrepared prepared, client.prepare(statement));  // a table that is not there leaves no file
  TRY(const auto output, Output::open(command.path));
  return copy_rows(client, statement, *output, progress);
}

int run_export(const ExportCommand& command) {
  const size_t dot = command.table.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == command.table.size()) {
    std::fprintf(stderr, "ringlet: name the table as KEYSPACE.TABLE, not '%s'\n", command.table.c_str());
    return kWrongUsage;
  }
  Progress progress("export", command.json);
  const auto rows = export_table(command, progress);
  progress.clear();
  if (!rows) return fail_with(rows.error());
  std::FILE* out = command.path == "-" ? stderr : stdout;  // the summary stays out of the data
  const double seconds = progress.seconds();
  if (command.json) {
    std::fprintf(out, "{\"rows\": %llu, \"seconds\": %.3f}\n", static_cast<unsigned long long>(*rows), seconds);
    return kDone;
  }
  const double rate = static_cast<double>(*rows) / std::max(0.001, seconds);
  std::fprintf(out, "exported %s rows of %s in %s (%s rows/s)\n", grouped(*rows).c_str(), command.table.c_str(),
               time_span(seconds).c_str(), grouped(static_cast<uint64_t>(rate)).c_str());
  return kDone;
}

}  // namespace

void add_export(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("export", "write a table as CSV, as import reads it");
  auto options = std::make_shared<ExportCommand>();
  command->add_option("table", options->table, "KEYSPACE.TABLE")->required();
  command->add_option("file", options->path, "CSV file, or - for stdout")->required();
  command->add_flag("--json", options->json, "print the summary as JSON");
  add_cql_address(*command, options->address);
  command->callback([options, &chosen] { chosen = [options] { return run_export(*options); }; });
}

}  // namespace ringlet::cli
