// Importer: a CSV file into a table, many executes in flight, going on where an interrupted run of the same file ended.
//
// Row n of the file is written with the timestamp first_timestamp + n, so that the last of several rows with one key wins whatever
// order they arrive in, and so that sending a row twice changes nothing.
#pragma once

#include <cstdio>
#include <deque>
#include <map>
#include <string>

#include "cli/client/cql_pipeline.h"
#include "cli/client/csv.h"
#include "cli/client/import_mark.h"
#include "cli/client/progress.h"

namespace ringlet::cli {

struct ImportOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 9042;
  std::string table;  // "ks.t"
  std::string path;
  uint64_t errors_max = 0;  // rows that may be refused
  size_t connections = 4, window = 256;
  bool restart = false, quiet = false;
};

struct ImportSummary {
  uint64_t rows = 0, refused = 0, resumed_at_row = 0;
  double seconds = 0;
};

class Importer {
 public:
  static Result<ImportSummary> run(const ImportOptions& options);

 private:
  struct Pending {  // a row of the file that has been sent, or refused before
    uint64_t line = 0, end_offset = 0, end_line = 0;
    bool done = false, refused = false;
  };
  struct Settled {
    std::chrono::steady_clock::time_point at;
    ImportMark mark;
  };

  explicit Importer(const ImportOptions& options) : options_(options), progress_("import", options.quiet) {}
  Status open_file();
  Status read_header();
  Status prepare();
  Status choose_start();
  Status send_rows();
  Status feed();
  Status send(const CsvRecord& record);
  Result<CqlValues> values_of(const CsvRecord& record) const;
  Status drain();
  void acknowledge(uint64_t row, const CqlError* error);
  void refuse(Pending& pending, const std::string& problem);
  void advance();
  Status keep_mark();
  Status check_errors() const;
  Status interrupted(const Error& error);

  const ImportOptions& options_;
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::vector<std::string> header_;
  std::vector<CqlColumn> columns_;
  CqlPrepared prepared_;
  std::unique_ptr<CqlPipeline> pipeline_;
  CsvReader reader_;
  Bytes buffer_;
  ImportMark mark_;                           // low-water: every row before it has been acknowledged or refused
  std::deque<Pending> pending_;               // from row mark_.rows on
  std::deque<Settled> settled_;               // marks that are still too young to be trusted
  uint64_t next_row_ = 0, acknowledged_ = 0;  // this run's
  uint64_t refused_ = 0;
  bool keeps_marks_ = true;
  std::string first_problem_;
  Progress progress_;
};

}  // namespace ringlet::cli
