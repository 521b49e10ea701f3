// Values as JSON and from JSON, as SELECT JSON, INSERT JSON, toJson and fromJson have it.
#pragma once

#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/data/json.h"
#include "core/data/type.h"

namespace ringlet {

// `bytes` must validate. NaN and the infinities are null; an empty number is "".
std::string to_json(const Type& type, BytesView bytes);

// A decimal that no double comes near (1E+400) is read from a string only.
// nullopt for JSON's null. The bytes are normalized. Errc::invalid, with Cassandra's words, where it is no such value.
Result<std::optional<Bytes>> from_json(const Type& type, const JsonValue& value);

}  // namespace ringlet
