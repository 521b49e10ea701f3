#include "core/cql/modify_usings.h"

#include "core/base/limits.h"
#include "core/data/text_value.h"

namespace ringlet::cql {
namespace {

Result<TermRef> prepare_using(const Term& term, const char* name, TypeKind type, TermContext& context) {
  const Receiver receiver{context.keyspace, context.table ? context.table->name : "", name, native_type(type)};
  return prepare_term(term, receiver, context);
}

}  // namespace

Result<TermRef> prepare_timestamp(const Term& term, TermContext& context) {
  return prepare_using(term, "[timestamp]", TypeKind::bigint, context);
}
Result<TermRef> prepare_ttl(const Term& term, TermContext& context) {
  return prepare_using(term, "[ttl]", TypeKind::int_, context);
}
Result<TermRef> prepare_timeout(const Term& term, TermContext& context) {
  return prepare_using(term, "[timeout]", TypeKind::duration, context);
}

Result<Timestamp> evaluate_timestamp(const TermRef& term, Timestamp otherwise, const Evaluation& evaluation) {
  Timestamp timestamp = otherwise;  // a client's default comes from outside as well
  if (term) {
    TRY(const TermValue value, term->evaluate(evaluation));
    if (value.is_null()) return fail(Errc::invalid, "Invalid null value of timestamp");
    if (value.has_bytes() && value.bytes().empty()) return fail(Errc::invalid, "Invalid null value of timestamp");
    if (value.has_bytes()) timestamp = Timestamp{load_big<int64_t>(value.bytes().data())};
  }
  if (timestamp == kNoTimestamp)
    return fail(Errc::invalid, "Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]");
  return timestamp;
}

Result<uint32_t> evaluate_ttl(const TermRef& term, int32_t table_default, const Evaluation& evaluation) {
  if (!term) return static_cast<uint32_t>(table_default);
  TRY(const TermValue value, term->evaluate(evaluation));
  if (value.is_unset()) return static_cast<uint32_t>(table_default);
  if (value.is_null() || value.bytes().empty()) return 0;
  const auto ttl = load_big<int32_t>(value.bytes().data());
  if (ttl < 0) return fail(Errc::invalid, "A TTL must be greater or equal to 0, but was " + std::to_string(ttl));
  if (ttl > kTtlSecondsMax)
    return fail(Errc::invalid, "ttl is too large. requested (" + std::to_string(ttl) + ") maximum (" +
                                   std::to_string(kTtlSecondsMax) + ")");
  return static_cast<uint32_t>(ttl);
}

Result<std::optional<int64_t>> evaluate_timeout_ns(const TermRef& term, const Evaluation& evaluation) {
  if (!term) return std::nullopt;
  TRY(const TermValue value, term->evaluate(evaluation));
  if (value.is_unset()) return std::nullopt;
  if (value.is_null()) return fail(Errc::invalid, "Timeout value cannot be null");
  const CalendarDuration timeout = duration_from_bytes(value.bytes());
  if (timeout.months != 0 || timeout.days != 0)
    return fail(Errc::invalid, "Timeout values cannot be expressed in days/months");
  if (timeout.ns < 0) return fail(Errc::invalid, "Timeout values must be non-negative");
  return timeout.ns;
}

}  // namespace ringlet::cql
