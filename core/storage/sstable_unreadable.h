// Stands for an sstable that counts and cannot be opened, since its footer or statistics are damaged: what may be in it is unknown.
//
// Always holds
//   - every read that may need it fails with the same Errc::corrupt: it is never taken for absent
//   - it lies where the manifest says, and may hold rows as old as can be: nothing that could hide them is purged
#pragma once

#include <memory>

#include "core/local/local_store.h"
#include "core/storage/sstable.h"

namespace ringlet {

std::shared_ptr<SstableReader> unreadable_sstable(const ManifestFile& file, const Uuid& manifest, Error why);

}  // namespace ringlet
