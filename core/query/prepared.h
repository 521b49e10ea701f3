// Prepared statements: text known under an id, and the plan made of it.
//
// The id is a function of keyspace and text, so that preparing again, here or after a restart, gives the same one. Shard 0
// keeps the texts for the node (and in metadata.db); each shard keeps the plans it has used.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/cql/ast.h"
#include "core/cql/select_plan.h"
#include "core/local/local_store.h"
#include "core/query/modify.h"
#include "core/query/point_read.h"
#include "core/query/result.h"
#include "core/shard/shard.h"

namespace ringlet {

struct PreparedBatch {
  cql::Batch::Kind kind = cql::Batch::Kind::logged;
  std::vector<PreparedModify> statements;
  cql::TermRef timestamp, timeout;
};

// Immutable: executions share it and may outlast its place in the cache.
struct PreparedStatement {
  Bytes id;
  std::string keyspace, text;
  SchemaVersion planned_at;
  Bytes first_result_id;  // of the result's metadata when this node first planned it
  std::variant<cql::SelectPlan, PreparedModify, PreparedBatch, cql::Statement> plan;  // Statement: all the others
  std::vector<ResultColumn> binds;
  std::vector<uint16_t> partition_key_binds;
  ResultMetadataRef result;  // never null; no columns where there are none, or they vary
  bool conditional = false;
  uint32_t replication_factor = 1;  // of its table's keyspace
  std::vector<std::string> warnings;
};
using PreparedRef = std::shared_ptr<const PreparedStatement>;

// `keyspace` counts only where the text does not name one everywhere.
Bytes prepared_id(std::string_view keyspace, std::string_view text);

// The node's texts. Everything on shard 0's executor.
class PreparedTexts {
 public:
  explicit PreparedTexts(LocalStore& local) : local_(local) {}
  Task<Status> load();  // what earlier runs kept
  // Kept in memory at once, on the medium soon: a text lost to a power cut is prepared again by its client.
  void keep(const Bytes& id, std::string keyspace, std::string text);
  const std::pair<std::string, std::string>* find(const Bytes& id) const;
  const std::map<Bytes, std::pair<std::string, std::string>>& all() const {
    return texts_;
  }  // keyspace and text, by id
  uint64_t evicted() const { return evicted_; }
  Task<void> stop();

 private:
  LocalStore& local_;
  std::map<Bytes, std::pair<std::string, std::string>> texts_;
  std::list<Bytes> by_age_;
  size_t bytes_ = 0;
  uint64_t evicted_ = 0;
  TaskGroup behind_;
};

// One shard's plans, least recently used first to go.
class PlanCache {
 public:
  struct Entry {
    PreparedRef statement;
    std::unique_ptr<PointRead> point_read;  // where the plan names one row
    std::list<Bytes>::iterator age;
  };
  PreparedRef find(BytesView id);
  Entry* look(BytesView id);  // null: not here; good until the next put()
  void put(PreparedRef statement);
  size_t size() const { return plans_.size(); }

 private:
  std::map<Bytes, Entry, std::less<>> plans_;
  std::list<Bytes> by_use_;
};

}  // namespace ringlet
