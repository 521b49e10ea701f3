#include "core/storage/write_group.h"

#include "core/base/limits.h"
#include "core/data/logged_mutation.h"
#include "core/storage/engine_state.h"

namespace ringlet {

void WriteGroup::add(const Mutation& mutation, const std::shared_ptr<TableStore>& store, WriteWaiter& waiter) {
  const std::shared_ptr<TableStore>* held = nullptr;
  for (const auto& each : stores_)
    if (each == store) held = &each;
  if (held == nullptr) held = &stores_.emplace_back(store);
  const size_t at = encoded_.size();
  ByteWriter out(encoded_);
  encode_mutation_body(mutation, out);
  writes_.push_back({at, encoded_.size() - at, mutation.token, held, &waiter});
}

std::span<LogAppend> WriteGroup::records() {
  for (const Write& write : writes_)
    records_.push_back({(*write.store)->table->id, BytesView(encoded_).substr(write.at, write.bytes), true, {}});
  return records_;
}

void WriteGroup::clear() {
  writes_.clear();
  records_.clear();
  stores_.clear();
  encoded_.clear();
  if (encoded_.capacity() > 2 * kLogBatchBytesMax) Bytes().swap(encoded_);
}

}  // namespace ringlet
