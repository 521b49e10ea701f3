#include "core/storage/sstable.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/checksum.h"
#include "core/base/murmur3.h"
#include "core/data/keys.h"
#include "core/storage/block_cache.h"
#include "core/storage/sstable_format.h"
#include "tests/unit/storage/fragment_kit.h"
#include "tests/unit/storage/memory_disk.h"

namespace ringlet::testing {
namespace {

const TableRef kTable = sample_table();
constexpr FileId kFile{7};

SstableOptions plain_options() {
  SstableOptions options;
  options.id = kFile;
  options.manifest = uuid_from_bytes("manifest-manifes");
  return options;
}

SstableStatistics write_file(MemoryDisk& disk, const std::vector<OwnedFragment>& fragments,
                             const SstableOptions& options) {
  auto writer = SstableWriter::create(disk, kTable, options);
  REQUIRE(writer);
  for (const OwnedFragment& fragment : fragments) REQUIRE((*writer)->add(fragment.view()));
  const auto statistics = (*writer)->finish();
  REQUIRE(statistics);
  return *statistics;
}

// Partitions of one row without columns, a block to each.
void write_bare_rows(MemoryDisk& disk, uint64_t partitions, Bytes (*prefix_of)(uint64_t)) {
  Bytes row;
  RowBuilder builder(row);
  builder.liveness({.at = Timestamp{5}});
  builder.finish();
  std::vector<OwnedFragment> fragments;
  for (uint64_t i = 0; i < partitions; ++i) {
    PartitionModel partition;
    partition.rows.emplace_back(Bytes{}, row);
    partition.fragments(prefix_of(i), false, fragments);
  }
  SstableOptions options = plain_options();
  options.block_bytes = 1;
  write_file(disk, fragments, options);
}

std::shared_ptr<SstableReader> open_file(MemoryDisk& disk, BlockCache* cache, FileId id = kFile) {
  const SstableAccess access = cache != nullptr ? SstableAccess::shard : SstableAccess::background;
  auto reader = SstableReader::open(disk, kTable->id, id, access, cache);
  if (!reader) FAIL(reader.error().detail);
  return *reader;
}

std::unique_ptr<FragmentStream> find(SstableReader& reader, const ReadRange& range) {
  return reader.find(range, reader.look(range, hash64(range.first_prefix)), kAheadBytesMost);
}

Bytes& file_bytes(MemoryDisk& disk, FileId id = kFile) { return disk.files.at(sstable_path(kTable->id, id))->bytes; }

// Streams may leave out a partition of which nothing is told.
std::vector<OwnedFragment> without_empty_partitions(const std::vector<OwnedFragment>& all) {
  std::vector<OwnedFragment> out;
  for (size_t i = 0; i < all.size(); ++i) {
    const bool is_partition = all[i].kind == Fragment::Kind::partition;
    const bool is_last = i + 1 == all.size() || all[i + 1].kind == Fragment::Kind::partition;
    if (!is_partition || !is_last || !all[i].deletion.none()) out.push_back(all[i]);
  }
  return out;
}

ReadRange random_range(std::mt19937_64& dice, const RandomShape& shape) {
  ReadRange range;
  const auto random_slices = [&] {
    std::vector<Slice> slices;
    for (int n = static_cast<int>(dice() % 4); n > 0; --n) slices.push_back(random_slice(dice, shape.positions));
    std::ranges::sort(slices, {}, &Slice::start);
    std::vector<Slice> disjoint;
    for (Slice& slice : slices) {
      if (disjoint.empty() || slice.start > disjoint.back().end) disjoint.push_back(std::move(slice));
    }
    return disjoint;
  };
  range.reversed = dice() % 2 == 0;
  range.static_row = dice() % 2 == 0;
  range.one_partition = dice() % 2 == 0;
  if (dice() % 3 != 0) range.slices = random_slices();
  if (range.one_partition || dice() % 2 == 0) range.first_prefix = random_prefix(dice, shape.partitions + 2);
  if (dice() % 3 == 0) range.last_prefix = random_prefix(dice, shape.partitions + 2);
  if (!range.first_prefix.empty() && dice() % 3 == 0) range.slices_of_first = random_slices();
  return range;
}

}  // namespace

TEST_SUITE("sstable") {
  TEST_CASE("whatever is written is read back: whole, sliced, reversed, resumed, from cache, page cache and medium") {
    for (uint64_t seed = 1; seed <= 250; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      RandomShape shape;
      if (dice() % 4 == 0) shape = {.partitions = 40, .positions = 60, .rows = 80, .ranges = 12};
      if (dice() % 5 == 0) shape.value_bytes = 700;
      const std::vector<OwnedFragment> fragments = fragments_of(random_model(dice, shape), true);
      SstableOptions options = plain_options();
      options.block_bytes = dice() % 2 == 0 ? 1 : dice() % 2000;
      options.compress = dice() % 2 == 0;
      options.filter_fp_chance = dice() % 3 == 0 ? 1.0 : 0.01;
      MemoryDisk disk;
      write_file(disk, fragments, options);
      if (dice() % 2 == 0) disk.page_cache_dice = &dice;
      BlockCache cache(dice() % 3 == 0 ? 0 : dice() % 3 == 0 ? 3000 : 1u << 20);
      auto reader = open_file(disk, dice() % 4 == 0 ? nullptr : &cache);
      const Status verified = reader->verify();
      if (!verified) FAIL(verified.error().detail);
      for (int i = 0; i < 12; ++i) {
        CAPTURE(i);
        const ReadRange range = i == 0 ? ReadRange{} : random_range(dice, shape);
        const auto stream = range.one_partition && dice() % 2 == 0 ? find(*reader, range) : reader->stream(range);
        const std::vector<OwnedFragment> got =
            stream ? without_empty_partitions(drain(*stream)) : std::vector<OwnedFragment>{};
        const std::vector<OwnedFragment> expected = without_empty_partitions(select(fragments, range));
        if (got == expected) continue;
        CHECK_EQ(show(got), show(expected));
        return;
      }
    }
  }

  TEST_CASE("a skipped partition is left at once, and the next one follows") {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      const std::vector<OwnedFragment> fragments =
          without_empty_partitions(fragments_of(random_model(dice, {.partitions = 12, .rows = 30}), true));
      SstableOptions options = plain_options();
      options.block_bytes = dice() % 600;
      MemoryDisk disk;
      write_file(disk, fragments, options);
      disk.page_cache_dice = &dice;
      BlockCache cache(dice() % 2 == 0 ? 0 : 1u << 20);
      ReadRange range;
      range.reversed = dice() % 2 == 0;
      const std::vector<OwnedFragment> all = select(fragments, range);
      const auto stream = open_file(disk, &cache)->stream(range);
      Fragment fragment;
      for (size_t at = 0;;) {
        const Result<Step> step = stream->next(fragment);
        REQUIRE(step);
        if (*step == Step::blocked && (at == 0 || dice() % 4 != 0)) {
          REQUIRE(load_now(*stream));
          continue;
        }
        if (*step == Step::end) {
          REQUIRE_EQ(at, all.size());
          break;
        }
        if (*step == Step::fragment) {
          REQUIRE_LT(at, all.size());
          REQUIRE_EQ(show(OwnedFragment(fragment)), show(all[at]));
          ++at;
        }
        if (*step == Step::fragment && dice() % 4 != 0) continue;
        stream->skip_partition();
        // Blocked on the next partition already: nothing of it was told, so nothing of it is skipped.
        while (at < all.size() && all[at].kind != Fragment::Kind::partition) ++at;
      }
    }
  }

