// Values as bytes: the native protocol's encodings (spec v5 section 6), checked, compared, ordered and shown.
#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/data/type.h"

namespace ringlet {

// Is `bytes` a value of `type`? Lengths, UTF-8, ranges, nested elements, no nulls inside collections. The error is
// Errc::invalid with Cassandra's words ("Expected 4 or 0 byte int (8)", "String didn't validate.").
Status validate(const Type& type, BytesView bytes);

// The form that is stored: sets and map keys sorted and without doubles, varints as they came. `bytes` must validate.
Bytes normalize(const Type& type, BytesView bytes);

// Cassandra's order of the type (cql-native-protocol section 9.2): what ORDER BY, slices, sets and MIN/MAX follow.
std::strong_ordering compare_values(const Type& type, BytesView a, BytesView b);

// A CQL literal that reads back as the same value ('it''s', 0xcafe, {'a': 1}, null fields inside tuples).
std::string to_literal(const Type& type, BytesView bytes);

// Elements of a list, set, map (key, value, key, ...), tuple, user type or vector; nullopt is a null field.
// Errc::invalid where the bytes are not such a value.
Result<std::vector<std::optional<BytesView>>> split_elements(const Type& type, BytesView bytes);
Bytes join_elements(const Type& type, const std::vector<std::optional<BytesView>>& elements);

std::optional<size_t> fixed_bytes(const Type& type);  // of the types whose elements a vector stores without their sizes

// --- order-preserving form -------------------------------------------------------------------------------------------
// Appends a form of `bytes` whose memcmp order is compare_values order, and which is prefix-free: no encoding is the
// beginning of another value's, so encodings can be concatenated. The first byte is 0x01 (an empty value of a type that
// has one) or 0x02; with `descending` every byte is complemented. So it never starts with 0x00 or 0xFF, which the storage
// layer uses as "before" and "after" all that begins like this.
void append_ordered(const Type& type, BytesView bytes, bool descending, Bytes& out);

// Reads one value back, advancing `in`. Returns the canonical bytes: where a type has several byte forms of one value
// (decimal scale, padded varint, NaN) they can differ from what was encoded; `round_trips` says so beforehand.
Result<Bytes> read_ordered(const Type& type, bool descending, ByteReader& in);
bool round_trips(const Type& type, BytesView bytes);

}  // namespace ringlet
