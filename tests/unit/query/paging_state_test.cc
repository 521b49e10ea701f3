#include "core/query/paging_state.h"

#include <doctest/doctest.h>

namespace ringlet {
namespace {

const TableId kTable = *parse_uuid("00112233-4455-6677-8899-aabbccddeeff");

PagingState sample() {
  PagingState state;
  state.table = kTable;
  state.prefix = "prefix";
  state.position = Bytes("\0\1", 2);
  state.begun = true;
  state.had_live_row = true;
  state.remaining = 10;
  return state;
}

TEST_SUITE("paging_state") {
  TEST_CASE("it comes back as it went out, limits and their absence too") {
    for (const bool begun : {false, true})
      for (const uint64_t remaining : {uint64_t{0}, uint64_t{1}, UINT64_MAX - 1, UINT64_MAX}) {
        PagingState state = sample();
        state.begun = begun;
        state.had_live_row = !begun;
        state.remaining = remaining;
        state.remaining_in_partition = remaining / 2;
        const auto decoded = decode_paging_state(encode_paging_state(state), kTable);
        REQUIRE(decoded);
        CHECK((decoded->table == kTable));
        CHECK_EQ(decoded->prefix, state.prefix);
        CHECK_EQ(decoded->position, state.position);
        CHECK_EQ(decoded->begun, begun);
        CHECK_EQ(decoded->had_live_row, !begun);
        CHECK_EQ(decoded->remaining, remaining);
        CHECK_EQ(decoded->remaining_in_partition, remaining / 2);
      }
  }

  TEST_CASE("its layout is frozen: version, table, checksum, prefix, position, flags, limits") {
    const Bytes bytes = encode_paging_state(sample());
    CHECK((bytes.substr(0, 17) == Bytes("\x01\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF", 17)));
    CHECK((bytes.substr(21) == Bytes("\x06prefix\x02\x00\x01\x03\x0B\x00", 13)));
  }

  TEST_CASE("another table's, a cut, lengthened or changed one is a protocol error, as clients know it") {
    const Bytes bytes = encode_paging_state(sample());
    const auto refused = [](const Bytes& what, const TableId& table) {
      const auto decoded = decode_paging_state(what, table);
      return !decoded && decoded.error().code == Errc::protocol &&
             decoded.error().detail == "Invalid value for the paging state";
    };
    CHECK(refused(bytes, *parse_uuid("00112233-4455-6677-8899-aabbccddeefe")));
    for (size_t n = 0; n < bytes.size(); ++n) {
      CHECK(refused(bytes.substr(0, n), kTable));
      Bytes changed = bytes;
      changed[n] ^= 4;
      CHECK(refused(changed, kTable));
    }
    CHECK(refused(bytes + "x", kTable));
  }
}

}  // namespace
}  // namespace ringlet