  TEST_CASE("the middle of a wide partition is read without its beginning, deletions included") {
    std::mt19937_64 dice(1);
    Bytes prefix;
    append_partition_prefix(token_of("wide"), "wide", prefix);
    PartitionModel partition;
    partition.deletion = {Timestamp{1}, Seconds{1}};
    for (int i = 0; i < 5000; ++i) {
      Bytes position{'\x02'};
      ByteWriter(position).big(static_cast<uint32_t>(i));
      partition.rows.emplace_back(position, random_row(dice, 20));
    }
    Bytes start{'\x02', '\0', '\0', '\x01', '\0'}, end{'\x02', '\0', '\0', '\x12', '\0'};
    partition.ranges.push_back({{start, end}, {Timestamp{1000}, Seconds{9}}});
    std::vector<OwnedFragment> fragments;
    partition.fragments(prefix, false, fragments);
    MemoryDisk disk;
    write_file(disk, fragments, plain_options());
    disk.nothing_cached = true;
    for (const bool reversed : {false, true}) {
      BlockCache cache(1u << 20);
      auto reader = open_file(disk, &cache);
      ReadRange range;
      range.first_prefix = prefix;
      range.one_partition = true;
      range.reversed = reversed;
      range.slices = {Slice{{'\x02', '\0', '\0', '\x11', '\0'}, {'\x02', '\0', '\0', '\x11', '\x02'}}};
      disk.waits = 0;
      const auto stream = reader->stream(range);
      const std::vector<OwnedFragment> got = drain(*stream);
      CHECK_EQ(show(got), show(select(fragments, range)));
      CHECK_EQ(got.size(), 5);  // the partition, the range's two ends, two rows
      CHECK_LE(disk.waits, 5);  // filter, index root, index leaf, and a data block or two
    }
  }

