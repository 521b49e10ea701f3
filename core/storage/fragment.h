// Fragment: the one thing that memtables, sstables, merges and compaction speak: a partition's pieces in key order.
//
// A stream yields, for each partition in order: one `partition` (its deletion, perhaps none), then the static row if wanted
// and there, then rows and range markers by position (backwards when reversed). Tombstones are in it: what a reader may see
// is decided above (core/query), what may be forgotten by compaction.
//
// A marker at position p says: `before` holds for what is just below p, `after` from p on. Both are kept, so that a stream
// can be read in either direction from any block. The first marker of a slice repeats the deletion that was open at its
// start (before = none); at the end of a slice with an open deletion there is a closing marker (after = none).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/data/read_range.h"
#include "core/data/row.h"
#include "core/data/schema.h"
#include "core/env/frame_pool.h"
#include "core/env/request_context.h"
#include "core/env/task.h"

namespace ringlet {

struct Fragment {
  enum class Kind : uint8_t { partition, static_row, row, marker };
  Kind kind = Kind::partition;
  BytesView prefix;        // the partition's, see core/data/keys.h
  Deletion deletion;       // partition: the partition's deletion
  BytesView position;      // row, marker
  BytesView row;           // static_row, row: encoded
  Deletion before, after;  // marker
};

enum class Step : uint8_t {
  fragment,  // `out` was filled; its views hold until the stream is called again
  blocked,  // the medium must be waited for, or others have waited for this long enough: co_await load(), then next() again
  end,
};

// next() never waits, so that merging is plain code; only load() suspends. Streams that cannot block never return `blocked`.
class FragmentStream : public Pooled {
 public:
  virtual ~FragmentStream() = default;
  virtual Result<Step> next(Fragment& out) = 0;
  virtual Task<Status> load(const RequestContext& context) = 0;
  // Nothing more of the current partition is wanted: next() goes on with the partition after it.
  virtual void skip_partition() = 0;
  // Of all that is known here of the current partition: a deletion that is no older hides it whole.
  virtual Timestamp newest_timestamp() const { return Timestamp{INT64_MAX}; }
};

}  // namespace ringlet
