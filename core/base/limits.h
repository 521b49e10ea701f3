// Every bound of the node, in one place. What a client sees at a bound is written beside it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringlet {

// --- one request -----------------------------------------------------------------------------------------------------
inline constexpr size_t kFrameBytesMax = 16u << 20;      // a larger envelope (or over half of a shard's memory for
                                                         // requests): protocol error, connection closed
inline constexpr size_t kMutationBytesMax = 8u << 20;    // larger, or over memory / 32: Invalid
inline constexpr size_t kPartitionKeyBytesMax = 65535;   // Invalid
inline constexpr size_t kClusteringBytesMax = 65535;     // Invalid
inline constexpr size_t kBindValuesMax = 65535;          // Invalid
inline constexpr size_t kBatchStatementsMax = 65535;     // Invalid
inline constexpr size_t kBatchValuesMax = 1u << 18;      // bound values of a BATCH together: protocol error
inline constexpr size_t kStatementBytesMax = 16u << 20;  // Invalid
inline constexpr size_t kStatementTokensMax = 1u << 18;  // words and symbols, each at most ~150 bytes of tree: Invalid
inline constexpr int kParserDepthMax = 64;               // nested terms or types: Syntax error
inline constexpr size_t kBigNumberBytesMax = 4096;  // a larger varint or decimal: Invalid (its text form costs n^2)
inline constexpr size_t kJsonValuesMax = 1u << 18;  // values in one JSON text: Invalid
inline constexpr size_t kInValuesMax = 10000;       // product of IN lists: Invalid
inline constexpr size_t kCollectionElementsMax = 65535 * 16;  // Invalid
inline constexpr size_t kPageBytesMax = 4u << 20;  // a page ends early, with has_more_pages; earlier yet where
                                                   // memory for requests is short
inline constexpr size_t kUnpagedResultBytesMax = 64u << 20;  // (or half of that memory) Invalid: "use paging"
inline constexpr size_t kAnswerBytesFree = 16u << 10;        // so much of an answer is granted however short memory is
inline constexpr uint32_t kTombstoneWarn = 1000;             // a warning with the result
inline constexpr uint32_t kTombstoneFail = 100000;           // read failure
// --- merges that reads ask for (core/storage/compaction_reads.h) ---------------------------------------------------------
// A look is a filter asked that one run of files would not have needed: about as dear as rewriting 40 bytes where memory has the
// filter, several times that where it has not.
inline constexpr uint64_t kRewrittenBytesPerLook = 128;
inline constexpr uint64_t kLooksPerStream = 16;      // a block read, unpacked and merged with others
inline constexpr uint64_t kWrittenBytesPerLook = 2;  // written, they take a look back: ten reads outweigh a small write
inline constexpr uint64_t kMergeForReadsBytesLeast = 1u << 20;  // a smaller merge costs as much: syncs and a commit
// --- files of a table --------------------------------------------------------------------------------------------------
inline constexpr size_t kAutoSnapshotsMax = 64;  // taken before DROP and TRUNCATE: the oldest of more are removed
inline constexpr size_t kFilesPiledUp = 32;      // over one token: merged even where the daily budget of flash is spent
// Files over one token that wait to be merged, of a table on one shard (core/storage/merge_backlog.h).
inline constexpr size_t kBacklogHurries =
    8;                                      // from here on merges take a share of the processor, whoever else wants it
inline constexpr size_t kBacklogSlow = 40;  // from here on its writes wait a little, longer with each file
inline constexpr size_t kBacklogMost = 64;  // until a merge has ended: they wait, and are Overloaded in the end
inline constexpr int64_t kHeldBackSecondsMax = 5;               // so long, or until their deadline
inline constexpr uint64_t kHeldBackBytesPerSecond = 16u << 20;  // together at kBacklogSlow, less with each file
inline constexpr int64_t kNoMergeSecondsMax = 30;  // at the bound, without a merge that ends: they go on, but slowly
inline constexpr size_t kMergeFilesMax = 64;       // over one token in one merge: one of more files goes in passes
inline constexpr int64_t kReadTurnSecondsMax = 5;  // for memory to read with (core/storage/read_turns.h): Overloaded
inline constexpr size_t kReadAloneTimes = 4;       // of that memory: a read that would hold more is Overloaded at once
// --- one connection and one shard ------------------------------------------------------------------------------------
inline constexpr size_t kConnectionsMax = 4096;  // further ones: their first request is answered Overloaded, closed
inline constexpr size_t kConnectionsRefusedAtOnceMax =
    64;  // so many wait for that request; yet further: closed at accept
