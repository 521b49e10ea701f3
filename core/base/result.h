// Result: how errors of the world travel. Errors are what the world does to us; MUST is for what we do to ourselves.
// No exception crosses a function of core/.
//
//   Result<Row> read(...);
//   TRY(auto row, read(...));              // returns the error to the caller, or names the value
//   CO_TRY(auto row, co_await read(...));  // the same inside a coroutine
//   TRY_STATUS(check(...));  CO_TRY_STATUS(co_await sync());
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace ringlet {

// For the program; Error::detail is for people. Where a client sees the error, net/cql maps the code to the protocol's.
enum class Errc : uint8_t {
  // the medium and the process
  corrupt,    // bytes that fail their checksum or make no sense: unknown, never "absent"
  io,         // the disk answered with an error
  no_space,   // the disk is full
  not_found,  // no such file
  exists,     // such a file is already there
  busy,       // held by another process
  // requests
  cancelled,   // the caller went away or the node stops
  timeout,     // the deadline passed: for a write, nobody knows whether it happened
  overloaded,  // a bound was reached
  // what a client is told
  invalid,          // 0x2200
  syntax,           // 0x2000
  unauthorized,     // 0x2100
  bad_credentials,  // 0x0100
  config,           // 0x2300
  already_exists,   // 0x2400  arguments: keyspace, table ("" for a keyspace)
  unprepared,       // 0x2500  arguments: the id's bytes
  protocol,         // 0x000A
  unavailable,      // 0x1000  arguments: consistency code, required, alive (decimal)
  truncate_failed,  // 0x1003
  function_failed,  // 0x1400  arguments: keyspace, function, argument types...
  tombstones,       // 0x1300 with reason 1: a read met more tombstones than it may
};

struct Error {
  Errc code;
  std::string detail;                  // names what, where and what to do
  std::vector<std::string> arguments;  // what the protocol wants beside the message, as listed at the code
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Errc code, std::string detail, std::vector<std::string> arguments = {}) {
  return std::unexpected<Error>(Error{code, std::move(detail), std::move(arguments)});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace ringlet

#define RINGLET_JOIN2(a, b) a##b
#define RINGLET_JOIN(a, b) RINGLET_JOIN2(a, b)
#define RINGLET_TRY(temporary, leave, declaration, ...)                        \
  auto temporary = (__VA_ARGS__);                                              \
  if (!temporary) [[unlikely]]                                                 \
    leave ::std::unexpected<::ringlet::Error>(::std::move(temporary).error()); \
  declaration = *::std::move(temporary)
#define TRY(declaration, ...) RINGLET_TRY(RINGLET_JOIN(try_result_, __COUNTER__), return, declaration, __VA_ARGS__)
#define CO_TRY(declaration, ...) \
  RINGLET_TRY(RINGLET_JOIN(try_result_, __COUNTER__), co_return, declaration, __VA_ARGS__)
#define RINGLET_TRY_STATUS(leave, ...)                                             \
  do {                                                                             \
    if (auto try_status_ = (__VA_ARGS__); !try_status_) [[unlikely]]               \
      leave ::std::unexpected<::ringlet::Error>(::std::move(try_status_).error()); \
  } while (0)
#define TRY_STATUS(...) RINGLET_TRY_STATUS(return, __VA_ARGS__)
#define CO_TRY_STATUS(...) RINGLET_TRY_STATUS(co_return, __VA_ARGS__)
