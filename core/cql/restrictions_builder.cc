// Relations to Restrictions: merged by column, then checked against the key (cql-grammar section 5).
#include <algorithm>

#include "core/cql/relations.h"
#include "core/cql/render.h"

namespace ringlet::cql {

using Kind = Restriction::Kind;

static std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

class RestrictionsBuilder {
 public:
  RestrictionsBuilder(Restrictions& out, const RestrictionRules& rules, const Table& table, TermContext& context)
      : out_(out),
        rules_(rules),
        table_(table),
        context_(context),
        filtering_(rules.allow_filtering || table.is_virtual) {
    partition_.resize(table.partition_key.size());
  }

  Status build(const std::vector<Relation>& where, RowShape& shape) {
    for (const Relation& relation : where) TRY_STATUS(add(relation));
    std::ranges::sort(clustering_, {}, [](const auto& r) { return r->first(); });
    TRY_STATUS(check_partition());
    TRY_STATUS(check_clustering());
    TRY_STATUS(check_others());
    TRY_STATUS(check_filtering());
    for (const auto& r : others_) shape.slot_of(*r->columns[0]);
    publish();
    return {};
  }

 private:
  using Owned = std::shared_ptr<Restriction>;

  Status add(const Relation& relation) {
    if (const auto* token = std::get_if<TokenRelation>(&relation.node)) {
      TRY(Restriction r, restriction_of(*token, relation, table_, context_));
      return merge_or_set(token_, std::move(r));
    }
    if (const auto* tuple = std::get_if<TupleRelation>(&relation.node)) {
      TRY(Restriction r, restriction_of(*tuple, relation, table_, context_));
      return add_clustering(std::move(r));
    }
    const auto* column = std::get_if<ColumnRelation>(&relation.node);
    if (!column) return invalid("Index expressions need an index: " + to_cql(relation));
    TRY(Restriction r, restriction_of(*column, relation, table_, context_));
    const TypeKind kind = r.columns[0]->type->kind;
    if (is_like(r) && (!filtering_ || (kind != TypeKind::text && kind != TypeKind::ascii)))
      return invalid("LIKE restriction is only supported on properly indexed columns. " + to_cql(relation) +
                     " is not valid.");
    switch (r.columns[0]->kind) {
      case ColumnKind::partition_key:
        return merge_or_set(partition_[r.first()], std::move(r));
      case ColumnKind::clustering:
        return add_clustering(std::move(r));
      default:
        return add_other(std::move(r));
    }
  }

  static bool is_like(const Restriction& r) { return r.kind == Kind::test && r.tests[0].op == RelationOperator::like; }
  static Status merge_or_set(Owned& into, Restriction&& r) {
    if (into) return merge_restriction(*into, std::move(r));
    into = std::make_shared<Restriction>(std::move(r));
    return {};
  }
  Status add_clustering(Restriction&& r) {
    for (const Owned& known : clustering_)
      for (const Column* column : known->columns)
        if (std::ranges::find(r.columns, column) != r.columns.end()) return merge_restriction(*known, std::move(r));
    clustering_.push_back(std::make_shared<Restriction>(std::move(r)));
    return {};
  }
  Status add_other(Restriction&& r) {
    for (const Owned& known : others_)
      if (known->columns[0] == r.columns[0]) return merge_restriction(*known, std::move(r));
    others_.push_back(std::make_shared<Restriction>(std::move(r)));
    return {};
  }

  bool is_select() const { return rules_.kind == StatementKind::select; }
  std::string statement() const {
    constexpr const char* kNames[] = {"SELECT", "INSERT", "UPDATE", "DELETE"};
    return kNames[static_cast<int>(rules_.kind)];
  }

  // --- partition key ---
  Status check_partition() {
    std::string missing;
    bool direct = true, any = false;
    for (size_t i = 0; i < partition_.size(); ++i) {
      if (!partition_[i])
        missing += (missing.empty() ? "" : ", ") + table_.partition_key[i].name;
      else
        any = true;
      direct &= partition_[i] && partition_[i]->picks_values();
    }
    if (!is_select()) {
      if (token_)
        return invalid("The token function cannot be used in WHERE clauses for " + statement() + " statements");
      if (!missing.empty()) return invalid("Some partition key parts are missing: " + missing);
      if (!direct)
        return invalid(
            "Only EQ and IN relation are supported on the partition key (unless you use the token() function) for " +
            statement() + " statements");
    }
    out_.is_key_range_ = !direct;
    if (any && !direct) {
      if (!filtering_) return invalid(kNeedsFiltering);
      out_.filters_ = true;
    }
    return {};
  }

