// Shell: runs CQL statements over one connection and prints what they answer.
#pragma once

#include <functional>

#include "cli/client/cql_client.h"

namespace ringlet::cli {

class Shell {
 public:
  // Asked before the next page is printed; false ends the result. Empty: print everything.
  using MorePages = std::function<bool()>;

  Shell(CqlClient client, bool json) : client_(std::move(client)), json_(json) {}
  void page_by(int32_t rows, MorePages more) { page_rows_ = rows, more_ = std::move(more); }

  // The error is the statement's, or the connection's (is_connected() tells).
  Status run(const std::string& statement);
  bool is_connected() const { return connected_; }
  const std::string& keyspace() const { return keyspace_; }

 private:
  Result<bool> run_own(
      const std::string& statement);  // CONSISTENCY, PAGING, EXPAND, HELP: false when it is none of these
  Status run_query(const std::string& statement);
  Status print(const std::string& statement, CqlRows rows);
  void print_page(const CqlRows& rows, uint64_t first);
  void print_json(const CqlRows& rows) const;
  void print_expanded(const CqlRows& rows, uint64_t first) const;

  CqlClient client_;
  const bool json_;
  bool expand_ = false, connected_ = true;
  int32_t page_rows_ = 1000;
  MorePages more_;
  CqlOptions options_;
  std::string keyspace_;
};

}  // namespace ringlet::cli
