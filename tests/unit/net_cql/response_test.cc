#include "net/cql/response.h"

#include <doctest/doctest.h>

#include "net/cql/error_reply.h"
#include "net/cql/frame_writer.h"
#include "tests/unit/net_cql/wire_test_help.h"

using namespace ringlet;
using namespace ringlet::wire;
using namespace ringlet::wire_test;

static ErrorReply error_of(ErrorCode code) {
  return {.code = code,
          .message = "m",
          .consistency = Consistency::quorum,
          .required = 2,
          .received = 1,
          .contentions = 7,
          .failures = {{hex("7f000001"), FailureReason::too_many_tombstones},
                       {hex("00000000000000000000000000000001"), FailureReason::node_down}},
          .keyspace = "ks",
          .name = code == ErrorCode::function_failure ? "f" : "t",
          .argument_types = {"int", "text"},
          .id = kGoldenId};
}

TEST_SUITE("net_cql answers have the protocol's bytes in each version") {
  TEST_CASE("handshake") {
    for (const Version version : kVersions) {
      check_golden(version, "ready", Opcode::ready, [](ByteWriter&) {});
      check_golden(version, "authenticate", Opcode::authenticate,
                   [](ByteWriter& out) { write_authenticate(kPasswordAuthenticator, out); });
      check_golden(version, "supported", Opcode::supported, [](ByteWriter& out) { write_supported("3.4.7", out); });
      check_golden(version, "auth_challenge", Opcode::auth_challenge,
                   [](ByteWriter& out) { write_auth_challenge("abc", out); });
      check_golden(version, "auth_success", Opcode::auth_success, [](ByteWriter& out) { write_auth_success(out); });
    }
  }

  TEST_CASE("errors, with every extra, and the nearest older code where a version lacks one") {
    const std::pair<const char*, ErrorCode> kNames[] = {{"server_error", ErrorCode::server_error},
                                                        {"protocol_error", ErrorCode::protocol_error},
                                                        {"bad_credentials", ErrorCode::bad_credentials},
                                                        {"unavailable", ErrorCode::unavailable},
                                                        {"overloaded", ErrorCode::overloaded},
                                                        {"is_bootstrapping", ErrorCode::is_bootstrapping},
                                                        {"truncate_error", ErrorCode::truncate_error},
                                                        {"read_timeout", ErrorCode::read_timeout},
                                                        {"read_failure", ErrorCode::read_failure},
                                                        {"function_failure", ErrorCode::function_failure},
                                                        {"write_failure", ErrorCode::write_failure},
                                                        {"cdc_write_failure", ErrorCode::cdc_write_failure},
                                                        {"cas_write_unknown", ErrorCode::cas_write_unknown},
                                                        {"syntax_error", ErrorCode::syntax_error},
                                                        {"unauthorized", ErrorCode::unauthorized},
                                                        {"invalid", ErrorCode::invalid},
                                                        {"config_error", ErrorCode::config_error},
                                                        {"already_exists", ErrorCode::already_exists},
                                                        {"unprepared", ErrorCode::unprepared},
                                                        {"write_timeout", ErrorCode::write_timeout},
                                                        {"write_timeout cas", ErrorCode::write_timeout}};
    for (const Version version : kVersions) {
      for (const auto& [name, code] : kNames) {
        ErrorReply reply = error_of(code);
        reply.data_present = code == ErrorCode::read_timeout;
        if (code == ErrorCode::write_timeout) reply.write_type = BytesView(name).ends_with("cas") ? "CAS" : "BATCH_LOG";
        check_golden(version, std::string("error ") + name, Opcode::error,
                     [&](ByteWriter& out) { write_error(reply, version, out); });
      }
    }
  }

  TEST_CASE("events") {
    const Bytes v4_address = hex("0a000001"), v6_address = hex("00000000000000000000000000000001");
    for (const Version version : kVersions) {
      const auto event = [&](const char* name, const Write& write) {
        check_golden(version, std::string("event ") + name, Opcode::event, write, kEventStream);
      };
      const auto change = [&](const char* name, const SchemaChange& what) {
        event(name, [&](ByteWriter& out) { write_schema_change_event(what, version, out); });
      };
      event("topology", [&](ByteWriter& out) { write_topology_event(TopologyVerb::new_node, v4_address, 9042, out); });
      event("status", [&](ByteWriter& out) { write_status_event(StatusVerb::down, v6_address, 9042, out); });
      change("keyspace", {"CREATED", "KEYSPACE", "ks", "", {}});
      change("table", {"DROPPED", "TABLE", "ks", "t", {}});
      change("function", {"CREATED", "FUNCTION", "ks", "f", {"int"}});
    }
  }

  TEST_CASE("void, set_keyspace, schema_change") {
    for (const Version version : kVersions) {
      check_golden(version, "void", Opcode::result, [](ByteWriter& out) { write_void(out); });
      check_golden(version, "set_keyspace", Opcode::result, [](ByteWriter& out) { write_set_keyspace("Ks", out); });
      check_golden(version, "schema_change", Opcode::result, [&](ByteWriter& out) {
        write_schema_change_result({"UPDATED", "TYPE", "ks", "u", {}}, version, out);
      });
    }
  }

  TEST_CASE("trace id, warnings and payload stand before the message, the latter two not in v3") {
    const std::vector<std::string> warnings = {"careful"};
    const std::vector<std::pair<std::string, Bytes>> payload = {{"p", "q"}};
    for (const Version version : kVersions) {
      CHECK_EQ(written({.version = version,
                        .opcode = Opcode::result,
                        .stream = 1,
                        .trace = uuid_from_bytes(kGoldenId),
                        .warnings = warnings,
                        .custom_payload = payload},
                       [](ByteWriter& out) { write_void(out); }),
               to_hex(golden(version, "response void with prefixes")));
    }
  }
}

