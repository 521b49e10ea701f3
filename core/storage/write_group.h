// WriteGroup: writes of one shard on their way to the log together, encoded behind each other, with who waits for each.
//
// While one group is at the log the next one fills: what a write costs between its arrival and its answer is a few bytes here,
// however many are under way.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "core/data/mutation.h"
#include "core/storage/commit_log.h"

namespace ringlet {

struct TableStore;

// Told once, on the shard's executor, what became of its write: durable and visible, or the error. Outlives that call.
class WriteWaiter {
 public:
  virtual void written(const Status& status) = 0;

 protected:
  ~WriteWaiter() = default;
};

class WriteGroup {
 public:
  struct Write {
    size_t at, bytes;  // of the encoded mutation
    Token token;
    const std::shared_ptr<TableStore>* store;
    WriteWaiter* waiter;
  };

  bool empty() const { return writes_.empty(); }
  void add(const Mutation& mutation, const std::shared_ptr<TableStore>& store, WriteWaiter& waiter);
  std::span<LogAppend> records();  // one for each write; no add() from here on
  const std::vector<Write>& writes() const { return writes_; }
  const std::vector<LogAppend>& answers() const { return records_; }
  void clear();

 private:
  Bytes encoded_;
  std::vector<Write> writes_;
  std::vector<LogAppend> records_;
  std::list<std::shared_ptr<TableStore>> stores_;  // each once
};

}  // namespace ringlet
