#include "net/cql/request.h"

#include <doctest/doctest.h>

#include "tests/unit/net_cql/wire_test_help.h"

using namespace ringlet;
using namespace ringlet::wire;
using namespace ringlet::wire_test;

// Decodes a request of any opcode and drops what it said: for tests that only ask whether it was accepted.
static Status decode_any(Version version, Opcode opcode, BytesView message) {
  StartupRequest startup;
  AuthResponseRequest auth_response;
  QueryRequest query;
  PrepareRequest prepare;
  ExecuteRequest execute;
  BatchRequest batch;
  RegisterRequest registered;
  switch (opcode) {
    case Opcode::startup:
      return decode_startup(message, startup);
    case Opcode::auth_response:
      return decode_auth_response(message, auth_response);
    case Opcode::query:
      return decode_query(version, message, query);
    case Opcode::prepare:
      return decode_prepare(version, message, prepare);
    case Opcode::execute:
      return decode_execute(version, message, execute);
    case Opcode::batch:
      return decode_batch(version, message, batch);
    case Opcode::register_events:
      return decode_register(message, registered);
    default:
      return {};
  }
}

static Bytes as_bytes(std::initializer_list<int> raw) {
  Bytes out;
  for (const int byte : raw) out.push_back(static_cast<char>(byte));
  return out;
}

static Bytes counted(char from, size_t n) {
  Bytes out;
  for (size_t i = 0; i < n; ++i) out.push_back(static_cast<char>(from + static_cast<char>(i)));
  return out;
}