TEST_SUITE("net_cql error_reply") {
  TEST_CASE("each of our errors arrives with its code and what the protocol wants beside the message") {
    const ErrorContext context{.is_write = true, .consistency = Consistency::local_one};
    CHECK_EQ(error_code(Errc::timeout, true), ErrorCode::write_timeout);
    CHECK_EQ(error_code(Errc::timeout, false), ErrorCode::read_timeout);
    CHECK_EQ(error_code(Errc::no_space, true), ErrorCode::server_error);
    const auto unavailable = error_reply({Errc::unavailable, "x", {"4", "2", "1"}}, context);
    CHECK_EQ(unavailable.consistency, Consistency::quorum);
    CHECK_EQ(unavailable.required, 2);
    CHECK_EQ(unavailable.received, 1);
    const auto exists = error_reply({Errc::already_exists, "x", {"ks", ""}}, context);
    CHECK_EQ(exists.keyspace, "ks");
    CHECK_EQ(exists.name, "");
    CHECK_EQ(error_reply({Errc::unprepared, "x", {std::string("\0\1", 2)}}, context).id, Bytes("\0\1", 2));
    const auto tombstones = error_reply({Errc::tombstones, "x", {}}, context);
    CHECK_EQ(tombstones.code, ErrorCode::read_failure);
    REQUIRE_EQ(tombstones.failures.size(), 1);
    CHECK_EQ(tombstones.failures[0].reason, FailureReason::too_many_tombstones);
    const auto function = error_reply({Errc::function_failed, "x", {"ks", "f", "int"}}, context);
    CHECK_EQ(function.argument_types, std::vector<std::string>{"int"});
  }

  TEST_CASE("arguments that are missing or no numbers give an error all the same") {
    Bytes bytes;
    ByteWriter out(bytes);
    for (const Errc code : {Errc::unavailable, Errc::already_exists, Errc::unprepared, Errc::function_failed})
      for (const auto& arguments : {std::vector<std::string>{}, std::vector<std::string>{"x", "y", "z"}})
        for (const Version version : kVersions) write_error(error_reply({code, "m", arguments}, {}), version, out);
    CHECK(!bytes.empty());
  }

  TEST_CASE("a long message is cut between characters, and bytes that are no text are masked") {
    const auto message = [](std::string text) {
      Bytes bytes;
      ByteWriter out(bytes);
      write_error({.code = ErrorCode::invalid, .message = std::move(text)}, Version::v4, out);
      return bytes.substr(6);
    };
    CHECK_EQ(message(std::string(70000, 'x')).size(), 65535);
    CHECK_EQ(message(std::string(65534, 'x') + "é").size(), 65534);
    CHECK_EQ(message("a\xff\xfe"), "a??");
  }
}
