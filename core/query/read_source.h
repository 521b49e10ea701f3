// Where a SELECT's fragments come from: the coordinator for stored tables, memory for virtual ones.
#pragma once

#include "core/cluster/coordinator.h"

namespace ringlet {

class ReadSource {
 public:
  virtual ~ReadSource() = default;
  // The range and the context must outlive the read.
  virtual Task<Result<std::unique_ptr<CoordinatedRead>>> read(const ReadRange& range, uint32_t rows_hint,
                                                              const RequestContext& context) = 0;
  // About what a scan of it may hold while it is under way, whatever it returns.
  virtual size_t scan_bytes() const { return 0; }
};

class StoredSource final : public ReadSource {
 public:
  StoredSource(Coordinator& coordinator, const Table& table, const Keyspace& keyspace, Consistency level)
      : coordinator_(coordinator), table_(table), keyspace_(keyspace), level_(level) {}
  Task<Result<std::unique_ptr<CoordinatedRead>>> read(const ReadRange& range, uint32_t rows_hint,
                                                      const RequestContext& context) override {
    return coordinator_.read(table_, range, keyspace_, level_, rows_hint, context);
  }
  size_t scan_bytes() const override { return coordinator_.scan_bytes(table_); }

 private:
  Coordinator& coordinator_;
  const Table& table_;
  const Keyspace& keyspace_;
  const Consistency level_;
};

}  // namespace ringlet
