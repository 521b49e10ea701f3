#include "core/query/describe.h"

#include <algorithm>

#include "core/data/identifier.h"
#include "core/data/value.h"
#include "core/query/system_tables.h"

namespace ringlet {
namespace {

using What = cql::Describe::What;

std::unexpected<Error> not_found(const std::string& what, const std::string& keyspace) {
  return fail(Errc::invalid, what + " not found in '" + keyspace + "'");
}

std::string folded(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return name;
}

struct Row {
  std::string keyspace, type, name, create;
};

// --- rows -------------------------------------------------------------------------------------------------------------

class Rows {
 public:
  explicit Rows(bool with_internals) : with_internals_(with_internals) {}
  std::vector<Row> take() && { return std::move(rows_); }

  void keyspace(const Keyspace& keyspace) {
    add(keyspace.name, "keyspace", keyspace.name, create_keyspace_text(keyspace));
  }
  void type(const Keyspace& keyspace, const Type& type) {
    add(keyspace.name, "type", type.name, create_type_text(type));
  }
  void table(const Table& table) {
    add(table.keyspace, "table", table.name, create_table_text(table, with_internals_));
  }

  void whole_keyspace(const Keyspace& keyspace) {
    this->keyspace(keyspace);
    types_in_order(keyspace);
    std::map<std::pair<std::string, std::string>, const Table*> tables;  // by name, whatever its case
    for (const auto& [name, table] : keyspace.tables) tables[{folded(name), name}] = table.get();
    for (const auto& [name, table] : tables) this->table(*table);
  }

 private:
  void add(const std::string& keyspace, const char* type, const std::string& name, std::string create) {
    rows_.push_back({quote_if_needed(keyspace), type, quote_if_needed(name), std::move(create)});
  }

  // A type after those it is made of. Types never refer to each other in a circle, so each round places one at least.
  void types_in_order(const Keyspace& keyspace) {
    std::map<std::string, TypeRef> left = keyspace.types;
    while (!left.empty()) {
      const size_t before = left.size();
      for (auto it = left.begin(); it != left.end();) {
        const bool ready =
            std::ranges::none_of(it->second->parameters, [&](const TypeRef& t) { return uses_any(*t, left); });
        if (ready) type(keyspace, *it->second);
        it = ready ? left.erase(it) : std::next(it);
      }
      if (left.size() == before) break;
    }
  }
  static bool uses_any(const Type& type, const std::map<std::string, TypeRef>& types) {
    if (type.kind == TypeKind::user && types.contains(type.name)) return true;
    return std::ranges::any_of(type.parameters, [&](const TypeRef& part) { return uses_any(*part, types); });
  }

  const bool with_internals_;
  std::vector<Row> rows_;
};

class Describer {
 public:
  Describer(const cql::Describe& describe, const Schema& schema, const std::string& current)
      : describe_(describe), schema_(schema), current_(current), rows_(describe.with_internals) {}

  Result<std::vector<Row>> rows() {
    TRY_STATUS(collect());
    if (lists()) return std::move(list_);
    return std::move(rows_).take();
  }
  bool lists() const { return describe_.what >= What::keyspaces && describe_.what <= What::aggregates; }

 private:
  Status collect() {
    switch (describe_.what) {
      case What::cluster:
      case What::functions:
      case What::aggregates:
        return {};
      case What::schema:
        return whole_schema();
      case What::keyspaces:
      case What::tables:
      case What::types:
        return list();
      case What::keyspace:
        return keyspace();
      case What::table:
        return table();
      case What::type:
        return type();
      case What::anything:
        return anything();
      case What::index:
        return none("Table for existing index '", "'");
      case What::view:
        return none("Materialized view '", "'");
      case What::function:
        return none("User defined function '", "'");
      case What::aggregate:
        return none("User defined aggregate '", "'");
    }
    return {};
  }

  Status whole_schema() {
    for (const auto& [name, keyspace] : schema_.keyspaces)
      if (describe_.full || !is_system_keyspace(name)) rows_.whole_keyspace(*keyspace);
    return {};
  }

  Status list() {
    for (const auto& [keyspace_name, keyspace] : schema_.keyspaces) {
      if (describe_.what == What::keyspaces) list_.push_back({keyspace_name, "keyspace", keyspace_name, ""});
      if (!current_.empty() && keyspace_name != current_) continue;
      if (describe_.what == What::tables)
        for (const auto& [name, table] : keyspace->tables) list_.push_back({keyspace_name, "table", name, ""});
      if (describe_.what == What::types)
        for (const auto& [name, user] : keyspace->types) list_.push_back({keyspace_name, "type", name, ""});
    }
    // Cassandra's order of names: by keyspace, capitals among the others.
    auto order = [](const Row& row) { return std::pair{folded(row.keyspace), folded(row.name)}; };
    std::ranges::sort(list_, {}, order);
    for (Row& row : list_) {
      row.keyspace = quote_if_needed(row.keyspace);
      row.name = quote_if_needed(row.name);
    }
    return {};
  }

  Result<KeyspaceRef> known(const std::string& name) const {
    KeyspaceRef found = schema_.keyspace(name);
    if (!found) return fail(Errc::invalid, "'" + name + "' not found in keyspaces");
    return found;
  }
  Result<KeyspaceRef> keyspace_of_name() const {
    const std::string name = describe_.name && describe_.name->keyspace ? *describe_.name->keyspace : current_;
    if (name.empty()) return fail(Errc::invalid, "No keyspace specified and no current keyspace");
    return known(name);
  }