  TEST_CASE("a static row that begins a block, behind its partition's deletion, is told to who reads rows further on") {
    std::mt19937_64 dice(3);
    const Bytes row = random_row(dice, 8), static_row = random_row(dice, 8);
    Bytes first, second;
    append_partition_prefix(Token{1}, "a", first);
    append_partition_prefix(Token{2}, "b", second);
    const auto rows_behind =
        [&](size_t filler_bytes) {  // before the deletion: somewhere, the block ends right after it
          PartitionModel filler, partition;
          filler.rows.emplace_back(Bytes(filler_bytes, 'f'), row);
          partition.deletion = {Timestamp{1}, Seconds{1}};
          partition.statics.push_back(static_row);
          for (char c = 'a'; c <= 'z'; ++c) partition.rows.emplace_back(Bytes(40, c), row);
          std::vector<OwnedFragment> fragments;
          filler.fragments(first, false, fragments);
          partition.fragments(second, false, fragments);
          return fragments;
        };
    for (size_t bytes = 200; bytes < 300; ++bytes) {
      CAPTURE(bytes);
      MemoryDisk disk;
      SstableOptions options = plain_options();
      options.block_bytes = 300;
      const std::vector<OwnedFragment> fragments = rows_behind(bytes);
      write_file(disk, fragments, options);
      BlockCache cache(1u << 20);
      ReadRange range;
      range.first_prefix = second;
      range.one_partition = true;
      range.slices = {{"b", "d"}};
      const auto stream = open_file(disk, &cache)->stream(range);
      CHECK_EQ(show(drain(*stream)), show(select(fragments, range)));
    }
  }

  TEST_CASE("one row of a large file takes no more of the cache than a small block, its filter and its index") {
    std::mt19937_64 dice(2);
    std::vector<OwnedFragment> fragments;
    Bytes prefix;
    for (uint64_t i = 0; i < 2000; ++i) {
      PartitionModel partition;
      partition.rows.emplace_back(Bytes{}, random_row(dice, 200));
      prefix.clear();
      append_partition_prefix(Token{static_cast<int64_t>(i << 40)}, "key", prefix);
      partition.fragments(prefix, false, fragments);
    }
    MemoryDisk disk;
    const SstableStatistics written = write_file(disk, fragments, plain_options());
    REQUIRE(written.data_bytes > 64u << 10);
    BlockCache cache(1u << 20);
    const uint64_t before = cache.counts().bytes;
    ReadRange range;
    range.first_prefix = prefix;
    range.one_partition = true;
    const auto stream = open_file(disk, &cache)->stream(range);
    CHECK_EQ(drain(*stream).size(), 2);
    CHECK_LE(cache.counts().bytes - before, 20u << 10);
  }

  TEST_CASE("an index larger than what a reader keeps of it leads to every row, whatever the cache grants") {
    constexpr uint64_t kPartitions = 20000;
    const auto prefix_of = [](uint64_t i) {
      Bytes made;
      append_partition_prefix(Token{static_cast<int64_t>(i * i)}, "key", made);
      return made;
    };
    MemoryDisk disk;
    write_bare_rows(disk, kPartitions, prefix_of);
    for (const size_t cache_bytes : {size_t{0}, size_t{20000}, size_t{8u << 20}}) {
      CAPTURE(cache_bytes);
      BlockCache cache(cache_bytes);
      const auto reader = open_file(disk, &cache);
      ReadRange range;
      range.one_partition = true;
      for (int round = 0; round < 2; ++round) {
        for (uint64_t i = 0; i < kPartitions; i += 97) {
          range.first_prefix = prefix_of(i);
          const auto stream = find(*reader, range);
          REQUIRE(stream != nullptr);
          REQUIRE_EQ(drain(*stream).size(), 2);
        }
      }
      CHECK_LE(cache.counts().bytes, cache_bytes + (cache.counts().blocks == 0 ? 1024 : 0));
      const ReadRange all;
      CHECK_EQ(drain(*reader->stream(all)).size(), 2 * kPartitions);
    }
  }

