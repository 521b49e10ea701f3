// CrashClient: clients of a node that may die at any moment. They insert rows, delete them, write logged batches and truncate,
// remember what they were told, and after a restart say what is missing and what should not be there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/sim/node_driver.h"

namespace ringlet::sim {

class CrashClient {
 public:
  explicit CrashClient(uint64_t seed)
      : dice_(seed * 977 + 5), tables_({model_table(1, "ks", true), model_table(2, "ks", true)}) {}

  const std::vector<Table>& tables() const { return tables_; }
  // A while of writing by several clients at once, with flushes and compactions beside them. Errors are taken as they come.
  Task<void> live(NodeDriver& driver, size_t rounds = 3);
  // Everything acknowledged is there, nothing else is, batches are whole. What was unknown is known from then on.
  Task<void> check(NodeDriver& driver);
  // The same where the disk may still fail: a read may end with an error, never with a wrong answer.
  Task<void> check_if_readable(NodeDriver& driver);
  size_t acknowledged() const { return acknowledged_; }
  size_t failed() const { return failed_; }
  uint64_t log_groups() const { return log_groups_; }  // compressed ones that its lives wrote

 private:
  enum class Fate : uint8_t { unknown, present, absent };
  struct Row {
    std::string value;
    Fate fate = Fate::unknown;
    uint64_t batch = 0;  // of unknown fate as a whole
  };
  using Rows = std::map<std::string, Row>;  // partition key + position

  Task<void> writer(NodeDriver& driver, size_t number, size_t steps);
  Task<void> truncater(NodeDriver& driver, size_t steps);
  Task<void> housekeeper(NodeDriver& driver, size_t steps);
  Task<void> insert(NodeDriver& driver, size_t table, std::string key, int32_t c);
  Task<void> remove(NodeDriver& driver, const std::string& which, std::string key);
  Task<void> batch(NodeDriver& driver, size_t number);
  Mutation row_mutation(size_t table, const std::string& key, int32_t c, const std::string& value);
  Task<Status> check_table(NodeDriver& driver, size_t table);
  void compare(size_t table, const std::map<std::string, std::string>& seen);
  bool note(const Status& status);
  ShardId home(NodeDriver& driver) {
    return ShardId{static_cast<uint16_t>(roll(dice_, driver.node().shards().count()))};
  }

  uint64_t log_groups_ = 0;
  Dice dice_;
  const std::vector<Table> tables_;
  Rows rows_[2];
  int64_t stamp_ = 1000;
  uint64_t next_ = 0, next_batch_ = 1;
  size_t acknowledged_ = 0, failed_ = 0;
};

}  // namespace ringlet::sim
