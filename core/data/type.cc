#include "core/data/type.h"

#include <algorithm>
#include <array>

#include "core/base/limits.h"
#include "core/base/must.h"
#include "core/data/identifier.h"

namespace ringlet {
namespace {

struct NativeName {
  TypeKind kind;
  const char* cql;
  const char* java;
};
constexpr NativeName kNatives[] = {
    {TypeKind::ascii, "ascii", "AsciiType"},
    {TypeKind::bigint, "bigint", "LongType"},
    {TypeKind::blob, "blob", "BytesType"},
    {TypeKind::boolean, "boolean", "BooleanType"},
    {TypeKind::counter, "counter", "CounterColumnType"},
    {TypeKind::decimal, "decimal", "DecimalType"},
    {TypeKind::double_, "double", "DoubleType"},
    {TypeKind::float_, "float", "FloatType"},
    {TypeKind::int_, "int", "Int32Type"},
    {TypeKind::timestamp, "timestamp", "TimestampType"},
    {TypeKind::uuid, "uuid", "UUIDType"},
    {TypeKind::text, "text", "UTF8Type"},
    {TypeKind::varint, "varint", "IntegerType"},
    {TypeKind::timeuuid, "timeuuid", "TimeUUIDType"},
    {TypeKind::inet, "inet", "InetAddressType"},
    {TypeKind::date, "date", "SimpleDateType"},
    {TypeKind::time, "time", "TimeType"},
    {TypeKind::smallint, "smallint", "ShortType"},
    {TypeKind::tinyint, "tinyint", "ByteType"},
    {TypeKind::duration, "duration", "DurationType"},
};

const NativeName* find_native(TypeKind kind) {
  const auto* found = std::ranges::find(kNatives, kind, &NativeName::kind);
  return found == std::end(kNatives) ? nullptr : found;
}

TypeRef make(Type type) { return std::make_shared<const Type>(std::move(type)); }

std::vector<TypeRef> all_frozen(const std::vector<TypeRef>& types) {
  std::vector<TypeRef> frozen;
  for (const TypeRef& type : types) frozen.push_back(frozen_type(type));
  return frozen;
}

TypeRef collection(TypeKind kind, std::vector<TypeRef> parameters, bool frozen) {
  return make({.kind = kind, .frozen = frozen, .parameters = frozen ? all_frozen(parameters) : std::move(parameters)});
}

}  // namespace

TypeRef native_type(TypeKind kind) {
  static const auto kShared = [] {
    std::array<TypeRef, 22> shared;
    for (const NativeName& native : kNatives) shared[static_cast<size_t>(native.kind)] = make({.kind = native.kind});
    return shared;
  }();
  MUST(find_native(kind));
  return kShared[static_cast<size_t>(kind)];
}

TypeRef list_type(TypeRef element, bool frozen) { return collection(TypeKind::list, {std::move(element)}, frozen); }
TypeRef set_type(TypeRef element, bool frozen) { return collection(TypeKind::set, {std::move(element)}, frozen); }
TypeRef map_type(TypeRef key, TypeRef value, bool frozen) {
  return collection(TypeKind::map, {std::move(key), std::move(value)}, frozen);
}
TypeRef tuple_type(std::vector<TypeRef> fields) {
  return make({.kind = TypeKind::tuple, .frozen = true, .parameters = all_frozen(fields)});
}
TypeRef vector_type(TypeRef element, uint32_t dimension) {
  return make({.kind = TypeKind::vector, .frozen = true, .parameters = {frozen_type(element)}, .dimension = dimension});
}
TypeRef user_type(std::string keyspace, std::string name, std::vector<std::string> field_names,
                  std::vector<TypeRef> fields, bool frozen) {
  MUST(field_names.size() == fields.size());
  return make({.kind = TypeKind::user,
               .frozen = frozen,
               .parameters = frozen ? all_frozen(fields) : std::move(fields),
               .keyspace = std::move(keyspace),
               .name = std::move(name),
               .field_names = std::move(field_names)});
}

TypeRef frozen_type(const TypeRef& type) {
  if (!type->is_multi_cell()) return type;  // what is frozen was made with everything in it frozen
  Type copy = *type;
  copy.frozen = true;
  copy.parameters = all_frozen(type->parameters);
  return make(std::move(copy));
}

TypeRef unfrozen_type(const TypeRef& type) {
  if (!type->frozen || (!type->is_collection() && type->kind != TypeKind::user)) return type;
  Type copy = *type;
  copy.frozen = false;
  return make(std::move(copy));
}

bool same_type(const Type& a, const Type& b) {
  return a.kind == b.kind && a.frozen == b.frozen && a.keyspace == b.keyspace && a.name == b.name &&
         a.field_names == b.field_names && a.dimension == b.dimension &&
         std::ranges::equal(a.parameters, b.parameters,
                            [](const TypeRef& x, const TypeRef& y) { return x == y || same_type(*x, *y); });
}

// --- names -------------------------------------------------------------------------------------------------------------

static std::string joined(const Type& type, const char* separator, std::string (*show)(const Type&)) {
  std::string text;
  for (const TypeRef& parameter : type.parameters) text += (text.empty() ? "" : separator) + show(*parameter);
  return text;
}

static std::string thawed_cql(const Type& type) {
  switch (type.kind) {
    case TypeKind::list:
      return "list<" + joined(type, ", ", to_cql) + ">";
    case TypeKind::set:
      return "set<" + joined(type, ", ", to_cql) + ">";
    case TypeKind::map:
      return "map<" + joined(type, ", ", to_cql) + ">";
    case TypeKind::tuple:
      return "tuple<" + joined(type, ", ", to_cql) + ">";
    case TypeKind::user:
      return quote_if_needed(type.name);
    case TypeKind::vector:
      return "vector<" + to_cql(*type.parameters[0]) + ", " + std::to_string(type.dimension) + ">";
    default:
      return find_native(type.kind)->cql;
  }
}

std::string to_cql(const Type& type) {
  const std::string text = thawed_cql(type);
  return type.frozen && type.kind != TypeKind::vector ? "frozen<" + text + ">" : text;
}

// Inside something frozen Cassandra does not repeat FrozenType; a tuple never says it, and what is in one never does.
static std::string java_class(const Type& type, bool inside_frozen) {
  static const std::string kPackage = "org.apache.cassandra.db.marshal.";
  const auto wrapped = [&](std::string text) {
    return type.frozen && !inside_frozen ? kPackage + "FrozenType(" + text + ")" : text;
  };
  const bool frozen = inside_frozen || type.frozen;
  const auto parameter = [&](size_t i) { return java_class(*type.parameters[i], frozen); };
  switch (type.kind) {
    case TypeKind::list:
      return wrapped(kPackage + "ListType(" + parameter(0) + ")");
    case TypeKind::set:
      return wrapped(kPackage + "SetType(" + parameter(0) + ")");
    case TypeKind::map:
      return wrapped(kPackage + "MapType(" + parameter(0) + "," + parameter(1) + ")");
    case TypeKind::vector:
      return kPackage + "VectorType(" + parameter(0) + " , " + std::to_string(type.dimension) + ")";
    case TypeKind::tuple:
    case TypeKind::user: {
      std::string text;
      for (size_t i = 0; i < type.parameters.size(); ++i) {
        if (i > 0 || type.kind == TypeKind::user) text += ",";
        if (type.kind == TypeKind::user) text += to_hex(type.field_names[i]) + ":";
        text += parameter(i);
      }
      if (type.kind == TypeKind::tuple) return kPackage + "TupleType(" + text + ")";
      return wrapped(kPackage + "UserType(" + type.keyspace + "," + to_hex(type.name) + text + ")");
    }
    default:
      return kPackage + find_native(type.kind)->java;
  }
}

std::string to_java_class(const Type& type) { return java_class(type, false); }

std::optional<TypeKind> native_kind(std::string_view cql_name) {
  if (cql_name == "varchar") return TypeKind::text;
  const auto* found = std::ranges::find_if(kNatives, [&](const NativeName& native) { return native.cql == cql_name; });
  return found == std::end(kNatives) ? std::nullopt : std::optional(found->kind);
}

// --- bytes -------------------------------------------------------------------------------------------------------------
// Type, version 1: u8 kind; collections: u8 frozen, the parameters; user: u8 frozen, keyspace, name, vint fields x (name,
// type); tuple: vint fields x type; vector: vint dimension, type. Names are sized bytes.

void encode_type(const Type& type, ByteWriter& out) {
  out.u8(static_cast<uint8_t>(type.kind));
  if (type.is_collection() || type.kind == TypeKind::user) out.u8(type.frozen);
  if (type.kind == TypeKind::user) {
    out.sized_bytes(type.keyspace);
    out.sized_bytes(type.name);
  }
  if (type.kind == TypeKind::user || type.kind == TypeKind::tuple) out.unsigned_vint(type.parameters.size());
  if (type.kind == TypeKind::vector) out.unsigned_vint(type.dimension);
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    if (type.kind == TypeKind::user) out.sized_bytes(type.field_names[i]);
    encode_type(*type.parameters[i], out);
  }
}