  Status keyspace() {
    const std::string name = describe_.name ? describe_.name->name : current_;
    if (name.empty()) return fail(Errc::invalid, "No keyspace specified and no current keyspace");
    TRY(const KeyspaceRef found, known(name));
    if (describe_.only)
      rows_.keyspace(*found);
    else
      rows_.whole_keyspace(*found);
    return {};
  }

  Status table() {
    TRY(const KeyspaceRef keyspace, keyspace_of_name());
    const auto found = keyspace->tables.find(describe_.name->name);
    if (found == keyspace->tables.end())
      return fail(Errc::invalid, "Table '" + describe_.name->name + "' not found in keyspace '" + keyspace->name + "'");
    rows_.table(*found->second);
    return {};
  }

  Status type() {
    TRY(const KeyspaceRef keyspace, keyspace_of_name());
    const auto found = keyspace->types.find(describe_.name->name);
    if (found == keyspace->types.end())
      return not_found("User defined type '" + describe_.name->name + "'", keyspace->name);
    rows_.type(*keyspace, *found->second);
    return {};
  }

  // A keyspace of that name, else a table of the current one.
  Status anything() {
    const std::string& name = describe_.name->name;
    if (!describe_.name->keyspace && schema_.keyspace(name)) return keyspace();
    if (!describe_.name->keyspace && current_.empty())
      return fail(Errc::invalid, "'" + name + "' not found in keyspaces");
    TRY(const KeyspaceRef keyspace, keyspace_of_name());
    const auto found = keyspace->tables.find(name);
    if (found == keyspace->tables.end())
      return fail(Errc::invalid, "'" + name + "' not found in keyspace '" + keyspace->name + "'");
    rows_.table(*found->second);
    return {};
  }

  Status none(const char* before, const char* after) const {
    TRY(const KeyspaceRef keyspace, keyspace_of_name());
    return not_found(before + describe_.name->name + after, keyspace->name);
  }

  const cql::Describe& describe_;
  const Schema& schema_;
  const std::string& current_;
  Rows rows_;
  std::vector<Row> list_;
};

// --- results ----------------------------------------------------------------------------------------------------------

ResultMetadataRef metadata_of(std::initializer_list<const char*> names, bool with_ranges = false) {
  const TypeRef text = native_type(TypeKind::text);
  std::vector<ResultColumn> columns;
  for (const char* name : names) columns.push_back({"system", "describe", name, text});
  if (with_ranges)
    columns.push_back({"system", "describe", "range_ownership", map_type(text, list_type(text, true), false)});
  return make_result_metadata(std::move(columns));
}

void append_cell(BytesView value, Bytes& cells) {
  ByteWriter out(cells);
  out.big(static_cast<int32_t>(value.size()));
  out.bytes(value);
}

// Which tokens end at which node: all at this one.
Bytes ranges_of(const NodeInfo& node) {
  const TypeRef text = native_type(TypeKind::text), list = list_type(text, true), map = map_type(text, list, true);
  const std::string endpoint = "/" + node.address + ":" + std::to_string(node.peer_port);
  const Bytes endpoints = join_elements(*list, {endpoint});
  std::map<std::string, Bytes> ranges;
  for (const Token token : node.tokens) ranges[std::to_string(token.raw)] = endpoints;
  std::vector<std::optional<BytesView>> elements;
  for (const auto& [token, owners] : ranges) {
    elements.push_back(token);
    elements.push_back(owners);
  }
  return join_elements(*map, elements);
}

RowsResult describe_cluster(const NodeInfo& node, const std::string& keyspace) {
  const bool with_ranges = !keyspace.empty() && !is_system_keyspace(keyspace);
  RowsResult result;
  result.metadata = metadata_of({"cluster", "partitioner", "snitch"}, with_ranges);
  result.row_count = 1;
  for (const std::string& value : {node.cluster_name, std::string("Murmur3Partitioner"), std::string("SimpleSnitch")})
    append_cell(value, result.cells);
  if (with_ranges) append_cell(ranges_of(node), result.cells);
  return result;
}

// Paging state: u8 version, u32 rows already shown.
constexpr uint8_t kStateVersion = 1;

Result<size_t> first_row(std::optional<BytesView> paging_state) {
  if (!paging_state) return 0;
  ByteReader in(*paging_state);
  const uint8_t version = in.u8();
  const auto row = in.big<uint32_t>();
  if (in.bad() || !in.done() || version != kStateVersion)
    return fail(Errc::protocol, "Invalid value for the paging state");
  return row;
}

}  // namespace

Result<RowsResult> run_describe(const cql::Describe& describe, const Schema& schema, const NodeInfo& node,
                                const std::string& keyspace, int32_t page_size, std::optional<BytesView> paging_state) {
  if (describe.what == What::cluster) return describe_cluster(node, keyspace);
  Describer describer(describe, schema, keyspace);
  TRY(const std::vector<Row> rows, describer.rows());
  TRY(const size_t first, first_row(paging_state));
  RowsResult result;
  result.metadata = describer.lists() ? metadata_of({"keyspace_name", "type", "name"})
                                      : metadata_of({"keyspace_name", "type", "name", "create_statement"});
  size_t at = first;
  for (; at < rows.size() && (page_size < 1 || at - first < static_cast<size_t>(page_size)); ++at) {
    for (const std::string* value : {&rows[at].keyspace, &rows[at].type, &rows[at].name})
      append_cell(*value, result.cells);
    if (!describer.lists()) append_cell(rows[at].create, result.cells);
    ++result.row_count;
  }
  if (at < rows.size()) {
    Bytes state;
    ByteWriter out(state);
    out.u8(kStateVersion);
    out.big(static_cast<uint32_t>(at));
    result.paging_state = std::move(state);
  }
  return result;
}

}  // namespace ringlet
