// The key that most statements name, found without building what the others need.
#include <algorithm>

#include "core/base/limits.h"
#include "core/base/murmur3.h"
#include "core/cql/restriction.h"
#include "core/data/keys.h"

namespace ringlet::cql {

bool Restrictions::is_plain() const {
  const auto plain = [](const RestrictionRef& r) {
    return r && r->kind == Restriction::Kind::equal && r->columns.size() == 1 && r->value.parts.size() == 1;
  };
  return !is_key_range_ && !token_ && others_.empty() && !filters_ && sliceable_ == clustering_.size() &&
         std::ranges::all_of(partition_, plain) && std::ranges::all_of(clustering_, plain);
}

bool Restrictions::append_plain(const std::vector<RestrictionRef>& restrictions, const Evaluation& evaluation,
                                PlainKey::Parts& out) {
  out.values.clear();
  out.views.clear();
  for (const RestrictionRef& restriction : restrictions) {
    auto value = restriction->value.parts.front()->evaluate(evaluation);
    if (!value || !value->has_bytes()) return false;
    out.values.push_back(*std::move(value));
  }
  for (const TermValue& value : out.values) out.views.push_back(value.bytes());
  return true;
}

bool Restrictions::bind_plain(const Evaluation& evaluation, PlainKey& out) const {
  out.key.clear();
  out.position.clear();
  if (!append_plain(partition_, evaluation, out.partition) || !append_plain(clustering_, evaluation, out.clustering))
    return false;
  if (!append_partition_key(*table_, out.partition.views, out.key)) return false;
  out.token = token_of(out.key);
  size_t bytes = 0;
  for (const BytesView part : out.clustering.views) bytes += part.size();
  if (bytes > kClusteringBytesMax) return false;
  append_position(*table_, out.clustering.views, out.position);
  out.as_written = clustering_as_written(*table_, out.clustering.views);
  return true;
}

}  // namespace ringlet::cql
