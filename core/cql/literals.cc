#include "core/cql/literals.h"

#include "core/data/text_value.h"

namespace ringlet::cql {
namespace {

bool may_stand_for(Literal::Kind literal, TypeKind to) {
  switch (literal) {
    case Literal::Kind::string:
      switch (to) {
        case TypeKind::text:
        case TypeKind::ascii:
        case TypeKind::inet:
        case TypeKind::date:
        case TypeKind::time:
        case TypeKind::timestamp:
          return true;
        default:
          return false;
      }
    case Literal::Kind::integer:
      switch (to) {
        case TypeKind::tinyint:
        case TypeKind::smallint:
        case TypeKind::int_:
        case TypeKind::bigint:
        case TypeKind::varint:
        case TypeKind::counter:
        case TypeKind::decimal:
        case TypeKind::double_:
        case TypeKind::float_:
        case TypeKind::date:
        case TypeKind::time:
        case TypeKind::timestamp:
        case TypeKind::duration:
          return true;
        default:
          return false;
      }
    case Literal::Kind::floating:
      return to == TypeKind::float_ || to == TypeKind::double_ || to == TypeKind::decimal;
    case Literal::Kind::uuid:
      return to == TypeKind::uuid || to == TypeKind::timeuuid;
    case Literal::Kind::boolean:
      return to == TypeKind::boolean;
    case Literal::Kind::blob:
      return to == TypeKind::blob;
    case Literal::Kind::duration:
      return to == TypeKind::duration;
    case Literal::Kind::null:
      return to != TypeKind::counter;
  }
  return false;
}

const char* shown(Literal::Kind kind) {
  switch (kind) {
    case Literal::Kind::string:
      return "STRING";
    case Literal::Kind::integer:
      return "INTEGER";
    case Literal::Kind::floating:
      return "FLOAT";
    case Literal::Kind::boolean:
      return "BOOLEAN";
    case Literal::Kind::uuid:
      return "UUID";
    case Literal::Kind::blob:
      return "HEX";
    case Literal::Kind::duration:
      return "DURATION";
    case Literal::Kind::null:
      return "NULL";
  }
  return "";
}

std::string text_of(const Literal& literal) {
  return literal.kind == Literal::Kind::blob ? "0x" + literal.text : literal.text;
}

TypeKind integer_kind(const std::string& text) {
  if (parse_text(TypeKind::int_, text)) return TypeKind::int_;
  return parse_text(TypeKind::bigint, text) ? TypeKind::bigint : TypeKind::varint;
}

}  // namespace

TypeRef literal_type(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::integer:
      return native_type(integer_kind(literal.text));
    case Literal::Kind::floating:
      return native_type(TypeKind::double_);
    case Literal::Kind::boolean:
      return native_type(TypeKind::boolean);
    case Literal::Kind::uuid:
      return native_type(TypeKind::uuid);
    case Literal::Kind::blob:
      return native_type(TypeKind::blob);
    case Literal::Kind::duration:
      return native_type(TypeKind::duration);
    default:
      return nullptr;
  }
}

Assignable literal_assignable(const Literal& literal, const Type& to) {
  if (!may_stand_for(literal.kind, to.kind)) return Assignable::no;
  if (literal.kind == Literal::Kind::string)
    return to.kind == TypeKind::text ? Assignable::exactly : Assignable::weakly;
  const TypeRef own = literal_type(literal);
  return own && own->kind == to.kind ? Assignable::exactly : Assignable::weakly;
}

Result<Bytes> literal_value(const Literal& literal, const Receiver& receiver) {
  const std::string text = text_of(literal);
  if (!may_stand_for(literal.kind, receiver.type->kind))
    return fail(Errc::invalid, std::string("Invalid ") + shown(literal.kind) + " constant (" + text + ") for \"" +
                                   receiver.name + "\" of type " + to_cql(*receiver.type));
  return parse_text(receiver.type->kind, text);
}

}  // namespace ringlet::cql