  TEST_CASE("an index that came from the medium piece by piece is kept as one that was in memory at once") {
    constexpr uint64_t kPartitions = 5000;
    const auto prefix_of = [](uint64_t i) {
      Bytes made;
      append_partition_prefix(Token{7}, Bytes(1000, 'k') + std::to_string(10000 + i), made);  // few to an index block
      return made;
    };
    MemoryDisk disk;
    write_bare_rows(disk, kPartitions, prefix_of);
    uint64_t lookups[2];
    for (const bool cold : {false, true}) {
      disk.nothing_cached = cold;
      BlockCache cache(32u << 20);
      const auto reader = open_file(disk, &cache);
      const auto read = [&](uint64_t i) {
        ReadRange range;
        range.first_prefix = prefix_of(i);
        range.one_partition = true;
        const auto stream = find(*reader, range);
        REQUIRE(stream != nullptr);
        REQUIRE_EQ(drain(*stream).size(), 2);
      };
      for (int round = 0; round < 2; ++round)
        for (uint64_t i = 0; i < kPartitions; i += 10) read(i);
      const auto before = cache.counts();
      read(0);
      lookups[cold ? 1 : 0] = cache.counts().hits + cache.counts().misses - before.hits - before.misses;
    }
    CHECK_EQ(lookups[0], lookups[1]);
    CHECK_GT(disk.waits, 0);
  }

  TEST_CASE("statistics tell what is in the file, across a restart too") {
    std::mt19937_64 dice(3);
    const std::vector<OwnedFragment> fragments = fragments_of(random_model(dice, {}), true);
    MemoryDisk disk;
    SstableOptions options = plain_options();
    options.level = 3;
    options.shard = ShardId{1};
    options.shard_count = 4;
    options.compacted_from = {FileId{5}, FileId{6}};
    const SstableStatistics written = write_file(disk, fragments, options);
    BlockCache cache(1u << 20);
    auto reader = open_file(disk, &cache);
    const SstableStatistics& read = reader->statistics();
    CHECK_EQ(read.file_bytes, file_bytes(disk).size());
    CHECK_EQ(written.file_bytes, read.file_bytes);
    CHECK_EQ(read.rows,
             static_cast<uint64_t>(std::ranges::count(fragments, Fragment::Kind::row, &OwnedFragment::kind)));
    CHECK_EQ(read.first_prefix, fragments.front().prefix);
    CHECK_EQ(read.last_prefix, fragments.back().prefix);
    CHECK_EQ(read.min_timestamp, written.min_timestamp);
    CHECK_EQ(read.max_expiry, written.max_expiry);
    CHECK_EQ(read.level, 3);
    CHECK_EQ(reader->shard(), ShardId{1});
    CHECK_EQ(reader->shard_count(), 4);
    CHECK_EQ(reader->compacted_from(), options.compacted_from);
    CHECK_EQ(reader->manifest(), options.manifest);
    const auto dictionary = reader->dictionary();
    REQUIRE(dictionary);
    CHECK_EQ((*dictionary)->name, "readings");
    CHECK_EQ((*dictionary)->regulars.size(), 3);
  }

  TEST_CASE("every single-bit flip is caught: by opening, by reading, or by verify") {
    std::mt19937_64 dice(11);
    const std::vector<OwnedFragment> fragments = fragments_of(random_model(dice, {.partitions = 8, .rows = 12}), true);
    SstableOptions options = plain_options();
    options.block_bytes = 300;
    MemoryDisk disk;
    write_file(disk, fragments, options);
    Bytes& bytes = file_bytes(disk);
    for (int i = 0; i < 1000; ++i) {
      const size_t bit = dice() % (bytes.size() * 8);
      CAPTURE(bit);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      BlockCache cache(1u << 20);
      auto reader = SstableReader::open(disk, kTable->id, kFile, SstableAccess::shard, &cache);
      const Status found = reader ? (*reader)->verify() : Status(fail(reader.error()));
      REQUIRE_FALSE(found);
      CHECK_EQ(found.error().code, Errc::corrupt);
      CHECK_NE(found.error().detail.find(sstable_path(kTable->id, kFile)), std::string::npos);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    }
  }

