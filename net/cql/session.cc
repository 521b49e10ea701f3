#include "net/cql/session.h"

#include <algorithm>

#include "net/cql/response.h"

namespace ringlet::wire {
namespace {

constexpr Duration kRequestTimeout = seconds(10);
constexpr size_t kSpareRequestsMax = 64;
// A statement's text in a batch is parsed and planned, and its plan held until the batch has been applied.
constexpr size_t kPlanBytesCharged = 4u << 10;
constexpr size_t kBatchTextsFree = 64;
constexpr size_t kOutputKeptBytesMax = 64u << 10;

ResponseHead head(Version version, Opcode opcode, int16_t stream) {
  ResponseHead head;
  head.version = version;
  head.opcode = opcode;
  head.stream = stream;
  return head;
}

const char* opcode_name(Opcode opcode) {
  switch (opcode) {
    case Opcode::startup:
      return "STARTUP";
    case Opcode::options:
      return "OPTIONS";
    case Opcode::query:
      return "QUERY";
    case Opcode::prepare:
      return "PREPARE";
    case Opcode::execute:
      return "EXECUTE";
    case Opcode::register_events:
      return "REGISTER";
    case Opcode::batch:
      return "BATCH";
    case Opcode::auth_response:
      return "AUTH_RESPONSE";
    default:
      return "response";
  }
}

// Twice its size: as it was sent, and as it is carried out.
size_t charge_for(size_t message_bytes) {
  return kRequestBytesCharged + (message_bytes > kRequestBytesCharged / 4 ? 2 * message_bytes : 0);
}

ringlet::BatchRequest::Kind kind_of(BatchRequest::Kind kind) { return static_cast<ringlet::BatchRequest::Kind>(kind); }

}  // namespace

Session::Session(SessionHost& host, std::unique_ptr<Stream> stream)
    : host_(host),
      stream_(std::move(stream)),
      reading_(&host.memory),
      answers_(&host.memory),
      arrival_(host.env.clock, *stream_) {
  reader_.limit_requests(host_.memory.bytes() / 2);
  const std::string& peer = stream_->peer();
  const size_t colon = peer.rfind(':');
  client_.address = peer.substr(0, colon);
  if (colon != std::string::npos)
    client_.port = static_cast<uint16_t>(std::strtoul(peer.c_str() + colon + 1, nullptr, 10));
}

Task<void> Session::run() {
  (void)co_await read_loop();  // whatever ended it: the connection is over
  closing_ = true;
  if (!stopping_) gone_ = true;
  co_await arrival_.join();
  reader_ = FrameReader();
  reading_.set(0);
  note_room();
  co_await in_flight_.join();
  if (stopping_ && sent_ < out_.size()) (void)co_await stream_->write_all(BytesView(out_).substr(sent_));
  stream_->stop();
  Bytes().swap(out_);
  note_room();
}

void Session::stop() {
  stopping_ = closing_ = true;
  host_.room.notify_all();
  stream_->end_read();
}

Task<Status> Session::read_loop() {
  while (!closing_) {
    CO_TRY_STATUS(co_await take_frames());
    if (reader_.incomplete_bytes() == 0) {
      reading_.set(0);
      arrival_.clear();
    }
    // After the other connections' requests of this turn: answers that leave back to back wake a client that has many
    // connections once, not once each.
    if (!out_.empty() && !sending_) co_await Executor::current()->yield();
    send_now();
    if (closing_) break;
    while (must_not_read() && !closing_) co_await host_.room.wait();
    if (reader_.incomplete_bytes() > kLargeRequestBytes) {
      co_await wait_for_memory();
      expect_arrival();
    }
    if (closing_) break;
    const auto space = reader_.prepare();
    CO_TRY(auto got, stream_->try_read(space));
    if (!got) {
      if (in_flight_.running() == 0 && out_.empty()) {
        reader_.release_idle_memory();
        if (out_.capacity() > kOutputKeptBytesMax) Bytes().swap(out_);
      }
      CO_TRY_STATUS(co_await stream_->wait_readable());
      const auto again = reader_.prepare();
      CO_TRY(got, stream_->try_read(again));
      if (!got) continue;
    }
    if (*got == 0) break;
    reader_.commit(*got);
  }
  if (arrival_.passed() && reader_.incomplete_bytes() != 0) refuse_late_request();
  // A refusal or a last answer should still reach the client.
  if (!stopping_ && sent_ < out_.size() && !sending_) (void)co_await stream_->write_all(BytesView(out_).substr(sent_));
  co_return Status{};
}

bool Session::must_not_read() const {
  return in_flight_.running() >= kConnectionRequestsMax ||
         out_.size() - sent_ > std::min(kConnectionBytesMax, host_.memory.bytes() / 8) ||
         host_.requests_in_flight >= kShardRequestsMax ||
         (host_.memory.short_of(host_.memory.bytes() / 4) && (in_flight_.running() != 0 || !out_.empty()));
}

Task<void> Session::wait_for_memory() {
  const size_t bytes = std::min(2 * reader_.incomplete_bytes(), host_.memory.bytes());
  while (!reading_.grow_to(bytes) && !closing_) co_await host_.room.wait();
}

// Begun once for each large request, when its memory has been taken.
void Session::expect_arrival() {
  if (arrival_.is_set() && arriving_ == frames_) return;
  arriving_ = frames_;
  const auto size_seconds = static_cast<int64_t>(reader_.incomplete_bytes() / kLargeRequestBytesPerSecond);
  arrival_.set(host_.env.clock.now() + seconds(kLargeRequestSecondsMax + size_seconds));
}

void Session::refuse_late_request() {
  EnvelopeHeader header{.version_byte = static_cast<uint8_t>(version_)};
  header.stream = reader_.incomplete_stream();
  const Error error{Errc::protocol,
                    "A request of " + std::to_string(reader_.incomplete_bytes()) +
                        " bytes was begun and did not arrive in its time: the connection is closed",
                    {}};
  answer_error(header, error, ErrorContext{});
  writer_.flush();
}

// What was held is free: counted again, and whoever waits for it looks.
void Session::note_room() {
  answers_.set(out_.capacity() > kAnswerBytesFree ? out_.capacity() : 0);
  host_.room.notify_all();
}

Task<Status> Session::take_frames() {
  Executor& executor = *Executor::current();
  while (!closing_) {
    while (must_not_read() && !closing_) {
      send_now();
      if (must_not_read()) co_await host_.room.wait();  // sending may have made the room
    }
    switch (reader_.next()) {
      case FrameReader::Next::more_bytes:
        co_return Status{};
      case FrameReader::Next::frame:
        in_readers_turn_ = true;
        take(reader_.frame());
        in_readers_turn_ = false;
        break;
      case FrameReader::Next::bad:
        writer_.write_refusal(reader_.bad());
        if (reader_.bad().close) {
          closing_ = true;
          send_now();
        }
        break;
    }
    if ((++frames_ & 15) == 0 && executor.yield_due()) {
      send_now();
      co_await executor.yield();
    }
  }
  co_return Status{};
}

void Session::take(const Frame& frame) {
  ++requests_;
  ++host_.requests;
  const auto message = message_of(frame);
  if (!message) return answer_bad_message(frame.header, message.error());
  const size_t message_bytes = message->size();
  const Opcode opcode = frame.header.opcode();
  if (opcode == Opcode::options) {
    reader_.note_good_message();
    ByteWriter& out = writer_.begin(head(frame.header.version(), Opcode::supported, frame.header.stream));
    write_supported(kCqlVersion, out);
    return writer_.end();
  }
  if (stage_ == Stage::expects_startup) {
    if (opcode == Opcode::startup) return take_startup(frame, *message);
    const Error error{Errc::protocol,
                      std::string("Unexpected message ") + opcode_name(opcode) + ", expecting STARTUP or OPTIONS",
                      {}};
    return answer_bad_message(frame.header, error);
  }
  if (opcode == Opcode::execute && take_directly(frame.header, *message)) return;
  switch (opcode) {
    case Opcode::register_events:
      return take_register(frame, *message);
    case Opcode::query:
    case Opcode::prepare:
    case Opcode::execute:
    case Opcode::batch: {
      auto request = new_request();
      request->header = frame.header;
      request->message.assign(*message);
      reader_.release_unpacked();
      if (message_bytes > kLargeRequestBytes) reading_.set(0);  // its place is taken by what follows
      request->charged = charge_for(message_bytes);
      host_.memory.take_anyway(request->charged);
      return in_flight_.spawn(serve(std::move(request)));
    }
    default: {
      const Error error{
          Errc::protocol, std::string("Unexpected message ") + opcode_name(opcode) + " on a ready connection", {}};
      return answer_bad_message(frame.header, error);
    }
  }
}

// The short way. Whatever is unusual goes the long one, which also says what is wrong with it.
bool Session::take_directly(const EnvelopeHeader& header, BytesView message) {
  if ((header.flags & flag::kTracing) != 0 || message.size() > kLargeRequestBytes) return false;
  ExecuteRequest& request = host_.direct;
  if (!decode_execute(version_, message, request)) return false;
  if (spare_writes_.empty()) spare_writes_.push_back(std::make_unique<DirectWrite>(*this));
  std::unique_ptr<DirectWrite> write = std::move(spare_writes_.back());
  spare_writes_.pop_back();
  write->header = header;
  write->consistency = request.options.consistency;
  in_flight_.enter();
  ++host_.requests_in_flight;
  write->charged = charge_for(message.size());
  host_.memory.take_anyway(write->charged);
  DirectWrite* waiting = write.release();
  const auto how = host_.processor.execute_directly(request.id, request.options, *waiting, host_.rows);
  if (how != QueryProcessor::Direct::declined) reader_.note_good_message();
  if (how == QueryProcessor::Direct::entered) return true;
  if (how == QueryProcessor::Direct::rows) {
    answer_rows(&request, host_.rows, writer_.begin(head(version_, Opcode::result, header.stream)));
    writer_.end();
  }
  end_direct(*waiting);
  return how == QueryProcessor::Direct::rows;
}

void Session::end_direct(DirectWrite& write) {
  spare_writes_.emplace_back(&write);
  --host_.requests_in_flight;
  host_.memory.give_back(write.charged);
  in_flight_.leave();
}

void Session::answer_write(DirectWrite& write, const Status& status) {
  if (status) {
    write_void(writer_.begin(head(version_, Opcode::result, write.header.stream)));
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

void Session::take_startup(const Frame& frame, BytesView message) {
  StartupRequest startup;
  const Version version = frame.header.version();
  if (const Status status = decode_startup(message, startup); !status)
    return answer_bad_message(frame.header, status.error());
  const auto choice = choose(version, startup);
  if (!choice) return answer_bad_message(frame.header, choice.error());
  reader_.note_good_message();
  version_ = version;
  client_.protocol_version = static_cast<uint8_t>(version);
  for (const auto& [key, value] : startup.options) options_[std::string(key)] = std::string(value);
  writer_.begin(head(version, Opcode::ready, frame.header.stream));
  writer_.end();
  reader_.start(version, choice->compression);
  writer_.start(version, choice->compression);
  reader_.ready();
  stage_ = Stage::ready;
}

void Session::take_register(const Frame& frame, BytesView message) {
  RegisterRequest request;
  if (const Status status = decode_register(message, request); !status)
    return answer_bad_message(frame.header, status.error());
  reader_.note_good_message();
  wants_schema_changes_ |= request.schema_changes;
  writer_.begin(head(version_, Opcode::ready, frame.header.stream));
  writer_.end();
}

std::unique_ptr<Session::InFlight> Session::new_request() {
  if (spare_.empty()) return std::make_unique<InFlight>();
  auto request = std::move(spare_.back());
  spare_.pop_back();
  return request;
}

Task<void> Session::serve(std::unique_ptr<InFlight> request) {
  ++host_.requests_in_flight;
  ErrorContext errors;
  errors.node_address = host_.node_address;
  if (request->header.tracing()) [[unlikely]]
    begin_trace(*request);
  auto result = co_await run_request(*request, errors);
  if (result)
    answer(*request, *std::move(result));
  else if (result.error().code == Errc::protocol)
    answer_bad_message(request->header, result.error());
  else
    answer_error(request->header, result.error(), errors, request->trace.get());
  if (request->trace) [[unlikely]]
    host_.processor.end_trace(std::move(request->trace));
  const size_t charged = request->charged;
  if (spare_.size() < kSpareRequestsMax && request->message.capacity() <= kOutputKeptBytesMax)
    spare_.push_back(std::move(request));
  request.reset();
  --host_.requests_in_flight;
  host_.memory.give_back(charged);
  note_room();
  send_soon();
}

void Session::begin_trace(InFlight& request) {
  request.trace = host_.processor.begin_trace(client_);
  switch (request.header.opcode()) {
    case Opcode::prepare:
      return request.trace->request("Preparing CQL3 query");
    case Opcode::execute:
      return request.trace->request("Execute CQL3 prepared query");
    case Opcode::batch:
      return request.trace->request("Execute batch of CQL3 queries");
    default:
      return request.trace->request("Execute CQL3 query");
  }
}

Task<Result<QueryResult>> Session::run_request(InFlight& request, ErrorContext& errors) {
  RequestContext context{host_.env.clock};
  context.deadline = host_.env.clock.now() + kRequestTimeout;
  context.cancelled = &gone_;
  context.memory = &host_.memory;
  context.trace = request.trace.get();
  switch (request.header.opcode()) {
    case Opcode::query:
      CO_TRY_STATUS(decode_query(version_, request.message, request.query));
      reader_.note_good_message();
      errors.consistency = request.query.options.consistency;
      co_return co_await host_.processor.query(request.query.query, request.query.options, client_, context);
    case Opcode::execute:
      CO_TRY_STATUS(decode_execute(version_, request.message, request.execute));
      reader_.note_good_message();
      errors.consistency = request.execute.options.consistency;
      co_return co_await host_.processor.execute(request.execute.id, request.execute.options, client_, context);
    case Opcode::prepare:
      CO_TRY_STATUS(decode_prepare(version_, request.message, request.prepare));
      reader_.note_good_message();
      co_return co_await host_.processor.prepare(request.prepare.query, request.prepare.keyspace, client_, context);
    default: {
      CO_TRY_STATUS(decode_batch(version_, request.message, request.batch));
      reader_.note_good_message();
      errors.consistency = request.batch.options.consistency;
      errors.is_write = true;
      errors.write_type = request.batch.kind == BatchRequest::Kind::logged ? "BATCH" : "UNLOGGED_BATCH";
      ringlet::BatchRequest& batch = request.batch_request;
      batch.kind = kind_of(request.batch.kind);
      batch.options = request.batch.options;
      const auto texts = static_cast<size_t>(
          std::ranges::count_if(request.batch.statements, [](const auto& s) { return !s.prepared; }));
      MemoryShare plans(&host_.memory);
      if (texts > kBatchTextsFree && !plans.grow_to(texts * kPlanBytesCharged))
        co_return fail(Errc::invalid, "a batch of " + std::to_string(texts) +
                                          " statements that are not prepared needs more memory "
                                          "than this node has for requests now: prepare them, or send fewer at once");
      batch.statements.clear();
      for (const BatchStatement& statement : request.batch.statements) {
        const auto values = request.batch.values_of(statement);
        batch.statements.push_back({statement.query_or_id, statement.prepared, {values.begin(), values.end()}});
      }
      co_return co_await host_.processor.batch(batch, client_, context);
    }
  }
}

// --- answers --------------------------------------------------------------------------------------------------------

void Session::answer(const InFlight& request, QueryResult result) {
  ResponseHead with_warnings = head(version_, Opcode::result, request.header.stream);
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
  ResponseHead reply = head(stage_ == Stage::ready ? version_ : header.version(), Opcode::error, header.stream);
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
  ByteWriter& out = writer_.begin(head(version_, Opcode::event, kEventStream));
  write_schema_change_event(change, version_, out);
  writer_.end();
  send_soon();
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

ConnectedClient Session::describe() const {
  ConnectedClient client;
  client.address = client_.address;
  client.port = client_.port;
  client.options = options_;
  client.stage = stage_ == Stage::ready ? "ready" : "established";
  client.keyspace = client_.keyspace;
  client.user = client_.user;
  client.protocol_version = client_.protocol_version;
  client.requests = requests_;
  return client;
}

}  // namespace ringlet::wire