static Result<TypeRef> decode_type_at(ByteReader& in, int depth) {
  if (depth > kParserDepthMax) return fail(Errc::corrupt, "type: nested too deep");
  Type type{.kind = static_cast<TypeKind>(in.u8())};
  if (!in.bad() && find_native(type.kind)) return native_type(type.kind);
  uint64_t parameters = 1;
  if (type.is_collection() || type.kind == TypeKind::user) type.frozen = in.u8() != 0;
  if (type.kind == TypeKind::map) parameters = 2;
  if (type.kind == TypeKind::user) {
    type.keyspace = in.sized_bytes();
    type.name = in.sized_bytes();
  }
  if (type.kind == TypeKind::user || type.kind == TypeKind::tuple) parameters = in.unsigned_vint();
  if (type.kind == TypeKind::vector) type.dimension = static_cast<uint32_t>(in.unsigned_vint());
  if (type.kind == TypeKind::tuple || type.kind == TypeKind::vector) type.frozen = true;
  const bool known = type.is_collection() || type.frozen || type.kind == TypeKind::user;
  if (in.bad() || !known || parameters > in.left()) return fail(Errc::corrupt, "type: unknown kind, or cut short");
  for (uint64_t i = 0; i < parameters; ++i) {
    if (type.kind == TypeKind::user) type.field_names.emplace_back(in.sized_bytes());
    TRY(TypeRef parameter, decode_type_at(in, depth + 1));
    type.parameters.push_back(std::move(parameter));
  }
  return make(std::move(type));
}

Result<TypeRef> decode_type(ByteReader& in) { return decode_type_at(in, 0); }

}  // namespace ringlet