  TEST_CASE("a damaged block is an error for the read that needs it, never an absent row") {
    std::mt19937_64 dice(12);
    const std::vector<OwnedFragment> fragments = fragments_of(random_model(dice, {.partitions = 8, .rows = 12}), true);
    MemoryDisk disk;
    write_file(disk, fragments, plain_options());
    file_bytes(disk)[10] ^= 1;
    BlockCache cache(1u << 20);
    const ReadRange range;
    const auto stream = open_file(disk, &cache)->stream(range);
    Fragment fragment;
    const Result<Step> step = stream->next(fragment);
    REQUIRE_FALSE(step);
    CHECK_EQ(step.error().code, Errc::corrupt);
  }

  TEST_CASE("a block that landed in another file, or at another place, does not verify") {
    const Bytes block(500, 'x');
    const std::string path = "sstables/t/1.sst";
    const Uuid manifest = uuid_from_bytes("manifest-manifes");
    const uint64_t seed = block_seed(FileId{1}, manifest);
    Bytes sealed;
    seal_block(BlockKind::data, block, true, seed, 4096, sealed);
    CHECK_EQ(unseal_block(BlockKind::data, sealed, seed, 4096, path).value(), block);
    CHECK_FALSE(unseal_block(BlockKind::data, sealed, seed, 8192, path));
    CHECK_FALSE(unseal_block(BlockKind::data, sealed, block_seed(FileId{2}, manifest), 4096, path));
    CHECK_FALSE(unseal_block(BlockKind::index, sealed, seed, 4096, path));
  }

  TEST_CASE("a file of a newer format is refused by a message that names both versions") {
    Bytes raw;
    ByteWriter out(raw);
    Footer footer{.properties = {0, 10}, .dictionary = {10, 10}, .id = kFile, .file_bytes = 1000};
    encode_footer(footer, out);
    CHECK(decode_footer(raw, "f.sst"));
    store_little(raw.data() + 112, uint32_t{9});
    CHECK_EQ(decode_footer(raw, "f.sst").error().code, Errc::corrupt);  // a flipped version is damage, not a newer file
    store_little(raw.data() + 116, checksum32(BytesView(raw).substr(0, 116), kFooterSeed));
    const Error refused = decode_footer(raw, "f.sst").error();
    CHECK_EQ(refused.code, Errc::invalid);
    CHECK_EQ(refused.detail,
             "f.sst: sstable format version 9, this ringlet reads version 2; start the ringlet that wrote it, or a "
             "newer one");
  }

  TEST_CASE("a file without a single partition is a file") {
    MemoryDisk disk;
    write_file(disk, {}, plain_options());
    BlockCache cache(1u << 20);
    auto reader = open_file(disk, &cache);
    CHECK(reader->verify());
    const ReadRange range;
    const auto stream = reader->stream(range);
    CHECK(drain(*stream).empty());
  }

  TEST_CASE("a writer that did not finish leaves no file, and every failing call is reported") {
    std::mt19937_64 dice(4);
    const std::vector<OwnedFragment> fragments = fragments_of(random_model(dice, {}), true);
    for (int n = 1;; ++n) {
      CAPTURE(n);
      MemoryDisk disk;
      disk.calls_until_failure = n;
      Status status;
      if (auto writer = SstableWriter::create(disk, kTable, plain_options()); !writer)
        status = fail(writer.error());
      else {
        for (const OwnedFragment& f : fragments) {
          if (status) status = (*writer)->add(f.view());
        }
        if (status) {
          if (auto done = (*writer)->finish(); !done) status = fail(done.error());
        }
      }
      if (disk.calls_until_failure > 0) {
        CHECK(status);
        CHECK_EQ(disk.files.size(), 1);
        CHECK_EQ(disk.synced_folders[sstable_folder(kTable->id)], 1);
        CHECK_EQ(disk.synced_folders["sstables"], 1);
        CHECK_EQ(file_bytes(disk).size(), disk.files.begin()->second->synced_bytes);
        break;
      }
      CHECK_FALSE(status);
      CHECK(disk.files.empty());
    }
  }

