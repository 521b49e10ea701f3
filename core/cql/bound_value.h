// A value that a client bound to a marker: null, unset (leave as it is), or bytes. The view lives as long as the request's
// frame.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace ringlet {

struct BoundValue {
  enum class Kind : uint8_t { null, unset, bytes };
  Kind kind = Kind::null;
  BytesView bytes;
};

}  // namespace ringlet
