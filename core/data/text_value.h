// Values of native types from text and as text, without quotes: what string literals, JSON strings and CAST mean.
#pragma once

#include "core/base/result.h"
#include "core/data/time_text.h"
#include "core/data/type.h"

namespace ringlet {

// Errc::invalid, with Cassandra's words ("Unable to make int from 'abc'"), where the text is no such value.
Result<Bytes> parse_text(TypeKind kind, std::string_view text);

// As CAST(x AS text) gives it: timestamps 2024-01-02T03:04:05.678Z, blobs 0x.., doubles as Java writes them. "" for the
// empty value. Native types only.
std::string show_text(TypeKind kind, BytesView bytes);

std::optional<Bytes> parse_inet(std::string_view text);  // 4 or 16 bytes
std::string inet_text(BytesView bytes);
std::string floating_text(double value);  // 1.0, 1.5E10, NaN
std::string floating_text(float value);

Bytes duration_bytes(const CalendarDuration& duration);  // three signed vints
CalendarDuration duration_from_bytes(BytesView bytes);

}  // namespace ringlet
