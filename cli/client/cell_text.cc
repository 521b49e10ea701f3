#include "cli/client/cell_text.h"

#include "core/base/must.h"
#include "core/cql/parser.h"
#include "core/cql/terms.h"
#include "core/data/text_value.h"
#include "core/data/value.h"

namespace ringlet::cli {
namespace {

bool is_native(const Type& type) { return static_cast<uint8_t>(type.kind) < static_cast<uint8_t>(TypeKind::list); }

// For literals only: what now() and its family would ask is refused before.
class NoFunctions final : public cql::EvaluationContext {
 public:
  Timestamp now() override { return {}; }
  Uuid time_uuid() override { return {}; }
  Uuid random_uuid() override { return {}; }
};

}  // namespace

Result<Bytes> parse_cell(const Type& type, const std::string& text) {
  if (type.kind == TypeKind::counter) return parse_text(TypeKind::bigint, text);
  if (is_native(type)) return parse_text(type.kind, text);
  TRY(const cql::Term term, cql::parse_term(text));
  const Schema schema;
  const cql::PlanContext plan{schema, {}};
  cql::BindMarkers binds(0);
  cql::TermContext context{plan, binds, nullptr, {}};
  cql::Receiver receiver;
  receiver.name = "value";
  receiver.type = std::make_shared<Type>(type);
  TRY(const cql::TermRef prepared, cql::prepare_term(term, receiver, context));
  if (!prepared->is_constant()) return fail(Errc::invalid, "'" + text + "' is no literal of type " + to_cql(type));
  NoFunctions none;
  const cql::Evaluation evaluation{{}, none};
  TRY(cql::TermValue value, prepared->evaluate(evaluation));
  if (!value.has_bytes()) return fail(Errc::invalid, "'" + text + "' is null");
  return std::move(value).to_bytes();
}

std::string show_cell(const Type& type, BytesView bytes) {
  if (type.kind == TypeKind::counter) return show_text(TypeKind::bigint, bytes);
  return is_native(type) ? show_text(type.kind, bytes) : to_literal(type, bytes);
}

}  // namespace ringlet::cli
