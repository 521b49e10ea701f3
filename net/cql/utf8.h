// Is this UTF-8? Names, statements and messages on the wire must be.
#pragma once

#include "core/base/bytes.h"

namespace ringlet::wire {

bool is_utf8(BytesView bytes);  // no overlong forms, no surrogates, nothing above U+10FFFF

}  // namespace ringlet::wire
