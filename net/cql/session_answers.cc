// What a session answers, and how the bytes leave: those of one turn together, the rest as the socket takes them.
#include "net/cql/response.h"
#include "net/cql/session.h"

namespace ringlet::wire {

void Session::answer(const InFlight& request, QueryResult result) {
  ResponseHead with_warnings = ResponseHead{version_, Opcode::result, request.header.stream};
  with_warnings.warnings = result.warnings;
  if (request.trace) [[unlikely]]
    with_warnings.trace = request.trace->session();
  ByteWriter& out = writer_.begin(with_warnings);
  if (const auto* rows = std::get_if<RowsResult>(&result.body))
    answer_rows(request.header.opcode() == Opcode::execute ? &request.execute : nullptr, *rows, out);
  else if (const auto* keyspace = std::get_if<SetKeyspaceResult>(&result.body))
    write_set_keyspace(keyspace->keyspace, out);
  else if (const auto* change = std::get_if<SchemaChange>(&result.body))
    write_schema_change_result(*change, version_, out);
  else if (const auto* prepared = std::get_if<PreparedResult>(&result.body))
    write_prepared(*prepared, encode_columns(prepared->binds, version_),
                   host_.metadata.columns(prepared->result, version_), version_, out);
  else
    write_void(out);
  writer_.end();
}

void Session::answer_rows(const ExecuteRequest* request, const RowsResult& rows, ByteWriter& out) {
  RowsMetadata metadata{host_.metadata.columns(rows.metadata, version_)};
  if (request != nullptr && !rows.metadata_may_vary) {
    const BytesView known = request->result_metadata_id;
    metadata.changed = version_ == Version::v5 && known != rows.metadata->id;
    metadata.skip = request->skip_metadata && !metadata.changed && !(version_ != Version::v5 && rows.metadata_renewed);
  }
  write_rows(rows, metadata, out);
}

void Session::answer_error(const EnvelopeHeader& header, const Error& error, const ErrorContext& errors,
                           const Trace* trace) {
  ResponseHead reply = ResponseHead{stage_ == Stage::ready ? version_ : header.version(), Opcode::error, header.stream};
  if (trace != nullptr) reply.trace = trace->session();
  ByteWriter& out = writer_.begin(reply);
  write_error(error_reply(error, errors), stage_ == Stage::ready ? version_ : header.version(), out);
  writer_.end();
}

void Session::answer_bad_message(const EnvelopeHeader& header, const Error& error) {
  answer_error(header, error, ErrorContext{});
  if (reader_.note_bad_message()) closing_ = true;
}

void Session::announce(const SchemaChange& change) {
  if (!wants_schema_changes_ || closing_) return;
  ByteWriter& out = writer_.begin(ResponseHead{version_, Opcode::event, kEventStream});
  write_schema_change_event(change, version_, out);
  writer_.end();
  send_soon();
}

void Session::answer_write(DirectWrite& write, const Status& status) {
  if (status) {
    write_void(writer_.begin(ResponseHead{version_, Opcode::result, write.header.stream}));
    writer_.end();
  } else {
    ErrorContext errors;
    errors.node_address = host_.node_address;
    errors.consistency = write.consistency;
    answer_error(write.header, status.error(), errors);
  }
  send_soon();
  end_direct(write);
  note_room();
}

// Answers that come in later turns have no reader's turn to leave with.
void Session::send_soon() {
  if (sending_ || in_readers_turn_) return;
  sending_ = true;
  in_flight_.spawn(send_rest());
}

void Session::send_now() {
  if (sending_ || out_.empty()) return;
  writer_.flush();
  const auto taken = stream_->try_write(BytesView(out_).substr(sent_));
  if (!taken) {
    closing_ = gone_ = true;
    return;
  }
  sent_ += *taken;
  if (sent_ == out_.size()) return all_sent();
  sending_ = true;
  in_flight_.spawn(send_rest());
}

void Session::all_sent() {
  out_.clear();
  sent_ = 0;
  if (out_.capacity() > kOutputKeptBytesMax) Bytes().swap(out_);
  if (answers_.held() != 0) note_room();
}

// Waits for the turn's other answers, then for the socket as often as needed.
Task<void> Session::send_rest() {
  co_await Executor::current()->yield();
  for (;;) {
    writer_.flush();
    if (out_.empty()) break;
    const auto taken = stream_->try_write(BytesView(out_).substr(sent_));
    if (!taken) {
      closing_ = gone_ = true;
      break;
    }
    sent_ += *taken;
    if (sent_ == out_.size()) {
      all_sent();
      break;
    }
    if (*taken > 0) note_room();
    if (!co_await stream_->wait_writable()) break;
  }
  sending_ = false;
  note_room();
  if (closing_ && !stopping_) stream_->stop();  // the reader may be waiting for a peer that is gone
}

}  // namespace ringlet::wire
