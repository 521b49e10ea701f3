// A connection that this node has no room for: its first request is answered with why, in the client's own version, and the
// connection ends. It holds no more than a stranger may before its STARTUP, and not for long.
#pragma once

#include "core/env/clock.h"
#include "net/transport/stream.h"

namespace ringlet::wire {

Task<void> refuse_connection(Stream& stream, const Clock& clock, Error why);  // clock and stream outlive it

}  // namespace ringlet::wire
