// Each field of the counts, added.
#include "core/storage/engine.h"

namespace ringlet {

void add_up(TableCounts& sum, const TableCounts& one) {
  sum.memtable_bytes += one.memtable_bytes;
  sum.memtable_partitions += one.memtable_partitions;
  sum.sstables += one.sstables;
  sum.damaged_sstables += one.damaged_sstables;
  sum.sstable_bytes += one.sstable_bytes;
  sum.sstable_partitions += one.sstable_partitions;
  sum.rows += one.rows;
  sum.tombstones += one.tombstones;
  sum.flushes += one.flushes;
  sum.compactions += one.compactions;
  sum.bytes_flushed += one.bytes_flushed;
  sum.bytes_compacted_in += one.bytes_compacted_in;
  sum.bytes_compacted += one.bytes_compacted;
}

void add_up(EngineCounts& sum, const EngineCounts& one) {
  sum.row_cache_hits += one.row_cache_hits;
  sum.row_cache_misses += one.row_cache_misses;
  sum.writes += one.writes;
  sum.user_bytes += one.user_bytes;
  sum.reads += one.reads;
  sum.memtable_bytes += one.memtable_bytes;
  sum.flushes += one.flushes;
  sum.compactions += one.compactions;
  sum.flush_bytes += one.flush_bytes;
  sum.compaction_read_bytes += one.compaction_read_bytes;
  sum.compaction_written_bytes += one.compaction_written_bytes;
  sum.merged_for_reads_bytes += one.merged_for_reads_bytes;
  sum.pending_flushes += one.pending_flushes;
  sum.pending_compactions += one.pending_compactions;
  sum.damaged_sstables += one.damaged_sstables;
  sum.compactions_held += one.compactions_held;
  sum.compactions_pressed += one.compactions_pressed;
  sum.writes_slowed += one.writes_slowed;
  sum.writes_refused_behind += one.writes_refused_behind;
  sum.reads_refused += one.reads_refused;
  sum.left_batches += one.left_batches;
  sum.cache.hits += one.cache.hits;
  sum.cache.misses += one.cache.misses;
  sum.cache.bytes += one.cache.bytes;
  sum.cache.blocks += one.cache.blocks;
  sum.cache.capacity_bytes += one.cache.capacity_bytes;
  sum.cache.pinned_bytes += one.cache.pinned_bytes;
  sum.cache.pins_refused += one.cache.pins_refused;
}

}  // namespace ringlet
