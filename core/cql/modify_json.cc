#include "core/cql/modify_json.h"

#include <map>

#include "core/data/json_value.h"

namespace ringlet::cql {
namespace {

std::unexpected<Error> invalid(std::string detail) { return fail(Errc::invalid, std::move(detail)); }

Status take_value(const Column& column, const JsonValue& node, BoundValue& value, Bytes& bytes) {
  auto decoded = from_json(*column.type, node);
  if (!decoded) return invalid("Error decoding JSON value for " + column.name + ": " + decoded.error().detail);
  value.kind = *decoded ? BoundValue::Kind::bytes : BoundValue::Kind::null;
  if (*decoded) bytes = **std::move(decoded);
  return {};
}

std::unexpected<Error> not_a_document(const Error& problem, BytesView text) {
  constexpr size_t kShownBytes = 200;
  return invalid("Could not decode JSON string as a map: " + problem.detail +
                 ". (String was: " + std::string(text.substr(0, kShownBytes)) + ")");
}

}  // namespace

Result<std::shared_ptr<const JsonInsert>> JsonInsert::prepare(const Term& document, bool default_unset, TableRef table,
                                                              TermContext& terms) {
  auto insert = std::make_shared<JsonInsert>();
  insert->columns_ = table->star();
  const Receiver receiver{table->keyspace, table->name, "[json]", native_type(TypeKind::text)};
  insert->table_ = std::move(table);
  insert->default_unset_ = default_unset;
  TRY(insert->document_, prepare_term(document, receiver, terms));
  return insert;
}

Result<std::shared_ptr<const JsonValues>> JsonInsert::evaluate(const Evaluation& evaluation) const {
  TRY(const TermValue text, document_->evaluate(evaluation));
  if (!text.has_bytes()) return invalid("Got null for INSERT JSON values");
  const Result<JsonValue> parsed = parse_json(text.bytes());
  if (!parsed) return not_a_document(parsed.error(), text.bytes());
  const JsonValue& document = *parsed;
  if (document.kind != JsonValue::Kind::object) return invalid("Got null for INSERT JSON values");
  std::map<std::string, const JsonValue*> members;
  for (size_t i = 0; i < document.items.size(); ++i) members[name_of_json_key(document.names[i])] = &document.items[i];

  auto json = std::make_shared<JsonValues>(columns_.size(), evaluation.context);
  for (size_t i = 0; i < columns_.size(); ++i) {
    json->values[i].kind = default_unset_ ? BoundValue::Kind::unset : BoundValue::Kind::null;
    const auto member = members.find(columns_[i]->name);
    if (member == members.end()) continue;
    TRY_STATUS(take_value(*columns_[i], *member->second, json->values[i], json->bytes[i]));
    json->values[i].bytes = json->bytes[i];
    members.erase(member);
  }
  if (!members.empty()) return invalid("JSON values map contains unrecognized column: " + members.begin()->first);
  return json;
}

}  // namespace ringlet::cql
