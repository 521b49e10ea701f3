#include "core/node/restore_plan.h"

#include <algorithm>
#include <set>

#include "core/query/schema_plan.h"
#include "core/query/system_tables.h"

namespace ringlet {
namespace {

std::string full_name(const Table& table) { return table.keyspace + "." + table.name; }

std::unexpected<Error> unlike(const Table& to, const std::string& what) {
  return fail(Errc::invalid,
              full_name(to) + " differs from the snapshot's table: " + what +
                  ". Restore under another name with --as, or drop the table first: it is then made as it was");
}

Status check_keys(const char* what, const std::vector<Column>& from, const std::vector<Column>& in, const Table& to) {
  const auto same = [](const Column& a, const Column& b) {
    return a.descending == b.descending && same_type(*a.type, *b.type);
  };
  if (std::ranges::equal(from, in, same)) return {};
  return unlike(to, std::string("its ") + what + " is another one");
}

Status check_cells(const std::vector<Column>& columns, const Table& to) {
  for (const Column& column : columns) {
    const Column* there = to.find(column.id);
    if (there == nullptr || there->name != column.name || there->kind != column.kind)
      return unlike(to, "column '" + column.name + "' is missing or another one there");
    if (!same_type(*there->type, *column.type)) return unlike(to, "column '" + column.name + "' has another type");
  }
  return {};
}

// The same table, though altered since, always suits: its column numbers are never used again, and it knows what was dropped.
Status check_same_columns(const Table& from, const Table& to) {
  if (from.is_counter != to.is_counter) return unlike(to, "one of them holds counters");
  TRY_STATUS(check_keys("partition key", from.partition_key, to.partition_key, to));
  TRY_STATUS(check_keys("clustering", from.clustering, to.clustering, to));
  if (from.id == to.id) return {};
  TRY_STATUS(check_cells(from.statics, to));
  TRY_STATUS(check_cells(from.regulars, to));
  for (const DroppedColumn& gone : from.dropped)  // its files may still hold cells of it
    if (to.find(gone.id) != nullptr || to.dropped_at(gone.id) < gone.dropped_at)
      return unlike(to, "column '" + gone.name + "' was dropped from the snapshot's");
  return {};
}

bool names_user_type(const Type& type) {
  return type.kind == TypeKind::user ||
         std::ranges::any_of(type.parameters, [](const TypeRef& part) { return names_user_type(*part); });
}

bool names_user_type(const Table& table) {
  for (const auto* columns : {&table.partition_key, &table.clustering, &table.statics, &table.regulars})
    if (std::ranges::any_of(*columns, [](const Column& c) { return names_user_type(*c.type); })) return true;
  return false;
}

Result<TableRef> new_table(const Table& from, const std::string& keyspace, const std::string& name, TableId id) {
  if (keyspace != from.keyspace && names_user_type(from))
    return fail(Errc::invalid,
                full_name(from) + " has columns of user types, which belong to its keyspace: restore it there");
  auto table = std::make_shared<Table>(from);
  table->id = id;
  table->keyspace = keyspace;
  table->name = name;
  return table;
}

Result<RestoreTarget> target_of(const TableRef& from, const RestoreRequest& request, const Schema& schema,
                                const std::function<TableId()>& new_id) {
  const std::string& keyspace = request.as_keyspace.empty() ? from->keyspace : request.as_keyspace;
  const std::string& name = request.as_table.empty() ? from->name : request.as_table;
  if (is_system_keyspace(keyspace)) return fail(Errc::invalid, "nothing can be restored into the keyspace " + keyspace);
  TRY_STATUS(check_name("Keyspace", keyspace));
  TRY_STATUS(check_name("Table", name));
  RestoreTarget target{.from = from};
  if (TableRef there = schema.table(keyspace, name)) {
    TRY_STATUS(check_same_columns(*from, *there));
    target.to = std::move(there);
  } else {
    TRY(target.to, new_table(*from, keyspace, name, new_id()));
    target.is_new = true;
  }
  return target;
}

// The keyspace and its types, where the new table's keyspace lacks them.
Status add_surroundings(const Keyspace& from, const Table& table, const Schema& schema, std::set<std::string>& done,
                        std::vector<CatalogChange>& changes) {
  if (!done.insert(table.keyspace).second) return {};
  const KeyspaceRef there = schema.keyspace(table.keyspace);
  if (!there) changes.push_back(PutKeyspace{table.keyspace, from.replication, from.durable_writes});
  if (table.keyspace != from.name) return {};
  for (const auto& [name, type] : from.types) {
    const auto known = there ? there->types.find(name) : from.types.end();
    if (!there || known == there->types.end())
      changes.push_back(PutType{table.keyspace, name, type});
    else if (!same_type(*known->second, *type))
      return fail(Errc::invalid, "the type " + table.keyspace + "." + name +
                                     " is not what it was at the snapshot: tables that are missing cannot be made");
  }
  return {};
}

}  // namespace

Result<std::vector<RestoreTarget>> plan_restore(const SnapshotManifest& snapshot, const RestoreRequest& request,
                                                const Schema& schema, const std::function<TableId()>& new_id) {
  if (!request.as_table.empty() && request.table.empty())
    return fail(Errc::invalid, "another name can be given to one table only: say which one of the snapshot");
  std::vector<RestoreTarget> targets;
  for (const auto& [name, keyspace] : snapshot.schema->keyspaces) {
    if (!request.keyspace.empty() && name != request.keyspace) continue;
    for (const auto& [table_name, table] : keyspace->tables) {
      if (!request.table.empty() && table_name != request.table) continue;
      TRY(RestoreTarget target, target_of(table, request, schema, new_id));
      for (const SnapshotFile& file : snapshot.files)
        if (file.table == table->id) target.files.push_back(file);
      targets.push_back(std::move(target));
    }
  }
  if (!targets.empty() || request.keyspace.empty()) return targets;
  return fail(Errc::not_found, "the snapshot " + request.snapshot + (request.backups ? " with its backups" : "") +
                                   " holds nothing of " + request.keyspace +
                                   (request.table.empty() ? "" : "." + request.table));
}

Result<CatalogCommand> restore_schema(const SnapshotManifest& snapshot, const std::vector<RestoreTarget>& targets,
                                      const Schema& schema) {
  CatalogCommand command;
  command.base = schema.version;
  std::set<std::string> keyspaces;
  for (const RestoreTarget& target : targets) {
    const TableRef there = schema.table(target.to->keyspace, target.to->name);
    if (there && there->id == target.to->id) {
      TRY_STATUS(check_same_columns(*target.from, *there));
      continue;
    }
    if (!target.is_new)
      return fail(Errc::invalid, full_name(*target.to) + " was dropped meanwhile: nothing was restored");
    if (there) return fail(Errc::invalid, full_name(*target.to) + " was created meanwhile: nothing was restored");
    const KeyspaceRef from = snapshot.schema->keyspace(target.from->keyspace);
    TRY_STATUS(add_surroundings(*from, *target.to, schema, keyspaces, command.changes));
    command.changes.push_back(PutTable{target.to});
  }
  return command;
}

}  // namespace ringlet
