// The numbers of the CQL native protocol, versions 3, 4 and 5. All of them are on the wire: frozen.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"

namespace ringlet::wire {

enum class Version : uint8_t { v3 = 3, v4 = 4, v5 = 5 };
inline constexpr Version kNewestVersion = Version::v5;
inline constexpr bool is_supported_version(uint8_t number) { return number >= 3 && number <= 5; }
inline std::string to_string(Version v) {  // "5/v5", as error texts and SUPPORTED name it
  const std::string number = std::to_string(static_cast<int>(v));
  return number + "/v" + number;
}

enum class Opcode : uint8_t {
  error = 0x00,
  startup = 0x01,
  ready = 0x02,
  authenticate = 0x03,
  options = 0x05,
  supported = 0x06,
  query = 0x07,
  result = 0x08,
  prepare = 0x09,
  execute = 0x0A,
  register_events = 0x0B,
  event = 0x0C,
  batch = 0x0D,
  auth_challenge = 0x0E,
  auth_response = 0x0F,
  auth_success = 0x10,
};

namespace flag {  // of an envelope's header
inline constexpr uint8_t kCompression = 0x01;
inline constexpr uint8_t kTracing = 0x02;
inline constexpr uint8_t kCustomPayload = 0x04;  // v4 and later
inline constexpr uint8_t kWarning = 0x08;        // v4 and later, answers only
}  // namespace flag

enum class Compression : uint8_t { none, lz4 };

enum class ErrorCode : int32_t {
  server_error = 0x0000,
  protocol_error = 0x000A,
  bad_credentials = 0x0100,
  unavailable = 0x1000,
  overloaded = 0x1001,
  is_bootstrapping = 0x1002,
  truncate_error = 0x1003,
  write_timeout = 0x1100,
  read_timeout = 0x1200,
  read_failure = 0x1300,
  function_failure = 0x1400,
  write_failure = 0x1500,
  cdc_write_failure = 0x1600,
  cas_write_unknown = 0x1700,
  syntax_error = 0x2000,
  unauthorized = 0x2100,
  invalid = 0x2200,
  config_error = 0x2300,
  already_exists = 0x2400,
  unprepared = 0x2500,
};

}  // namespace ringlet::wire
