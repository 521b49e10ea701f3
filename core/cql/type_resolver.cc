#include "core/cql/type_resolver.h"

#include <algorithm>

#include "core/cql/render.h"

namespace ringlet::cql {
namespace {

struct NativeName {
  std::string_view name;
  TypeKind kind;
};
constexpr NativeName kNativeNames[] = {
    {"ascii", TypeKind::ascii},         {"bigint", TypeKind::bigint},     {"blob", TypeKind::blob},
    {"boolean", TypeKind::boolean},     {"counter", TypeKind::counter},   {"date", TypeKind::date},
    {"decimal", TypeKind::decimal},     {"double", TypeKind::double_},    {"duration", TypeKind::duration},
    {"float", TypeKind::float_},        {"inet", TypeKind::inet},         {"int", TypeKind::int_},
    {"smallint", TypeKind::smallint},   {"text", TypeKind::text},         {"time", TypeKind::time},
    {"timestamp", TypeKind::timestamp}, {"timeuuid", TypeKind::timeuuid}, {"tinyint", TypeKind::tinyint},
    {"uuid", TypeKind::uuid},           {"varchar", TypeKind::text},      {"varint", TypeKind::varint},
};
constexpr uint32_t kVectorDimensionMax = 8192;

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

class Resolver {
 public:
  Resolver(const Schema& schema, std::string_view keyspace) : schema_(schema), keyspace_(keyspace) {}

  Result<TypeRef> resolve(const TypeName& name) const {
    TRY(TypeRef type, thawed(name));
    if (!name.frozen) return type;
    if (!type->is_collection() && type->kind != TypeKind::user && type->kind != TypeKind::tuple &&
        type->kind != TypeKind::vector)
      return invalid("frozen<> is only allowed on collections, tuples, and user-defined types (got " + to_cql(*type) +
                     ")");
    return frozen_type(type);
  }

 private:
  Result<TypeRef> thawed(const TypeName& name) const {
    switch (name.kind) {
      case TypeName::Kind::named:
        return named(name);
      case TypeName::Kind::list:
      case TypeName::Kind::set:
      case TypeName::Kind::map:
        return collection(name);
      case TypeName::Kind::tuple:
        return tuple(name);
      case TypeName::Kind::vector:
        return vector(name);
      case TypeName::Kind::custom:
        return custom(name);
    }
    return invalid("Unknown type " + name.name);
  }

  Result<TypeRef> named(const TypeName& name) const {
    if (!name.quoted && !name.keyspace)
      if (TypeRef native = native_type_named(name.name)) return native;
    const std::string keyspace = name.keyspace.value_or(std::string(keyspace_));
    if (name.keyspace && keyspace != keyspace_)
      return invalid("Statement on keyspace " + std::string(keyspace_) + " cannot refer to a user type in keyspace " +
                     keyspace + "; user types can only be used in the keyspace they are defined in");
    const KeyspaceRef found = schema_.keyspace(keyspace);
    if (found)
      if (const auto type = found->types.find(name.name); type != found->types.end()) return type->second;
    return invalid("Unknown type " + keyspace + "." + name.name);
  }

  Result<TypeRef> collection(const TypeName& name) const {
    std::vector<TypeRef> parts;
    for (const TypeName& parameter : name.parameters) {
      TRY(TypeRef part, resolve(parameter));
      TRY_STATUS(may_be_inside(*part, name));
      parts.push_back(std::move(part));
    }
    if (name.kind == TypeName::Kind::list) return list_type(parts[0], name.frozen);
    if (name.kind == TypeName::Kind::map) {
      if (parts[0]->kind == TypeKind::duration)
        return invalid("Durations are not allowed as map keys: " + to_cql(name));
      return map_type(parts[0], parts[1], name.frozen);
    }
    if (parts[0]->kind == TypeKind::duration) return invalid("Durations are not allowed inside sets: " + to_cql(name));
    return set_type(parts[0], name.frozen);
  }

  // Inside a frozen collection everything is frozen by itself.
  Status may_be_inside(const Type& part, const TypeName& collection) const {
    if (part.kind == TypeKind::counter)
      return invalid("Counters are not allowed inside collections: " + to_cql(collection));
    if (collection.frozen || !part.is_multi_cell()) return {};
    return invalid(std::string(part.is_collection() ? "Non-frozen collections" : "Non-frozen UDTs") +
                   " are not allowed inside collections: " + to_cql(collection));
  }

  Result<TypeRef> tuple(const TypeName& name) const {
    std::vector<TypeRef> parts;
    for (const TypeName& parameter : name.parameters) {
      TRY(TypeRef part, resolve(parameter));
      if (part->kind == TypeKind::counter) return invalid("Counters are not allowed inside tuples");
      parts.push_back(frozen_type(part));
    }
    return tuple_type(std::move(parts));
  }

  Result<TypeRef> vector(const TypeName& name) const {
    TRY(TypeRef part, resolve(name.parameters[0]));
    if (part->kind == TypeKind::counter) return invalid("Counters are not allowed inside vectors");
    if (name.dimension < 1)
      return invalid("vectors may only have positive dimensions; given " + std::to_string(name.dimension));
    if (name.dimension > kVectorDimensionMax)
      return invalid("a vector may have at most " + std::to_string(kVectorDimensionMax) + " dimensions; given " +
                     std::to_string(name.dimension));
    return vector_type(frozen_type(part), name.dimension);
  }

  // Only classes that are native types by another name; with or without the package.
  Result<TypeRef> custom(const TypeName& name) const {
    constexpr std::string_view kPackage = "org.apache.cassandra.db.marshal.";
    std::string class_name = name.name;
    if (class_name.find('.') == class_name.npos) class_name = std::string(kPackage) + class_name;
    for (const NativeName& native : kNativeNames)
      if (to_java_class(*native_type(native.kind)) == class_name) return native_type(native.kind);
    return invalid("Unable to find custom type class " + name.name);
  }

  const Schema& schema_;
  std::string_view keyspace_;
};

}  // namespace

TypeRef native_type_named(std::string_view name) {
  const auto* found = std::ranges::find(kNativeNames, name, &NativeName::name);
  return found == std::end(kNativeNames) ? nullptr : native_type(found->kind);
}

Result<TypeRef> resolve_type(const TypeName& name, const Schema& schema, std::string_view keyspace) {
  return Resolver(schema, keyspace).resolve(name);
}

}  // namespace ringlet::cql
