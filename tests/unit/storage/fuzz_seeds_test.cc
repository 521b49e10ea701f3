// The fuzzers' seeds of what rests on flash: written here by the writers themselves, and held to the formats of today. After a
// change of a format: RINGLET_WRITE_FUZZ_SEEDS=1 unit_tests -ts=fuzz_seeds (tests/fuzz/README.md).
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/base/must.h"
#include "core/storage/log_group_format.h"
#include "core/storage/log_replay.h"
#include "core/storage/sstable.h"
#include "core/storage/sstable_block.h"
#include "core/storage/sstable_format.h"
#include "tests/unit/storage/fragment_kit.h"
#include "tests/unit/storage/memory_disk.h"

namespace ringlet::testing {
namespace {

const TableRef kTable = sample_table();
constexpr FileId kFile{7};        // as sstable_fuzz opens it
constexpr SegmentId kSegment{3};  // as log_fuzz scans it
constexpr uint64_t kFiles = 12, kSegments = 6;

std::filesystem::path corpus(const char* fuzzer) {
  for (auto folder = std::filesystem::current_path();; folder = folder.parent_path()) {
    auto corpus = folder / "tests/fuzz/corpus";
    if (std::filesystem::exists(corpus)) return corpus / fuzzer;
    MUST(folder.has_relative_path());
  }
}

bool writing() { return std::getenv("RINGLET_WRITE_FUZZ_SEEDS") != nullptr; }

void write_seed(const char* fuzzer, const std::string& name, BytesView bytes) {
  std::ofstream(corpus(fuzzer) / name, std::ios::binary) << bytes;
}

Bytes read_seed(const char* fuzzer, const std::string& name) {
  const auto path = corpus(fuzzer) / name;
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "no seed " << path.string());
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

// Small files of every kind of part: several blocks and one, compressed and not, with a filter and without.
Bytes sstable_of(uint64_t seed, bool one_plain_block) {
  std::mt19937_64 dice(seed);
  const RandomShape shape = {.partitions = 3, .positions = 6, .rows = one_plain_block ? 5 : 8, .ranges = 2};
  SstableOptions options;
  options.id = kFile;
  options.manifest = uuid_from_bytes("manifest-manifes");
  options.compacted_from = {FileId{1}, FileId{2}};
  options.compress = !one_plain_block && seed % 2 == 0;
  options.filter_fp_chance = seed % 3 == 0 ? 1.0 : 0.01;
  options.block_bytes = one_plain_block ? 1u << 20 : 100 + 100 * (seed % 3);
  MemoryDisk disk;
  auto writer = SstableWriter::create(disk, kTable, options);
  REQUIRE(writer);
  for (const OwnedFragment& fragment : fragments_of(random_model(dice, shape), true))
    REQUIRE((*writer)->add(fragment.view()));
  REQUIRE((*writer)->finish());
  return disk.files.at(sstable_path(kTable->id, kFile))->bytes;
}

// The same as sstable_fuzz takes it apart: data, index, filter, properties, dictionary. With an index of one entry, or without.
Bytes parts_of(BytesView file, bool with_index) {
  const Footer footer = decode_footer(file.substr(file.size() - kFooterBytes), "seed").value();
  MUST(footer.index.height == 0 && footer.filter.height == 0);
  const auto part = [&](BlockKind kind, const BlockPlace& place) {
    if (place.bytes == 0) return Bytes{};
    return unseal_block(kind, file.substr(place.offset, place.bytes), footer.seed, place.offset, "seed").value();
  };
  const Bytes data = part(BlockKind::data, footer.index.place);
  Bytes index;
  if (with_index) {
    BlockBuilder builder(kIndexRestartInterval);
    Bytes entry;
    ByteWriter out(entry);
    encode_index_entry({.place = {0, static_cast<uint32_t>(data.size() + kTrailerBytes)}}, out);
    builder.add(Bytes(1, '\0'), entry);
    index = builder.finish();
  }
  Bytes bytes(1, '\1');
  ByteWriter out(bytes);
  for (const Bytes& one :
       {data, index, part(BlockKind::filter, footer.filter.place), part(BlockKind::properties, footer.properties),
        part(BlockKind::dictionary, footer.dictionary)}) {
    out.little(static_cast<uint16_t>(one.size()));
    out.bytes(one);
  }
  return bytes;
}

Bytes group_of(uint64_t records, uint64_t synced, uint64_t at, uint64_t seed) {
  using namespace log_format;
  GroupPacker packer;
  for (uint64_t n = 0; n < records; ++n)
    packer.add({kTable->id, ShardId{static_cast<uint16_t>(n % 2)}, "reading " + std::to_string(n * seed) + " of many"});
  RecordHeader header = packer.pack(kGroupBytesMax).value();
  header.synced_through = synced;
  header.shard_count = 2;
  Bytes bytes;
  encode(header, packer.payload(), kSegment, at, bytes);
  return bytes;
}

// Records of two shards and tables, some naming theirs by another record, with and without syncs between, void and closed
// ones, and groups of them.
Bytes segment_of(uint64_t seed) {
  using namespace log_format;
  std::mt19937_64 dice(seed);
  Bytes bytes;
  encode({kSegment, SegmentId{2}, 64 + seed, seed % 2 * 128}, bytes);
  uint64_t synced = 0, whole = 0;
  for (uint64_t n = 0; n < 6; ++n) {
    const bool elsewhere = whole != 0 && dice() % 2 == 0;
    const Bytes payload(dice() % 40, static_cast<char>('a' + n));
    RecordHeader header{static_cast<uint32_t>(payload.size()),
                        synced,
                        ShardId{static_cast<uint16_t>(n % 2)},
                        2,
                        kTable->id,
                        n == 4 ? RecordKind::void_ : RecordKind::mutation};
    const uint64_t at = bytes.size();
    encode(header, payload, kSegment, at, bytes, elsewhere ? at - whole : 0);
    if (!elsewhere) whole = at;
    if (dice() % 2 == 0) synced = bytes.size();
    if (n % 3 == seed % 3) bytes += group_of(1 + dice() % 12, synced, bytes.size(), seed);
  }
  if (seed % 2 == 0)
    encode({0, bytes.size(), ShardId{0}, 1, {}, RecordKind::closed}, "", kSegment, bytes.size(), bytes);
  return bytes + Bytes(seed * 5, '\0');
}

}  // namespace

TEST_SUITE("fuzz_seeds") {
  TEST_CASE("the seeds of the sstable fuzzer are files that today's reader opens and finds in order") {
    for (uint64_t seed = 1; seed <= kFiles; ++seed) {
      const std::string name = "file_" + std::to_string(seed);
      CAPTURE(name);
      if (writing()) {
        write_seed("sstable_fuzz", name, Bytes(1, '\0') + sstable_of(seed, false));
        write_seed("sstable_fuzz", "parts_" + std::to_string(seed), parts_of(sstable_of(seed, true), seed % 2 == 0));
      }
      const Bytes bytes = read_seed("sstable_fuzz", name);
      MemoryDisk disk;
      auto file = disk.open(sstable_path(kTable->id, kFile), OpenMode::create).value();
      REQUIRE(file->write_now(0, BytesView(bytes).substr(1)));
      const auto reader = SstableReader::open(disk, kTable->id, kFile, SstableAccess::background, nullptr);
      REQUIRE_MESSAGE(reader, reader.error().detail);
      const Status whole = (*reader)->verify();
      CHECK_MESSAGE(whole, whole.error().detail);
      CHECK_GT((*reader)->statistics().rows, 0);
    }
  }

  TEST_CASE("the seeds of the log fuzzer are segments that today's scan reads to their end") {
    for (uint64_t seed = 1; seed <= kSegments; ++seed) {
      const std::string name = "segment_" + std::to_string(seed);
      CAPTURE(name);
      if (writing()) write_seed("log_fuzz", name, segment_of(seed));
      const auto ignore = [](const log_format::FoundRecord&, uint64_t) -> Status { return {}; };
      const LogScan scan = scan_log_segment(read_seed("log_fuzz", name), kSegment, {}, ignore);
      CHECK(scan.header.has_value());
      CHECK_GE(scan.records, 8);
      CHECK_EQ(scan.groups, 2);
      CHECK(scan.holes.empty());
      CHECK_FALSE(scan.torn_tail);
    }
  }
}

}  // namespace ringlet::testing
