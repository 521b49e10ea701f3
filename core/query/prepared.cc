#include "core/query/prepared.h"

#include "core/base/checksum.h"
#include "core/base/limits.h"

namespace ringlet {

Bytes prepared_id(std::string_view keyspace, std::string_view text) {
  Bytes named(keyspace);
  named += '\0';
  named += text;
  Bytes id;
  ByteWriter out(id);
  out.big<uint64_t>(hash64(named, 1));
  out.big<uint64_t>(hash64(named, 2));
  return id;
}

Task<Status> PreparedTexts::load() {
  CO_TRY(auto stored, co_await local_.prepared_statements());
  for (auto& [id, statement] : stored) {
    bytes_ += statement.second.size();
    by_age_.push_back(id);
    texts_.emplace(id, std::move(statement));
  }
  co_return Status{};
}

void PreparedTexts::keep(const Bytes& id, std::string keyspace, std::string text) {
  if (texts_.contains(id)) return;
  auto store = [](LocalStore& local, Bytes key, std::string ks, std::string what) -> Task<void> {
    (void)co_await local.keep_prepared(std::move(key), std::move(ks), std::move(what));
  };
  auto forget = [](LocalStore& local, Bytes key) -> Task<void> {
    (void)co_await local.forget_prepared(std::move(key));
  };
  bytes_ += text.size();
  behind_.spawn(store(local_, id, keyspace, text));
  texts_.emplace(id, std::pair(std::move(keyspace), std::move(text)));
  by_age_.push_back(id);
  while (texts_.size() > kPreparedStatementsMax || (bytes_ > kPreparedBytesMax && texts_.size() > 1)) {
    const auto oldest = texts_.find(by_age_.front());
    bytes_ -= oldest->second.second.size();
    behind_.spawn(forget(local_, oldest->first));
    texts_.erase(oldest);
    ++evicted_;
    by_age_.pop_front();
  }
}

const std::pair<std::string, std::string>* PreparedTexts::find(const Bytes& id) const {
  const auto it = texts_.find(id);
  return it == texts_.end() ? nullptr : &it->second;
}

Task<void> PreparedTexts::stop() { co_await behind_.join(); }

PlanCache::Entry* PlanCache::look(BytesView id) {
  const auto it = plans_.find(id);
  if (it == plans_.end()) return nullptr;
  by_use_.splice(by_use_.end(), by_use_, it->second.age);
  return &it->second;
}

PreparedRef PlanCache::find(BytesView id) {
  const Entry* entry = look(id);
  return entry == nullptr ? nullptr : entry->statement;
}

void PlanCache::put(PreparedRef statement) {
  std::unique_ptr<PointRead> point_read;
  if (const auto* select = std::get_if<cql::SelectPlan>(&statement->plan); select != nullptr && select->names_one_row())
    point_read = std::make_unique<PointRead>(*select);
  if (const auto it = plans_.find(statement->id); it != plans_.end()) {
    it->second.point_read = std::move(point_read);
    it->second.statement = std::move(statement);
    return;
  }
  const Bytes id = statement->id;
  plans_.emplace(id, Entry{std::move(statement), std::move(point_read), by_use_.insert(by_use_.end(), id)});
  if (plans_.size() <= kPreparedStatementsMax) return;
  plans_.erase(by_use_.front());
  by_use_.pop_front();
}

}  // namespace ringlet
