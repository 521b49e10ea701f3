// The bridge from a plain thread (main, a test) into a running executor: run a task there and block until it has ended.
#pragma once

#include <optional>

#include "core/env/executor.h"
#include "core/env/task.h"

namespace ringlet {

void run_and_wait(Executor& executor, Task<void> task);  // never from an executor's own thread

template <class T>
T run_and_wait(Executor& executor, Task<T> task) {
  std::optional<T> answer;
  auto keep = [](Task<T> inner, std::optional<T>& out) -> Task<void> { out.emplace(co_await inner); };
  run_and_wait(executor, keep(std::move(task), answer));
  return std::move(*answer);
}

}  // namespace ringlet
