// What a session does with a frame: the short way, a task of its own, or a refusal.
#include <algorithm>

#include "net/cql/response.h"
#include "net/cql/session.h"

namespace ringlet::wire {
namespace {

constexpr Duration kRequestTimeout = seconds(10);
constexpr size_t kSpareRequestsMax = 64;
// A statement's text in a batch is parsed and planned, and its plan held until the batch has been applied.
constexpr size_t kPlanBytesCharged = 4u << 10;
constexpr size_t kBatchTextsFree = 64;

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

void Session::take(const Frame& frame) {
  ++requests_;
  ++host_.requests;
  const auto message = message_of(frame);
  if (!message) return answer_bad_message(frame.header, message.error());
  const size_t message_bytes = message->size();
  const Opcode opcode = frame.header.opcode();
  if (opcode == Opcode::options) {
    reader_.note_good_message();
    ByteWriter& out = writer_.begin(ResponseHead{frame.header.version(), Opcode::supported, frame.header.stream});
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
    answer_rows(&request, host_.rows, writer_.begin(ResponseHead{version_, Opcode::result, header.stream}));
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
  writer_.begin(ResponseHead{version, Opcode::ready, frame.header.stream});
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
  writer_.begin(ResponseHead{version_, Opcode::ready, frame.header.stream});
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

}  // namespace ringlet::wire
