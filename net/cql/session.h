// Session: one client's connection. Requests come in frames, run beside each other, and are answered as they finish.
//
// Always holds
//   - one reading coroutine; a request that does not have to wait is answered before the next one is looked at; a plain
//     write that has only the log to wait for keeps no more than its stream's number; the others go on in a task of their
//     own, on a copy of their frame
//   - at most kConnectionRequestsMax requests in flight and kConnectionBytesMax bytes of answers not yet taken: at either
//     bound the socket is not read, so that the client feels it and memory does not
//   - the shard's memory for requests is shared: where it is short, a session with answers or requests of its own under way
//     is not read, and a large request waits, unread, until there is room for it; a quiet client is always served
//   - a large request that does not arrive in its time is refused, the connection ends, and its memory is free again
//   - answers of one turn leave in one write
//   - after stop() nothing more is read; what is in flight is answered, then the connection ends
// Everything on its shard's executor.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "core/env/event.h"
#include "core/env/task_group.h"
#include "core/query/processor.h"
#include "net/cql/error_reply.h"
#include "net/cql/frame_reader.h"
#include "net/cql/frame_writer.h"
#include "net/cql/metadata_cache.h"
#include "net/cql/request.h"
#include "net/transport/read_deadline.h"

namespace ringlet::wire {

constexpr size_t kOutputKeptBytesMax = 64u << 10;  // of a buffer that is used again

// What the sessions of one shard share.
struct SessionHost {
  Env& env;
  QueryProcessor& processor;
  const NodeInfo& node;
  MemoryBudget memory;  // what requests and answers of all sessions may hold: MemoryPlan::request_bytes
  MetadataCache metadata;
  size_t requests_in_flight = 0;  // of all sessions: bounded by kShardRequestsMax
  Event room;                     // a request ended, an answer left, or a session stops
  uint64_t requests = 0;          // served so far
  Bytes node_address;             // 4 or 16 bytes
  ExecuteRequest direct = {};     // scratch of whoever takes a request
  RowsResult rows = {};           // likewise
};

class Session {
 public:
  Session(SessionHost& host, std::unique_ptr<Stream> stream);
  Task<void> run();  // until the client or stop() ends it
  void stop();       // no more requests; run() returns once those in flight are answered
  void announce(const SchemaChange& change);
  ConnectedClient describe() const;

 private:
  struct InFlight {  // one request on its own copy of the frame
    EnvelopeHeader header;
    Bytes message;
    QueryRequest query;
    ExecuteRequest execute;
    PrepareRequest prepare;
    BatchRequest batch;
    ringlet::BatchRequest batch_request;
    size_t charged = 0;            // of the host's memory
    std::unique_ptr<Trace> trace;  // where the client asked for one
  };
  struct DirectWrite final : WriteWaiter {  // one request that only waits for the log
    explicit DirectWrite(Session& s) : session(s) {}
    void written(const Status& status) override { session.answer_write(*this, status); }
    Session& session;
    EnvelopeHeader header;
    Consistency consistency = Consistency::one;
    size_t charged = 0;  // of the host's memory
  };
  enum class Stage : uint8_t { expects_startup, ready };

  Task<Status> read_loop();
  Task<Status> take_frames();
  void take(const Frame& frame);
  void take_startup(const Frame& frame, BytesView message);
  void take_register(const Frame& frame, BytesView message);
  bool take_directly(const EnvelopeHeader& header, BytesView message);
  void answer_write(DirectWrite& write, const Status& status);
  void end_direct(DirectWrite& write);
  void send_soon();
  Task<void> serve(std::unique_ptr<InFlight> request);
  void begin_trace(InFlight& request);
  Task<Result<QueryResult>> run_request(InFlight& request, ErrorContext& errors);
  Task<Result<QueryResult>> run_batch(InFlight& request, ErrorContext& errors);
  void answer(const InFlight& request, QueryResult result);
  void answer_rows(const ExecuteRequest* request, const RowsResult& rows, ByteWriter& out);
  void answer_error(const EnvelopeHeader& header, const Error& error, const ErrorContext& errors,
                    const Trace* trace = nullptr);
  void answer_bad_message(const EnvelopeHeader& header, const Error& error);
  void send_now();
  Task<void> send_rest();
  void all_sent();
  bool must_not_read() const;
  Task<void> wait_for_memory();
  void expect_arrival();
  void refuse_late_request();
  void note_room();
  std::unique_ptr<InFlight> new_request();

  SessionHost& host_;
  std::unique_ptr<Stream> stream_;
  FrameReader reader_;
  MemoryShare reading_, answers_;
  ReadDeadline arrival_;   // of a large request
  uint64_t arriving_ = 0;  // frames_ when it began
  Bytes out_;
  size_t sent_ = 0;  // of out_
  FrameWriter writer_{out_};
  Stage stage_ = Stage::expects_startup;
  Version version_ = kNewestVersion;
  bool closing_ = false, stopping_ = false, sending_ = false, in_readers_turn_ = false, wants_schema_changes_ = false;
  std::atomic<bool> gone_{false};  // what requests in flight look at
  ClientState client_;
  std::map<std::string, std::string> options_;
  uint64_t requests_ = 0, frames_ = 0;
  std::vector<std::unique_ptr<InFlight>> spare_;
  std::vector<std::unique_ptr<DirectWrite>> spare_writes_;
  TaskGroup in_flight_;
};

}  // namespace ringlet::wire
