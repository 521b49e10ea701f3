// The small parts that CQL statements are made of: names, type names, terms (values as written), selectors, relations.
//
// Nothing here is resolved: no table has been looked up and no literal converted. Every node owns its strings.
// Unquoted identifiers are already folded to lower case; quoted ones are as written, without their quotes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/cql/box.h"

namespace ringlet::cql {

// --- names -----------------------------------------------------------------------------------------------------------
struct QualifiedName {
  std::optional<std::string> keyspace;
  std::string name;
};
using TableName = QualifiedName;
using FunctionName = QualifiedName;
using UserTypeName = QualifiedName;
using IndexName = QualifiedName;

// A type as written. `frozen<list<int>>` is name "list", frozen, one parameter. Whether the name means anything, and
// whether frozen is allowed there, is for whoever resolves it.
struct TypeName {
  enum class Kind : uint8_t {
    named,   // a native type, or a user type: `quoted` or `keyspace` say that it can only be a user type
    list,    // one parameter
    set,     // one parameter
    map,     // two parameters
    tuple,   // one or more
    vector,  // one, and `dimension`
    custom,  // 'a.class.Name' : name is the class string
  };
  Kind kind = Kind::named;
  std::optional<std::string> keyspace;
  std::string name;  // folded unless quoted; "list", "set", ... for the kinds above
  bool quoted = false;
  bool frozen = false;
  std::vector<TypeName> parameters;
  uint32_t dimension = 0;
};

// --- terms -----------------------------------------------------------------------------------------------------------
struct Literal {
  enum class Kind : uint8_t { string, integer, floating, boolean, uuid, blob, duration, null };
  Kind kind = Kind::null;
  // string: the content, unescaped. integer, floating, duration: as written, sign included ("NaN", "-Infinity" too).
  // boolean: "true" or "false". uuid: as written. blob: the hex digits after 0x (perhaps an odd number). null: "".
  std::string text;
};

// Every `?` and every occurrence of `:name` is a slot of its own, numbered in order of appearance from 0.
struct BindMarker {
  uint32_t index = 0;
  std::optional<std::string> name;
};

struct Term;
struct FunctionCall {
  FunctionName name;
  std::vector<Term> arguments;
};
struct ListLiteral {  // [a, b] : also a vector's literal
  std::vector<Term> elements;
};
struct SetLiteral {  // {a, b}; {} is this with no element, and may also mean an empty map
  std::vector<Term> elements;
};
struct MapEntry;
struct MapLiteral {  // {a: b}, at least one entry
  std::vector<MapEntry> entries;
};
// (a, b). One element may be a tuple of one or plain grouping: the receiver's type decides.
struct TupleLiteral {
  std::vector<Term> elements;
};
struct UserTypeField;
struct UserTypeLiteral {  // {street: 'x', zip: 1} : names are identifiers
  std::vector<UserTypeField> fields;
};
struct Cast {  // CAST(term AS type)
  Box<Term> term;
  Box<TypeName> type;  // boxed to keep a Term small: statements hold a hundred thousand of them
};
struct TypeHint {  // (type) term
  Box<TypeName> type;
  Box<Term> term;
};
enum class ArithmeticOperator : uint8_t { add, subtract, multiply, divide, modulo };
struct Arithmetic {
  ArithmeticOperator op;
  Box<Term> left, right;
};
struct Negation {  // -term where term is no literal number (those carry their sign)
  Box<Term> term;
};

struct Term {
  std::variant<Literal, BindMarker, FunctionCall, ListLiteral, SetLiteral, MapLiteral, TupleLiteral, UserTypeLiteral,
               Cast, TypeHint, Arithmetic, Negation>
      node;
};
struct MapEntry {
  Term key, value;
};
struct UserTypeField {
  std::string name;
  Term value;
};

// --- selectors: what stands between SELECT and FROM, and in GROUP BY ---------------------------------------------------
struct Selector;
struct ColumnSelector {
  std::string column;
};
struct TermSelector {  // a literal or a bind marker
  Term term;
};
struct CountRowsSelector {};  // COUNT(*) or COUNT(1)
struct FunctionSelector {     // includes token(...), and count(column)
  FunctionName name;
  std::vector<Selector> arguments;
};
struct CellSelector {  // WRITETIME(c), MAXWRITETIME(c), TTL(c); the argument may be c, c.f, c[k] or c[a..b]
  enum class What : uint8_t { writetime, max_writetime, ttl };
  What what;
  Box<Selector> of;
};
struct CastSelector {
  Box<Selector> of;
  Box<TypeName> type;
};
struct FieldSelector {  // of.field
  Box<Selector> of;
  std::string field;
};
struct ElementSelector {  // of[key]
  Box<Selector> of;
  Term key;
};
struct SliceSelector {  // of[from..to], either end may be open
  Box<Selector> of;
  std::optional<Box<Term>> from, to;
};
struct ArithmeticSelector {
  ArithmeticOperator op;
  Box<Selector> left, right;
};
struct NegationSelector {
  Box<Selector> of;
};
struct TypeHintSelector {  // (type) of
  Box<TypeName> type;
  Box<Selector> of;
};
struct TupleSelector {  // (a, b); one element may be plain grouping
  std::vector<Selector> elements;
};
struct ListSelector {
  std::vector<Selector> elements;
};
struct SetSelector {  // {} too
  std::vector<Selector> elements;
};
// {a: b}. A key that is a bare identifier is a ColumnSelector here, and may be a user type's field name instead: the
// receiver (a type hint) decides.
struct SelectorEntry;
struct MapSelector {
  std::vector<SelectorEntry> entries;
};

struct Selector {
  std::variant<ColumnSelector, TermSelector, CountRowsSelector, FunctionSelector, CellSelector, CastSelector,
               FieldSelector, ElementSelector, SliceSelector, ArithmeticSelector, NegationSelector, TypeHintSelector,
               TupleSelector, ListSelector, SetSelector, MapSelector>
      node;
};
struct SelectorEntry {
  Selector key, value;
};

// --- relations, conditions, assignments --------------------------------------------------------------------------------
enum class RelationOperator : uint8_t {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  not_in,
  contains,
  not_contains,
  contains_key,
  not_contains_key,
  like,
  is_not_null,
  between,
};

// What an assignment writes, a DELETE removes, a condition or relation looks at: c, c[element] or c.field.
struct ColumnTarget {
  std::string column;
  std::optional<Term> element;
  std::optional<std::string> field;
};

// The right-hand side of relations and conditions.
struct Operand {
  // One term; none for IS NOT NULL; two for BETWEEN; the list for IN. For `IN ?` it is that one marker, and
  // `marker_is_list` is set.
  std::vector<Term> terms;
  bool marker_is_list = false;
};

struct ColumnRelation {  // v = 1, v IN (..), m['k'] = 1, v CONTAINS 1, v LIKE 'a%'
  ColumnTarget target;
  RelationOperator op;
  Operand operand;
};
struct TokenRelation {  // token(a, b) > term
  std::vector<std::string> columns;
  RelationOperator op;
  Operand operand;
};
struct TupleRelation {  // (a, b) > (1, 2);  (a, b) IN ((1, 2), ?);  (a, b) IN ?
  std::vector<std::string> columns;
  RelationOperator op;
  Operand operand;  // each term is a TupleLiteral or a BindMarker (or a TypeHint around one)
};
struct ExpressionRelation {  // expr(index, term)
  IndexName index;
  Term term;
};
struct Relation {
  std::variant<ColumnRelation, TokenRelation, TupleRelation, ExpressionRelation> node;
};

struct Condition {  // of an IF clause
  ColumnTarget target;
  RelationOperator op;
  Operand operand;
};

struct Assignment {
  enum class Operation : uint8_t {
    set,       // c = t, c[k] = t, c.f = t
    add,       // c = c + t, c += t
    subtract,  // c = c - t, c -= t
    prepend,   // c = t + c
  };
  ColumnTarget target;
  Operation operation = Operation::set;
  Term value;
};

struct Usings {  // USING TIMESTAMP t AND TTL t AND TIMEOUT t; each a literal or a bind marker
  std::optional<Term> timestamp, ttl, timeout;
};

}  // namespace ringlet::cql
