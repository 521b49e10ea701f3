// Rows, mutations, types, table records, values and keys under a fuzzer. The first byte chooses the decoder; whatever it
// accepts must survive what the engine does with it, and come out as it went in.
#include <cstdint>

#include "core/base/must.h"
#include "core/data/json_value.h"
#include "core/data/mutation.h"
#include "core/data/reconcile.h"
#include "core/data/schema.h"
#include "core/data/value.h"

using namespace ringlet;

namespace {

Bytes merged(BytesView a, BytesView b) {
  const BytesView both[] = {a, b};
  Bytes out;
  merge_rows(both, out);
  return out;
}

void try_row(BytesView bytes) {
  RowReader reader{bytes};  // unchecked bytes: nothing but an end is expected of it
  CellView cell;
  while (reader.next(cell)) {
  }
  if (!validate_row(bytes)) return;
  const Bytes once = merged(bytes, bytes);
  MUST(once.empty() || validate_row(once));
  MUST(merged(once, bytes) == once);
  Bytes shadowed, purged;
  apply_deletion(bytes, {Timestamp{5}, Seconds{5}}, shadowed);
  MUST(shadowed.empty() || validate_row(shadowed));
  purge_row(bytes, Table{}, {.now = Seconds{1000}, .gc_before = Seconds{500}, .purge_below = Timestamp{1000}}, purged);
  MUST(purged.empty() || validate_row(purged));
  row_is_live(bytes, Seconds{5});
}

void try_mutation(BytesView bytes) {
  Result<Mutation> mutation = decode_mutation(bytes);
  if (!mutation) return;
  Bytes again;
  ByteWriter out{again};
  encode_mutation(*mutation, out);
  const Result<Mutation> back = decode_mutation(again);
  MUST(back && back->rows.size() == mutation->rows.size());
  Mutation copy = *back;
  merge_mutation(copy, std::move(*mutation));
}

void try_table(BytesView bytes) {
  ByteReader in{bytes};
  const Result<TableRef> table = decode_table(in);
  if (!table) return;
  Bytes again;
  ByteWriter out{again};
  encode_table(**table, out);
  ByteReader once_more{again};
  MUST(decode_table(once_more));
}

// A type, then a value of it.
void try_value(BytesView bytes) {
  ByteReader in{bytes};
  const Result<TypeRef> type = decode_type(in);
  if (!type) return;
  if ((*type)->dimension > 1000) return;
  ByteReader as_form = in;
  read_ordered(**type, bytes.size() % 2 != 0, as_form);
  if (!validate(**type, in.rest())) return;
  const Bytes value = normalize(**type, in.rest());
  MUST(validate(**type, value));
  for (const bool descending : {false, true}) {
    Bytes form;
    append_ordered(**type, value, descending, form);
    ByteReader form_in{form};
    const Result<Bytes> back = read_ordered(**type, descending, form_in);
    MUST(back && form_in.done() && compare_values(**type, *back, value) == 0);
    MUST((*back == value) == round_trips(**type, value));
  }
  to_literal(**type, value);
  to_json(**type, value);
}

// A type, then JSON for it.
void try_json(BytesView bytes) {
  ByteReader in{bytes};
  const Result<TypeRef> type = decode_type(in);
  if (!type) return;
  const Result<JsonValue> json = parse_json(in.rest());
  if (!json) return;
  const auto value = from_json(**type, *json);
  if (value && *value) MUST(validate(**type, **value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const BytesView bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 5) {
    case 0:
      try_row(bytes);
      break;
    case 1:
      try_mutation(bytes);
      break;
    case 2:
      try_table(bytes);
      break;
    case 3:
      try_value(bytes);
      break;
    case 4:
      try_json(bytes);
      break;
  }
  return 0;
}
