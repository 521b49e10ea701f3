#include "core/env/executor.h"

namespace ringlet {

// The one ambient fact of the code base: which executor this thread is running. Passing it down every call instead would
// put it into every signature between a socket and a disk read, only to return to where the call came from.
static thread_local Executor* current_executor = nullptr;

Executor* Executor::current() { return current_executor; }

Executor::Running::Running(Executor* executor) : before_(current_executor) { current_executor = executor; }
Executor::Running::~Running() { current_executor = before_; }

}  // namespace ringlet
