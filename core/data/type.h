// CQL types, resolved: what a column, a bind marker or a result column is made of. Immutable and shared.
//
// Rendering is Cassandra's: `text` never varchar, `map<text, int>` with ", ", tuples and frozen collections as
// `frozen<...>` where they are frozen. A user type is known by keyspace and name; its fields are part of the Type, so a
// schema change makes new Types and leaves old ones (held by running requests) as they were.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace ringlet {

enum class TypeKind : uint8_t {
  // Values are written into schema records and sstable dictionaries: frozen.
  ascii = 1,
  bigint = 2,
  blob = 3,
  boolean = 4,
  counter = 5,
  decimal = 6,
  double_ = 7,
  float_ = 8,
  int_ = 9,
  timestamp = 11,
  uuid = 12,
  text = 13,
  varint = 14,
  timeuuid = 15,
  inet = 16,
  date = 17,
  time = 18,
  smallint = 19,
  tinyint = 20,
  duration = 21,
  list = 32,
  map = 33,
  set = 34,
  user = 48,
  tuple = 49,
  vector = 50,
};

struct Type;
using TypeRef = std::shared_ptr<const Type>;

struct Type {
  TypeKind kind;
  bool frozen = false;                   // collections and user types; tuples and vectors always are
  std::vector<TypeRef> parameters;       // element | key, value | fields
  std::string keyspace, name;            // user types
  std::vector<std::string> field_names;  // user types, one for each parameter
  uint32_t dimension = 0;                // vectors

  bool is_collection() const { return kind == TypeKind::list || kind == TypeKind::set || kind == TypeKind::map; }
  // Stored as many cells, one for each element or field.
  bool is_multi_cell() const { return !frozen && (is_collection() || kind == TypeKind::user); }
};

TypeRef native_type(TypeKind kind);  // one shared instance for each
TypeRef list_type(TypeRef element, bool frozen);
TypeRef set_type(TypeRef element, bool frozen);
TypeRef map_type(TypeRef key, TypeRef value, bool frozen);
TypeRef tuple_type(std::vector<TypeRef> fields);
TypeRef vector_type(TypeRef element, uint32_t dimension);
TypeRef user_type(std::string keyspace, std::string name, std::vector<std::string> field_names,
                  std::vector<TypeRef> fields, bool frozen);
TypeRef frozen_type(const TypeRef& type);    // the same type, frozen (and everything in it)
TypeRef unfrozen_type(const TypeRef& type);  // the outermost layer thawed

std::optional<TypeKind> native_kind(std::string_view cql_name);  // "int", "varchar"; nullopt for anything not native
bool same_type(const Type& a, const Type& b);
std::string to_cql(const Type& type);  // as system_schema shows it: `frozen<list<int>>`, `tuple<int, text>` frozen
std::string to_java_class(const Type& type);  // org.apache.cassandra.db.marshal.Int32Type and so on, for custom options

// One encode, one decode: schema records and column dictionaries carry types in this form.
void encode_type(const Type& type, ByteWriter& out);
Result<TypeRef> decode_type(ByteReader& in);

}  // namespace ringlet
