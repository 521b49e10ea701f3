// Whose turn it is: snapshots, restores and removals go one at a time, and what runs can be seen. Private to core/node.
#pragma once

#include <memory>

#include "core/node/snapshots.h"

namespace ringlet {

class SnapshotTurn {
 public:
  static Result<std::unique_ptr<SnapshotTurn>> begin(Snapshots& snapshots, const char* kind, const std::string& name) {
    TRY_STATUS(snapshots.going_on());
    if (snapshots.work_)
      return fail(Errc::busy, std::string("a ") + snapshots.work_->told.kind + " (" + snapshots.work_->told.name +
                                  ") is at work; try again when it is done");
    return std::unique_ptr<SnapshotTurn>(new SnapshotTurn(snapshots, kind, name));
  }
  ~SnapshotTurn() {
    snapshots_.work_.reset();
    snapshots_.ended_.notify_all();
  }
  SnapshotTurn(const SnapshotTurn&) = delete;

 private:
  SnapshotTurn(Snapshots& snapshots, const char* kind, const std::string& name) : snapshots_(snapshots) {
    snapshots_.work_.emplace();
    snapshots_.work_->told.kind = kind;
    snapshots_.work_->told.name = name;
  }
  Snapshots& snapshots_;
};

}  // namespace ringlet