  // --- clustering ---
  Status check_clustering() {
    if (rules_.only_statics && !clustering_.empty()) {
      if (is_select()) return invalid("Cannot restrict clustering columns when selecting only static columns");
      return invalid("Invalid restrictions on clustering columns since the " + statement() +
                     " statement modifies only static columns");
    }
    if (rules_.distinct && !clustering_.empty())
      return invalid(
          "SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.");
    if (rules_.kind == StatementKind::update || rules_.kind == StatementKind::insert)
      TRY_STATUS(check_full_clustering());
    size_t expected = 0;
    for (const Owned& r : clustering_) {
      const bool gap = r->first() != expected, after_slice = out_.sliceable_ > 0 && last_slice();
      if (after_slice && !filtering_)
        return invalid("Clustering column \"" + r->columns[0]->name + "\" cannot be restricted (preceding column \"" +
                       clustering_[out_.sliceable_ - 1]->columns[0]->name + "\" is restricted by a non-EQ relation)");
      if (gap && !filtering_)
        return invalid("PRIMARY KEY column \"" + r->columns[0]->name +
                       "\" cannot be restricted as preceding column \"" + table_.clustering[expected].name +
                       "\" is not restricted");
      if (r->kind == Kind::test && !filtering_)
        return invalid("Clustering columns can only be restricted with CONTAINS with a secondary index or filtering");
      if (gap || after_slice || r->kind == Kind::test) break;
      ++out_.sliceable_;
      expected += r->columns.size();
    }
    if (out_.sliceable_ < clustering_.size()) out_.filters_ = true;
    return {};
  }
  bool last_slice() const { return clustering_[out_.sliceable_ - 1]->kind == Kind::slice; }

  Status check_full_clustering() {
    std::vector<bool> given(table_.clustering.size());
    for (const Owned& r : clustering_) {
      if (r->kind == Kind::slice)
        return invalid("Slice restrictions are not supported on the clustering columns in " + statement() +
                       " statements");
      for (const Column* column : r->columns) given[column->position] = true;
    }
    std::string missing;
    for (size_t i = 0; i < given.size(); ++i)
      if (!given[i]) missing += (missing.empty() ? "" : ", ") + table_.clustering[i].name;
    if (!rules_.only_statics && !missing.empty()) return invalid("Some clustering keys are missing: " + missing);
    return {};
  }

  // --- the rest ---
  Status check_others() {
    if (others_.empty()) return {};
    if (!is_select()) {
      std::string names;
      for (const Owned& r : others_) names += (names.empty() ? "" : ", ") + r->columns[0]->name;
      return invalid("Non PRIMARY KEY columns found in where clause: " + names + " ");
    }
    for (const Owned& r : others_)
      if (rules_.distinct && r->columns[0]->kind != ColumnKind::static_)
        return invalid(
            "SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.");
    if (!filtering_) return invalid(kNeedsFiltering);
    out_.filters_ = true;
    return {};
  }

  Status check_filtering() const {
    if (is_select() && !filtering_ && out_.is_key_range_ && !clustering_.empty()) return invalid(kNeedsFiltering);
    return {};
  }

  void publish() {
    out_.partition_.assign(partition_.begin(), partition_.end());
    out_.clustering_.assign(clustering_.begin(), clustering_.end());
    out_.others_.assign(others_.begin(), others_.end());
    out_.token_ = token_;
  }

  Restrictions& out_;
  const RestrictionRules& rules_;
  const Table& table_;
  TermContext& context_;
  bool filtering_;
  std::vector<Owned> partition_, clustering_, others_;
  Owned token_;
};

Result<Restrictions> Restrictions::prepare(const std::vector<Relation>& where, const RestrictionRules& rules,
                                           TableRef table, RowShape& shape, TermContext& context) {
  Restrictions out;
  out.rules_ = rules;
  out.table_ = std::move(table);
  out.shape_ = &shape;
  TRY_STATUS(RestrictionsBuilder(out, rules, *out.table_, context).build(where, shape));
  return out;
}

// --- questions -------------------------------------------------------------------------------------------------------
bool Restrictions::partition_key_is_equal() const {
  return std::ranges::all_of(partition_, [](const auto& r) { return r && r->kind == Kind::equal; });
}
bool Restrictions::partition_key_is_in() const { return !is_key_range_ && !partition_key_is_equal(); }
bool Restrictions::partition_key_is_restricted() const {
  return token_ || std::ranges::any_of(partition_, [](const auto& r) { return r != nullptr; });
}

bool Restrictions::clustering_is_full() const {
  size_t columns = 0;
  for (const auto& r : clustering_) columns += r->picks_values() ? r->columns.size() : 0;
  return columns == table_->clustering.size();
}
bool Restrictions::clustering_has_in() const {
  return std::ranges::any_of(clustering_, [](const auto& r) { return r->kind == Kind::in; });
}

bool Restrictions::is_equal(const Column& column) const {
  const auto restricts = [&column](const auto& r) {
    return r && r->kind == Kind::equal && std::ranges::find(r->columns, &column) != r->columns.end();
  };
  return std::ranges::any_of(partition_, restricts) || std::ranges::any_of(clustering_, restricts) ||
         std::ranges::any_of(others_, restricts);
}

std::vector<uint16_t> Restrictions::partition_key_binds() const {
  std::vector<uint16_t> markers;
  for (const auto& r : partition_) {
    if (!r || r->kind != Kind::equal) return {};
    const auto marker = r->value.parts[0]->marker();
    if (!marker) return {};
    markers.push_back(static_cast<uint16_t>(*marker));
  }
  return markers;
}

}  // namespace ringlet::cql
