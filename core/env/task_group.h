// TaskGroup: the owner of tasks that run beside their maker. Whoever owns the group awaits join() before it goes, so no
// task outlives what it refers to. One executor only.
#pragma once

#include <cstddef>

#include "core/env/event.h"
#include "core/env/task.h"

namespace ringlet {

class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  ~TaskGroup() { MUST(running_ == 0); }

  void spawn(Task<void> task);  // starts at once, on the calling thread, until its first suspension
  void enter() { ++running_; }  // something that is no task begins: it calls leave() once
  void leave();
  Task<void> join();  // until every task has ended; more may be spawned meanwhile
  size_t running() const { return running_; }

 private:
  size_t running_ = 0;
  Event ended_;
};

}  // namespace ringlet
