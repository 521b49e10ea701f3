#include "core/cql/aggregates.h"

#include "core/cql/number.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

Bytes bigint(int64_t value) {
  Bytes bytes;
  ByteWriter(bytes).big<int64_t>(value);
  return bytes;
}

TypeKind kind_of(const TypeRef& type) { return type->kind == TypeKind::counter ? TypeKind::bigint : type->kind; }

class Count : public AggregateState {
 public:
  Status add(BytesView) override {
    ++count_;
    return {};
  }
  Result<FunctionValue> result() const override { return bigint(count_); }

 private:
  int64_t count_ = 0;
};

template <bool kLargest>
class Extreme : public AggregateState {
 public:
  explicit Extreme(TypeRef type) : type_(std::move(type)) {}
  Status add(BytesView value) override {
    if (best_) {
      const auto order = compare_values(*type_, value, *best_);
      if (kLargest ? order <= 0 : order >= 0) return {};
    }
    best_ = Bytes(value);
    return {};
  }
  Result<FunctionValue> result() const override { return best_; }

 private:
  TypeRef type_;
  FunctionValue best_;
};

// In the argument's own type: sums of integers wrap, as Cassandra's do.
class Sum : public AggregateState {
 public:
  explicit Sum(const TypeRef& type) : kind_(kind_of(type)), sum_(*convert_number(TypeKind::bigint, bigint(0), kind_)) {}
  Status add(BytesView value) override {
    if (value.empty()) return {};
    TRY(sum_, compute(ArithmeticOperator::add, kind_, sum_, value));
    return {};
  }
  Result<FunctionValue> result() const override { return sum_; }

 private:
  TypeKind kind_;
  Bytes sum_;
};

// Sums without bound and divides once: an average of ints cannot overflow.
class Average : public AggregateState {
 public:
  explicit Average(const TypeRef& type)
      : kind_(kind_of(type)),
        wide_(!is_floating(kind_)          ? TypeKind::varint
              : kind_ == TypeKind::decimal ? kind_
                                           : TypeKind::double_),
        sum_(*convert_number(TypeKind::bigint, bigint(0), wide_)) {}
  Status add(BytesView value) override {
    if (value.empty()) return {};
    TRY(const Bytes wide, convert_number(kind_, value, wide_));
    TRY(sum_, compute(ArithmeticOperator::add, wide_, sum_, wide));
    ++count_;
    return {};
  }
  Result<FunctionValue> result() const override {
    if (count_ == 0) {
      TRY(Bytes zero, convert_number(wide_, sum_, kind_));
      return zero;
    }
    TRY(const Bytes count, convert_number(TypeKind::bigint, bigint(count_), wide_));
    TRY(Bytes average, compute(ArithmeticOperator::divide, wide_, sum_, count));
    if (kind_ == TypeKind::decimal) {
      TRY(const Decimal rounded, round(Decimal::from_bytes(average), Decimal::from_bytes(sum_).scale));
      average = rounded.to_bytes();
    }
    TRY(Bytes narrow, convert_number(wide_, average, kind_));
    return narrow;
  }

 private:
  TypeKind kind_, wide_;
  Bytes sum_;
  int64_t count_ = 0;
};

template <class State>
std::unique_ptr<AggregateState> start(const TypeRef& type) {
  return std::make_unique<State>(type);
}

}  // namespace

std::unique_ptr<AggregateState> start_count() { return std::make_unique<Count>(); }

Result<Aggregate> find_aggregate(const std::string& name, const TypeRef& argument) {
  if (name == "count") return Aggregate{native_type(TypeKind::bigint), [](const TypeRef&) { return start_count(); }};
  if (name == "min") return Aggregate{argument, start<Extreme<false>>};
  if (name == "max") return Aggregate{argument, start<Extreme<true>>};
  if (!is_number(argument->kind))
    return fail(Errc::invalid, "Invalid call to function " + name +
                                   ", none of its type signatures match (known type signatures: " + "system." + name +
                                   " : (number) -> number)");
  if (name == "sum") return Aggregate{argument, start<Sum>};
  return Aggregate{argument, start<Average>};
}

}  // namespace ringlet::cql
