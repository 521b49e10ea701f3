// What long work on a table's files looks like from outside: what runs now, and what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/uuid.h"
#include "core/env/clock.h"

namespace ringlet {

struct TokenSpan {  // both ends are in it
  Token first, last;
};

// One job that runs, as of the moment it was asked about. Bytes are of data, before compression, except those written.
struct StorageTask {
  Uuid id;  // a timeuuid
  TableId table;
  // Cassandra's words: compaction, tombstone compaction, cleanup, scrub, verify, upgrade sstables; and "compaction for reads".
  const char* kind = "";
  size_t sstables = 0;  // that it reads
  Instant began;
  uint64_t bytes_total = 0, bytes_done = 0, bytes_written = 0;

  double done() const {
    return bytes_total == 0 ? 0 : static_cast<double>(bytes_done) / static_cast<double>(bytes_total);
  }
};

// What a table's owner may ask for beside flush and compact.
enum class FileWork : uint8_t {
  cleanup,      // leave out partitions that this node does not own
  scrub,        // write anew what can still be read, and set damaged files aside
  upgrade,      // write anew what an older version wrote
  upgrade_all,  // write everything anew: under today's compression, filters and cut
  verify,       // check every promise of the format; changes nothing
};

struct FileWorkReport {
  uint64_t files = 0, rewritten = 0;  // looked at; of them, written anew
  uint64_t bytes_in = 0, bytes_out = 0;
  std::vector<std::string> damage;  // what was found broken, and where it is now

  void add(FileWorkReport more) {
    files += more.files;
    rewritten += more.rewritten;
    bytes_in += more.bytes_in;
    bytes_out += more.bytes_out;
    for (std::string& line : more.damage) damage.push_back(std::move(line));
  }
};

}  // namespace ringlet
