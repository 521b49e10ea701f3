// One restore, from reading the snapshot's manifest to the commit; see snapshots.h for what it promises. Private to core/node.
#pragma once

#include <memory>
#include <vector>

#include "core/node/restore_plan.h"
#include "core/node/snapshots.h"

namespace ringlet {

class Restore {
 public:
  Restore(Snapshots& snapshots, RestoreRequest request)
      : all_(snapshots), parts_(snapshots.parts_), request_(std::move(request)) {}
  Task<Result<RestoreReport>> run();

 private:
  using Readers = std::vector<std::shared_ptr<SstableReader>>;
  struct Copy {
    const RestoreTarget* target = nullptr;
    const SnapshotFile* file = nullptr;
    FileId id;
    bool made = false;
  };
  struct Share {  // of one shard in one table
    Engine::SplitHold hold;
    Readers files;
  };

  Task<Status> plan();
  Status read();  // on the background executor
  Status read_backups();
  Status check_places();
  std::string path_of(const SnapshotFile& file) const;
  Task<Status> check_all();
  Task<Status> check(const SnapshotFile& file);
  Status make_room() const;
  Task<Status> copy_all();
  Task<Status> copy(Copy& copy);
  Task<Status> commit();
  Task<Status> make_schema();
  Task<Status> hold_tables();
  Task<void> let_go();
  Status open_copies(std::vector<ManifestFile>& added);
  Task<void> show_files();
  void remove_copies();
  Task<void> pace(uint64_t bytes);
  RestoreReport report() const;

  Snapshots& all_;
  Snapshots::Parts& parts_;
  const RestoreRequest request_;
  SnapshotManifest snapshot_;  // with the backups since, where they are asked for
  std::string backups_;        // the folder that they lie in
  RestoreReport told_;
  std::vector<RestoreTarget> targets_;
  std::vector<Copy> copies_;
  std::vector<std::vector<Share>> shares_;  // by shard and target
};

}  // namespace ringlet
