// Terms, prepared: what a statement's literals, markers, function calls and arithmetic become once their receiver's type is
// known. Preparing does all that can be done once: names are resolved, literals become bytes, everything that depends on no
// marker and no clock is folded into a constant. Evaluating is then a copy, or nothing.
//
//   TRY(TermRef term, prepare_term(ast, receiver, context));        // once
//   TRY(TermValue value, term->evaluate({values, evaluation}));     // for each execution
//
// Prepared terms are immutable: any thread may evaluate them.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "core/base/result.h"
#include "core/base/uuid.h"
#include "core/cql/ast_terms.h"
#include "core/cql/bound_value.h"
#include "core/cql/plan_context.h"

namespace ringlet::cql {

// What the outside world gives to functions like now(). One for each statement execution.
class EvaluationContext {
 public:
  virtual ~EvaluationContext() = default;
  virtual Timestamp now() = 0;     // the same all through one statement
  virtual Uuid time_uuid() = 0;    // version 1, a new one at each call
  virtual Uuid random_uuid() = 0;  // version 4
};

struct Evaluation {
  std::span<const BoundValue> values;
  EvaluationContext& context;
};

// A value, or its absence. Borrowed bytes live in the prepared term or in the request's frame.
class TermValue {
 public:
  enum class Kind : uint8_t { null, unset, bytes };
  static TermValue null() { return TermValue(Kind::null); }
  static TermValue unset() { return TermValue(Kind::unset); }
  static TermValue borrow(BytesView bytes) {
    TermValue value(Kind::bytes);
    value.borrowed_ = true;
    value.view_ = bytes;
    return value;
  }
  static TermValue own(Bytes bytes) {
    TermValue value(Kind::bytes);
    value.own_ = std::move(bytes);
    return value;
  }
  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_unset() const { return kind_ == Kind::unset; }
  bool has_bytes() const { return kind_ == Kind::bytes; }
  bool is_borrowed() const { return borrowed_; }
  BytesView bytes() const { return borrowed_ ? view_ : BytesView(own_); }
  Bytes to_bytes() && { return borrowed_ ? Bytes(view_) : std::move(own_); }

 private:
  explicit TermValue(Kind kind) : kind_(kind) {}
  Kind kind_;
  bool borrowed_ = false;
  BytesView view_;
  Bytes own_;
};

class PreparedTerm {
 public:
  explicit PreparedTerm(TypeRef type) : type_(std::move(type)) {}
  virtual ~PreparedTerm() = default;
  const TypeRef& type() const { return type_; }
  // Bytes that come out are valid values of type(), sets and maps sorted.
  virtual Result<TermValue> evaluate(const Evaluation& evaluation) const = 0;
  virtual bool is_constant() const { return false; }             // evaluate() needs neither values nor context
  virtual std::optional<uint32_t> marker() const { return {}; }  // it is that marker and nothing else

 private:
  TypeRef type_;
};
using TermRef = std::shared_ptr<const PreparedTerm>;

struct TermContext {
  const PlanContext& plan;
  BindMarkers& binds;
  const Table* table = nullptr;  // whose partition key token(...) means; null: token() is unknown here
  std::string keyspace;          // where user types and functions without a keyspace are looked up
};

Result<TermRef> prepare_term(const Term& term, const Receiver& receiver, TermContext& context);
TermRef constant_term(TypeRef type, TermValue value);
// A plain marker, as for LIMIT, TTL and the like.
TermRef marker_term(const BindMarker& marker, const Receiver& receiver, TermContext& context);

// --- what functions and operators ask about their arguments ---------------------------------------------------------
enum class Assignable : uint8_t { no, weakly, exactly };
Assignable assignable(const Term& term, const TypeRef& to, const TermContext& context);
// The type that a term has by itself; null where only its receiver can say (markers, null, collections of such).
TypeRef own_type(const Term& term, const TermContext& context);
// Can a value of `from` be stored as `to` without change (text as blob, timeuuid as uuid, ...)?
Assignable value_assignable(const TypeRef& from, const TypeRef& to);

// --- receivers of parts, named as drivers see them -------------------------------------------------------------------
Receiver in_receiver(const Receiver& column);                  // in(c), list<type>
Receiver map_key_receiver(const Receiver& map);                // key(m)
Receiver map_value_receiver(const Receiver& map);              // value(m)
Receiver element_receiver(const Receiver& collection);         // value(l): the element of a list or set
Receiver index_receiver(const Receiver& list);                 // idx(l), int
Receiver field_receiver(const Receiver& user_type, size_t i);  // u.f

}  // namespace ringlet::cql
