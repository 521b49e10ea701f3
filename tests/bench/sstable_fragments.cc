// What one fragment costs in the layers below a read: writing a file, scanning it in both directions, a merge of four
// sources, and point reads from cached blocks. One core, no waiting for the medium: the files are in the page cache.
//
//   sstable_fragments FOLDER [ROWS]        FOLDER is made, and its files removed again
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "core/os/os_disk.h"
#include "core/storage/block_cache.h"
#include "core/storage/merge_stream.h"
#include "core/storage/sstable.h"

using namespace ringlet;

namespace {

// The process's own time: the machine may be shared.
uint64_t cpu_nanos() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

template <class T>
T need(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "sstable_fragments: %s\n", result.error().detail.c_str());
  std::exit(1);
}

void report(const char* what, uint64_t start, uint64_t count) {
  const auto nanos = static_cast<double>(cpu_nanos() - start);
  std::printf("%-44s %9.0f ns each, %7.2f M/s\n", what, nanos / static_cast<double>(count),
              static_cast<double>(count) * 1e3 / nanos);
}

std::vector<Bytes> prefixes_of(uint64_t count) {
  std::vector<Bytes> prefixes(count);
  for (uint64_t i = 0; i < count; ++i) {
    char key[17];
    std::snprintf(key, sizeof key, "%016llu", static_cast<unsigned long long>(i));
    append_partition_prefix(token_of(key), key, prefixes[i]);
  }
  std::ranges::sort(prefixes);
  return prefixes;
}

Bytes sample_row() {
  Bytes row;
  RowBuilder builder(row);
  builder.liveness({.at = Timestamp{1700000000000000}});
  Bytes value;
  for (int i = 0; i < 100; ++i) value += static_cast<char>('a' + i * 7 % 26 * (i % 3));
  builder.cell({.column = ColumnId{1}, .at = Timestamp{1700000000000000}, .value = value});
  builder.finish();
  return row;
}

TableRef sample_table() {
  auto table = std::make_shared<Table>();
  table->keyspace = "bench";
  table->name = "t";
  return table;
}

void write_file(Disk& disk, FileId id, const std::vector<Bytes>& prefixes, size_t first, size_t every) {
  SstableOptions options;
  options.id = id;
  auto writer = need(SstableWriter::create(disk, sample_table(), options));
  const Bytes row = sample_row();
  for (size_t i = first; i < prefixes.size(); i += every) {
    (void)writer->add({.kind = Fragment::Kind::partition, .prefix = prefixes[i]});
    (void)writer->add({.kind = Fragment::Kind::row, .prefix = prefixes[i], .row = row});
  }
  need(writer->finish());
}

uint64_t drain(FragmentStream& stream) {
  uint64_t count = 0;
  for (Fragment fragment; need(stream.next(fragment)) == Step::fragment;) ++count;
  return count;
}

std::unique_ptr<FragmentStream> open_stream(Disk& disk, FileId id, const ReadRange& range) {
  return need(SstableReader::open(disk, TableId{}, id, SstableAccess::background, nullptr))->stream(range);
}

void point_reads(Disk& disk, const std::vector<Bytes>& prefixes, const char* what, bool present) {
  BlockCache cache(size_t{1} << 30);
  auto reader = need(SstableReader::open(disk, TableId{}, FileId{1}, SstableAccess::shard, &cache));
  uint64_t found = 0;
  const uint64_t reads = std::min<uint64_t>(prefixes.size(), 500000);
  uint64_t start = 0;
  for (int round = 0; round < 2; ++round) {  // the first one fills the cache
    start = cpu_nanos();
    for (uint64_t i = 0; i < reads; ++i) {
      ReadRange range;
      range.one_partition = true;
      range.first_prefix = prefixes[i * 7919 % prefixes.size()];
      if (!present) range.first_prefix.insert(range.first_prefix.size() - 2, "x");
      found += drain(*reader->stream(range));
    }
  }
  report(what, start, reads);
  if (present != (found > 0)) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: sstable_fragments FOLDER [ROWS]\n");
    return 2;
  }
  auto disk = need(OsDisk::open(argv[1]));
  const std::vector<Bytes> prefixes = prefixes_of(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1000000);

  uint64_t start = cpu_nanos();
  write_file(*disk, FileId{1}, prefixes, 0, 1);
  report("write: row of 100 bytes, a partition each", start, prefixes.size());
  for (size_t i = 0; i < 4; ++i) write_file(*disk, FileId{2 + i}, prefixes, i, 4);

  const ReadRange everything;
  start = cpu_nanos();
  report("scan: row", start, drain(*open_stream(*disk, FileId{1}, everything)) / 2);
  ReadRange backwards;
  backwards.reversed = true;
  start = cpu_nanos();
  report("scan: partition of one row, rows reversed", start, drain(*open_stream(*disk, FileId{1}, backwards)) / 2);

  std::vector<std::unique_ptr<FragmentStream>> four;
  for (uint64_t id = 2; id <= 5; ++id) four.push_back(open_stream(*disk, FileId{id}, everything));
  start = cpu_nanos();
  report("merge of four files: row", start, drain(*merge_streams(std::move(four), false)) / 2);

  point_reads(*disk, prefixes, "point read, blocks cached", true);
  point_reads(*disk, prefixes, "point read of what is not there", false);
  for (uint64_t id = 1; id <= 5; ++id) (void)disk->remove(sstable_path(TableId{}, FileId{id}));
  return 0;
}