TEST_SUITE("net_cql requests") {
  TEST_CASE("STARTUP's options are found in any case, and judged") {
    for (const Version version : kVersions) {
      StartupRequest startup;
      const Bytes body = golden_body(version, "request startup");
      REQUIRE(decode_startup(body, startup));
      CHECK_EQ(startup.options.size(), 3);
      CHECK_EQ(startup.find("Cql_Version").value(), "3.4.7");
      CHECK(!startup.find("CLIENT_ID"));
      const auto choice = choose(version, startup);
      REQUIRE(choice);
      CHECK_EQ(choice->compression, Compression::lz4);
      CHECK(choice->throw_on_overload);
    }
  }

  TEST_CASE("STARTUP without a CQL version, or with a compression nobody has, says so") {
    const auto problem = [](Version version, std::vector<std::pair<BytesView, BytesView>> options) {
      const auto choice = choose(version, {std::move(options)});
      return choice ? std::string() : choice.error().detail;
    };
    CHECK_EQ(problem(Version::v4, {}), "Missing value CQL_VERSION in STARTUP message");
    CHECK_EQ(problem(Version::v4, {{"CQL_VERSION", "3.0.0"}, {"COMPRESSION", "Zstd"}}),
             "Unknown compression algorithm: zstd");
    CHECK_EQ(problem(Version::v5, {{"CQL_VERSION", "3.0.0"}, {"COMPRESSION", "snappy"}}),
             "Snappy compression is not supported in protocol V5");
    CHECK_EQ(problem(Version::v4, {{"CQL_VERSION", "4.0.0"}, {"NO_COMPACT", "true"}, {"SCYLLA_X", ""}}), "");
    for (const BytesView version : {"2.0.0", "", "x", "3x", ".3"})
      CHECK_NE(problem(Version::v4, {{"CQL_VERSION", version}}), "");
  }

  TEST_CASE("PLAIN credentials are taken from the token's end") {
    const auto credentials = [](BytesView token) { return decode_plain_credentials({token}); };
    for (const Version version : kVersions) {
      AuthResponseRequest request;
      const Bytes body = golden_body(version, "request auth_response");
      REQUIRE(decode_auth_response(body, request));
      const auto plain = decode_plain_credentials(request);
      REQUIRE(plain);
      CHECK_EQ(plain->user, "ada");
      CHECK_EQ(plain->password, "s3cret");
    }
    CHECK_EQ(credentials(BytesView("authz\0u\0p", 9))->user, "u");
    CHECK_EQ(credentials(BytesView("u\0p", 3))->user, "u");
    CHECK_EQ(credentials(BytesView("\0u\0", 3)).error().detail, "Password must not be null");
    CHECK_EQ(credentials(BytesView("\0\0p", 3)).error().detail, "Authentication ID must not be null");
    CHECK_EQ(credentials("no separator").error().code, Errc::bad_credentials);
    CHECK_EQ(decode_plain_credentials({}).error().code, Errc::bad_credentials);
  }

  TEST_CASE("a plain QUERY has the protocol's defaults") {
    for (const Version version : kVersions) {
      QueryRequest query;
      const Bytes body = golden_body(version, "request query");
      REQUIRE(decode_query(version, body, query));
      CHECK_EQ(query.query, "SELECT * FROM t");
      CHECK_EQ(query.options.consistency, Consistency::one);
      CHECK_EQ(query.options.serial_consistency, Consistency::serial);
      CHECK(query.options.values.empty());
      CHECK_LT(query.options.page_size, 1);
      CHECK(!query.options.paging_state);
      CHECK(!query.options.timestamp);
      CHECK(!query.skip_metadata);
    }
  }

  TEST_CASE("every option of a QUERY is read, and none is left over from the request before") {
    QueryRequest query;
    for (const Version version : kVersions) {
      const Bytes full = golden_body(version, "request query full");
      REQUIRE(decode_query(version, full, query));
      CHECK_EQ(query.query, "é?");
      const QueryOptions& options = query.options;
      CHECK_EQ(options.consistency, Consistency::local_quorum);
      REQUIRE_EQ(options.values.size(), version == Version::v3 ? 3 : 4);
      CHECK_EQ(options.values[0].bytes, as_bytes({0, 0, 0, 7}));
      CHECK_EQ(options.values[1].kind, BoundValue::Kind::null);
      CHECK_EQ(options.values[2].kind, BoundValue::Kind::bytes);
      CHECK_EQ(options.values[2].bytes, "");
      if (version != Version::v3) CHECK_EQ(options.values[3].kind, BoundValue::Kind::unset);
      CHECK(query.skip_metadata);
      CHECK_EQ(options.page_size, 5000);
      CHECK_EQ(options.paging_state.value(), as_bytes({1, 2}));
      CHECK_EQ(options.serial_consistency, Consistency::local_serial);
      CHECK_EQ(options.timestamp.value(), 1700000000000001);
      CHECK_EQ(options.keyspace.has_value(), version == Version::v5);
      if (version == Version::v5) {
        CHECK_EQ(options.keyspace.value(), "ks");
        CHECK_EQ(options.now_in_seconds.value(), 3000000000);
      }
      const Bytes named = golden_body(version, "request query named");
      REQUIRE(decode_query(version, named, query));
      CHECK_EQ(options.names, std::vector<std::string_view>{"a", "b"});
      CHECK_EQ(options.values[0].bytes, "x");
      CHECK_EQ(options.values[1].kind, BoundValue::Kind::null);
      CHECK(!options.timestamp);
      CHECK(!options.paging_state);
      CHECK(!options.keyspace);
      CHECK_LT(options.page_size, 1);
    }
  }

  TEST_CASE("PREPARE and EXECUTE carry their version's fields") {
    for (const Version version : kVersions) {
      PrepareRequest prepare;
      const Bytes prepare_body = golden_body(version, "request prepare");
      REQUIRE(decode_prepare(version, prepare_body, prepare));
      CHECK_EQ(prepare.query, "INSERT");
      CHECK_EQ(prepare.keyspace.has_value(), version == Version::v5);
      ExecuteRequest execute;
      const Bytes execute_body = golden_body(version, "request execute");
      REQUIRE(decode_execute(version, execute_body, execute));
      CHECK_EQ(execute.id, counted(0, 16));
      CHECK_EQ(execute.result_metadata_id, version == Version::v5 ? Bytes(16, 'M') : Bytes());
      CHECK_EQ(execute.options.values.size(), 2);
      CHECK_EQ(execute.options.page_size, 100);
      CHECK_EQ(execute.options.timestamp.value(), -5);
    }
  }

  TEST_CASE("BATCH keeps each statement's values apart") {
    for (const Version version : kVersions) {
      BatchRequest batch;
      const Bytes body = golden_body(version, "request batch");
      REQUIRE(decode_batch(version, body, batch));
      CHECK_EQ(batch.kind, BatchRequest::Kind::unlogged);
      REQUIRE_EQ(batch.statements.size(), 2);
      CHECK(!batch.statements[0].prepared);
      CHECK_EQ(batch.statements[0].query_or_id, "UPDATE x");
      CHECK(batch.values_of(batch.statements[0]).empty());
      CHECK(batch.statements[1].prepared);
      CHECK_EQ(batch.statements[1].query_or_id, as_bytes({0xaa, 0xbb}));
      const auto values = batch.values_of(batch.statements[1]);
      REQUIRE_EQ(values.size(), 2);
      CHECK_EQ(values[0].bytes, "1");
      CHECK_EQ(values[1].kind, version == Version::v3 ? BoundValue::Kind::null : BoundValue::Kind::unset);
      CHECK_EQ(batch.options.consistency, Consistency::quorum);
      CHECK_EQ(batch.options.serial_consistency, Consistency::serial);
      CHECK_EQ(batch.options.timestamp.value(), 42);
      const Bytes empty = hex("00 0000 0001") + (version == Version::v5 ? hex("00000000") : hex("00"));
      REQUIRE(decode_batch(version, empty, batch));
      CHECK(batch.statements.empty());
    }
  }

  TEST_CASE("a BATCH that holds more than the statements it declares is refused, and says so") {
    for (const Version version : kVersions) {
      Bytes body = golden_body(version, "request batch");
      BatchRequest batch;
      CHECK_EQ(decode_batch(version, body + "12345", batch).error().detail,
               "BATCH: 5 bytes after the 2 statements that the BATCH declares");
      const Bytes none = hex("00 0000 0001") + (version == Version::v5 ? hex("00000000") : hex("00"));
      CHECK_EQ(decode_batch(version, none + hex("00"), batch).error().detail,
               "BATCH: 1 bytes after the 0 statements that the BATCH declares");
    }
  }

  TEST_CASE("REGISTER names events, and an unknown one is refused by name") {
    RegisterRequest request;
    const Bytes body = golden_body(Version::v4, "request register");
    REQUIRE(decode_register(body, request));
    CHECK(request.topology_changes);
    CHECK(request.status_changes);
    CHECK(request.schema_changes);
    CHECK_EQ(decode_register(hex("0001 0001 78"), request).error().detail, "REGISTER: Invalid value 'x' for Type");
  }

  TEST_CASE("a custom payload is stepped over, in versions that have one") {
    for (const Version version : {Version::v4, Version::v5}) {
      const Bytes bytes = golden(version, "request query with payload");
      const Frame frame{decode_header(bytes.data()), BytesView(bytes).substr(9)};
      const auto message = message_of(frame);
      REQUIRE(message);
      QueryRequest query;
      REQUIRE(decode_query(version, *message, query));
      CHECK_EQ(query.query, "q");
      for (size_t n = 0; n < 10; ++n) CHECK(!message_of({frame.header, frame.body.substr(0, n)}));
    }
    const Bytes v3 = request(Version::v3, Opcode::query, "", 1, flag::kCustomPayload);
    CHECK(!message_of({decode_header(v3.data()), {}}));
  }

  TEST_CASE("every truncation of every request is a protocol error, and bytes after all but BATCH are ignored") {
    int requests = 0;
    for (const auto& [name, bytes] : golden_envelopes()) {
      if (!name.contains(" request ") || name.contains("payload") || name.contains("options")) continue;
      ++requests;
      const EnvelopeHeader header = decode_header(bytes.data());
      const Bytes body = bytes.substr(kEnvelopeHeaderBytes);
      CAPTURE(name);
      CHECK(decode_any(header.version(), header.opcode(), body));
      const bool batch = header.opcode() == Opcode::batch;
      CHECK_EQ(decode_any(header.version(), header.opcode(), body + "trailing").has_value(), !batch);
      for (size_t n = 0; n < body.size(); ++n) {
        const Bytes cut = body.substr(0, n);  // its own allocation, so that a sanitizer sees an overrun
        CAPTURE(n);
        const Status status = decode_any(header.version(), header.opcode(), cut);
        REQUIRE(!status);
        CHECK_EQ(status.error().code, Errc::protocol);
        CHECK(!status.error().detail.empty());
      }
    }
    CHECK_EQ(requests, 27);
  }

  TEST_CASE("what a field may not hold is refused in Cassandra's words") {
    const auto problem = [](Version version, Opcode opcode, BytesView body) {
      const Status status = decode_any(version, opcode, body);
      return status ? std::string() : status.error().detail;
    };
    const Bytes q = hex("00000001 71");
    CHECK_EQ(problem(Version::v4, Opcode::query, q + hex("0001 04 00000000")), "QUERY: The page size cannot be 0");
    CHECK_EQ(problem(Version::v4, Opcode::query, q + hex("0001 04 ffffffff")), "");
    CHECK_EQ(problem(Version::v4, Opcode::query, q + hex("000b 00")), "QUERY: Unknown code 11 for a consistency level");
    CHECK_EQ(problem(Version::v4, Opcode::query, q + hex("0001 01 0001 fffffffd")), "QUERY: Invalid ByteBuf length -3");
    CHECK_EQ(problem(Version::v3, Opcode::query, q + hex("0001 01 0001 fffffffd")), "");
    CHECK(problem(Version::v4, Opcode::query, q + hex("0001 20 8000000000000000")).contains("Out of bound timestamp"));
    CHECK(problem(Version::v4, Opcode::query, hex("00000001 ff 0001 00")).contains("UTF8"));
    CHECK(problem(Version::v4, Opcode::query, hex("ffffffff 0001 00")).contains("Negative length"));
    CHECK_EQ(problem(Version::v4, Opcode::query, q + hex("0001 80")), "");  // not a keyspace before v5
    CHECK(problem(Version::v4, Opcode::batch, hex("03 0000 0001 00")).contains("Invalid batch type 3"));
    CHECK(
        problem(Version::v4, Opcode::batch, hex("00 0001 02 0000 0000 0001 00")).contains("Must be 0 or 1 but got 2"));
    CHECK(problem(Version::v4, Opcode::batch, hex("00 0000 0001 40")).contains("Named values"));
  }

  TEST_CASE("a batch of nothing but nulls is refused before it costs many times its own bytes") {
    Bytes body = hex("00 000a");
    for (int statement = 0; statement < 10; ++statement) body += hex("01 0001 78 ffff") + Bytes(65535 * 4, '\xff');
    body += hex("0001 00");
    BatchRequest batch;
    const Status status = decode_batch(Version::v4, body, batch);
    REQUIRE(!status);
    CHECK(status.error().detail.contains("bound values in one batch"));
    CHECK_LE(batch.values.size(), kBatchValuesMax);
  }

  TEST_CASE("a count that the body cannot hold allocates nothing") {
    QueryRequest query;
    CHECK(!decode_query(Version::v4, hex("00000001 71 0001 01 ffff 00000000"), query));
    CHECK_LT(query.options.values.capacity(), 100);
    BatchRequest batch;
    CHECK(!decode_batch(Version::v4, hex("00 ffff 00 00000000"), batch));
    CHECK_LT(batch.statements.capacity(), 100);
    StartupRequest startup;
    CHECK(!decode_startup(hex("ffff 0000 0000"), startup));
    CHECK_LT(startup.options.capacity(), 100);
  }
}
