// Counts what goes into an sstable, for its properties: planning, pruning of reads and dropping of whole expired files.
#pragma once

#include "core/storage/sstable.h"

namespace ringlet {

class StatisticsBuilder {
 public:
  void partition(BytesView prefix);
  void partition_deletion(const Deletion& deletion);
  void marker(BytesView position, const Deletion& before, const Deletion& after);
  void static_row(BytesView row);
  void row(BytesView position, BytesView row);
  void data_block(size_t bytes) { statistics_.data_bytes += bytes; }
  SstableStatistics result() const;

 private:
  void written(Timestamp at);
  void deletion(const Deletion& deletion);
  void expires(Seconds when);
  void lives();
  void place(BytesView position);
  void content(BytesView row);
  void cell(const CellView& cell);

  SstableStatistics statistics_;
  bool any_position_ = false, any_lives_ = false;
};

}  // namespace ringlet