inline constexpr int64_t kRefusedConnectionSecondsMax = 2;  // and for so long: closed without an answer
inline constexpr size_t kConnectionRequestsMax = 1024;      // further ones are not read from the socket
inline constexpr size_t kConnectionBytesMax = 4u << 20;     // bytes of answers not yet taken: the socket is not read
inline constexpr size_t kRequestBytesCharged = 4u << 10;    // what a small request counts for in its shard's memory
inline constexpr size_t kLargeRequestBytes = 64u << 10;     // larger ones wait, unread, until there is memory for them
// A large request that was begun must arrive within a time that goes by its size: protocol error, connection closed, its
// memory given back.
inline constexpr int64_t kLargeRequestSecondsMax = 30;
inline constexpr size_t kLargeRequestBytesPerSecond = 64u << 10;  // one second more for so many bytes
inline constexpr size_t kUnauthenticatedBytesMax = 16u << 10;  // before READY or AUTH_SUCCESS: protocol error, closed
inline constexpr size_t kBadMessagesInRowMax = 1;              // malformed requests in a row; one more: closed
inline constexpr size_t kShardRequestsMax = 16384;             // further ones: Overloaded
inline constexpr size_t kPreparedStatementsMax = 10000;        // the least recently used one is forgotten
inline constexpr size_t kPreparedBytesMax = 8u << 20;
inline constexpr size_t kShardsMax = 256;
inline constexpr size_t kTraceEventsMax = 200;      // of one traced request: further ones are not in its trace
inline constexpr size_t kTraceTextBytesMax = 1024;  // of one event or parameter: cut
inline constexpr uint32_t kTracesWritingMax = 16;  // finished ones of a shard, not yet stored: further ones are dropped
// --- the admin port --------------------------------------------------------------------------------------------------
inline constexpr size_t kHttpConnectionsMax = 64;       // further ones are closed at accept
inline constexpr size_t kAdminWorksMax = 16;            // flush, compact, scrub... at the same time: 409
inline constexpr size_t kHttpHeadBytesMax = 16u << 10;  // request line and headers: 431, closed
inline constexpr size_t kHttpHeadersMax = 64;           // 431, closed
inline constexpr size_t kHttpBodyBytesMax = 64u << 10;  // 413, closed
inline constexpr int64_t kHttpRequestSecondsMax =
    10;                                             // for a request to arrive, and for its answer to be taken: closed
inline constexpr int64_t kHttpIdleSecondsMax = 60;  // between requests: closed
// --- the log ---------------------------------------------------------------------------------------------------------
inline constexpr size_t kLogSegmentBytes = 8u << 20;
inline constexpr size_t kLogBatchBytesMax = 1u << 20;    // one write; what does not fit rides on the next
inline constexpr size_t kLogRecordBytesMax = 16u << 20;  // Invalid; a record larger than a segment gets its own
inline constexpr size_t kLeftBatchBytesMax =
    4u << 20;  // of logged batches that failed half way and are tried again, a shard: further ones are Overloaded
inline constexpr uint64_t kLogSegmentIdsAtOnce = 64;  // one transaction in metadata.db for so many segments
// --- snapshots -------------------------------------------------------------------------------------------------------
inline constexpr size_t kSnapshotNameCharsMax = 64;             // Invalid
inline constexpr size_t kSnapshotManifestBytesMax = 32u << 20;  // a larger one is no manifest: corrupt
inline constexpr size_t kBackupLogBytesMax =
    32u << 20;  // files of one run of backups: then there is a gap, until a snapshot
// --- schema ----------------------------------------------------------------------------------------------------------
inline constexpr size_t kNameCharsMax = 48;
inline constexpr size_t kColumnsMax = 4096;
inline constexpr size_t kTablesMax = 4096;  // Invalid, as for all of these
inline constexpr size_t kKeyspacesMax = 1024;
inline constexpr size_t kUserTypesMax = 4096;
inline constexpr size_t kDroppedColumnsMax = 4096;         // of one table: what ALTER TABLE DROP leaves behind for ever
inline constexpr size_t kSchemaObjectBytesMax = 1u << 20;  // one table, type or keyspace, as the catalog keeps it
inline constexpr int64_t kTtlSecondsMax = 630720000;       // 20 years: Invalid

static_assert(kFilesPiledUp < kBacklogSlow && kBacklogSlow < kBacklogMost);  // the budget of flash gives way before
static_assert(kMutationBytesMax <= kFrameBytesMax);
static_assert(kMutationBytesMax < kLogRecordBytesMax);
static_assert(kConnectionBytesMax >= kUnauthenticatedBytesMax);

}  // namespace ringlet