  TEST_CASE("a file is written in whole pieces of 256 KiB, each at a multiple of that, and a rest") {
    std::mt19937_64 dice(5);
    std::vector<OwnedFragment> fragments;
    Bytes prefix;
    for (uint64_t i = 0; i < 400; ++i) {
      PartitionModel partition;
      partition.rows.emplace_back(Bytes{}, random_row(dice, i == 200 ? 600'000 : 5'000));
      prefix.clear();
      append_partition_prefix(Token{static_cast<int64_t>(i << 40)}, "key", prefix);
      partition.fragments(prefix, false, fragments);
    }
    MemoryDisk disk;
    SstableOptions options = plain_options();
    options.compress = false;
    const uint64_t bytes = write_file(disk, fragments, options).file_bytes;
    constexpr uint64_t kPiece = 256u << 10;
    REQUIRE(bytes > 4 * kPiece);
    REQUIRE(disk.writes.size() > 3);
    uint64_t at = 0;
    for (const auto& [offset, size] : disk.writes) {
      CHECK_EQ(offset, at);
      CHECK_EQ(offset % kPiece, 0);
      at += size;
      CHECK((size % kPiece == 0 || at == bytes));
    }
    CHECK_EQ(at, bytes);
  }

  TEST_CASE("keys of 64 KiB make a tree of few levels") {
    PartitionModel partition;
    for (int i = 0; i < 60; ++i) {
      Bytes position(60000, 'p');
      position[0] = '\x02';
      position += static_cast<char>(i + 2);
      std::mt19937_64 dice(static_cast<uint64_t>(i));
      partition.rows.emplace_back(position, random_row(dice, 10));
    }
    Bytes prefix;
    append_partition_prefix(token_of("k"), "k", prefix);
    std::vector<OwnedFragment> fragments;
    partition.fragments(prefix, true, fragments);
    MemoryDisk disk;
    write_file(disk, fragments, plain_options());
    auto reader = open_file(disk, nullptr);
    CHECK(reader->verify());
    const ReadRange range;
    const auto stream = reader->stream(range);
    CHECK(drain(*stream) == fragments);
  }

  TEST_CASE("a scan reads ahead less in each file the more files it merges") {
    CHECK_EQ(ahead_bytes_of(1), kAheadBytesMost);
    CHECK_EQ(ahead_bytes_of(16) * 16, kAheadBytesTogether);
    CHECK_EQ(ahead_bytes_of(128), kAheadBytesLeast);
    CHECK_EQ(ahead_bytes_of(129), 0);
  }

  TEST_CASE("the bytes of a file stay as they are: format version 2") {
    Bytes prefix, row;
    append_partition_prefix(token_of("k"), "k", prefix);
    RowBuilder builder(row);
    builder.liveness({.at = Timestamp{5}});
    builder.cell({.column = ColumnId{1}, .at = Timestamp{5}, .value = "v"});
    builder.finish();
    PartitionModel partition;
    partition.deletion = {Timestamp{1}, Seconds{2}};
    partition.rows.emplace_back(Bytes("\x02\x80\x00\x00\x01", 5), row);
    partition.ranges.push_back({{Bytes("\x02\x80", 2), Bytes("\x02\x81", 2)}, {Timestamp{3}, Seconds{4}}});
    std::vector<OwnedFragment> fragments;
    partition.fragments(prefix, true, fragments);
    MemoryDisk disk;
    SstableOptions options = plain_options();
    options.compress = false;
    write_file(disk, fragments, options);
    const Bytes& bytes = file_bytes(disk);
    CHECK_EQ(to_hex(BytesView(bytes).substr(0, 90)),
             "000c02c99adfba2b1435b26b00010002040b0403020280000206080f0306000101010a011801760d020381000106080110517bcbd"
             "900000004000000000000000000000000008000004000000000000000400000000000000000");
    CHECK_EQ(to_hex(BytesView(bytes).substr(bytes.size() - 128)),
             "00000000000000003500000000000000350000000000000045000000000000007a000000000000003600000000000000b00000000"
             "0000000550100000000000007000000000000006d616e69666573742d6d616e696665739ac35b4f584ba895850200000000000000"
             "0000000000000002000000097e36d652494e474c535354");
  }
}

}  // namespace ringlet::testing
