// A whole node in the simulated world, spoken to in CQL text: what the .cqltest runner runs statements on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/node/node.h"
#include "tests/cql/cqltest.h"

namespace ringlet::cqltest {

struct Answer {
  Row names;
  std::vector<Row> rows;  // cells as CQL literals, or null
};

class StatementNode {
 public:
  explicit StatementNode(Node& node) : node_(node), context_{node.env().clock} {}

  // A statement, its markers bound to CQL terms ("unset" too), read in pages where `page_rows` says so.
  Task<Result<Answer>> run(std::string cql, std::vector<std::string> binds, std::optional<uint32_t> page_rows);

 private:
  Task<Result<QueryResult>> once(const std::string& cql, const PreparedResult* prepared, const QueryOptions& options);
  Result<std::vector<Bytes>> bound(const std::vector<std::string>& terms, const std::vector<ResultColumn>& binds,
                                   std::vector<BoundValue>& values);

  Node& node_;
  const RequestContext context_;
  ClientState client_;
};

}  // namespace ringlet::cqltest
