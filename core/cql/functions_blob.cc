// int_as_blob, blob_as_int and the same for every native type; intAsBlob and blobAsInt are their older names.
#include "core/cql/functions.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

void add_pair(std::vector<FunctionRef>& out, const std::string& type_name, TypeKind kind, bool legacy) {
  auto to_blob = std::make_shared<Function>();
  to_blob->name = legacy ? type_name + "asblob" : type_name + "_as_blob";
  to_blob->arguments = {native_type(kind)};
  to_blob->result = native_type(TypeKind::blob);
  to_blob->body = [](FunctionArguments a, EvaluationContext&) -> Result<FunctionValue> { return Bytes(*a[0]); };
  out.push_back(to_blob);

  auto from_blob = std::make_shared<Function>();
  from_blob->name = legacy ? "blobas" + type_name : "blob_as_" + type_name;
  from_blob->arguments = {native_type(TypeKind::blob)};
  from_blob->result = native_type(kind);
  from_blob->body = [name = from_blob->name, type = native_type(kind)](FunctionArguments a,
                                                                       EvaluationContext&) -> Result<FunctionValue> {
    if (!validate(*type, *a[0]))
      return fail(Errc::invalid, "In call to function system." + name + ", value 0x" + to_hex(*a[0]) +
                                     " is not a valid binary representation for type " + to_cql(*type));
    return Bytes(*a[0]);
  };
  out.push_back(from_blob);
}

}  // namespace

void add_blob_functions(std::vector<FunctionRef>& out) {
  for (int kind = 1; kind <= static_cast<int>(TypeKind::duration); ++kind) {
    if (kind == 10 || kind == static_cast<int>(TypeKind::blob)) continue;  // no type has the number 10
    const TypeRef type = native_type(static_cast<TypeKind>(kind));
    for (const bool legacy : {false, true}) {
      add_pair(out, to_cql(*type), type->kind, legacy);
      if (type->kind == TypeKind::text) add_pair(out, "varchar", type->kind, legacy);
    }
  }
}

}  // namespace ringlet::cql
