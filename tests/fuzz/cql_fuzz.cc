// Any bytes as CQL text: the parser answers with a tree or an error that a client can be shown, and what it can render
// parses again to what renders the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/must.h"
#include "core/base/utf8.h"
#include "core/cql/parser.h"
#include "core/cql/render.h"

using namespace ringlet;
using namespace ringlet::cql;

namespace {

void judge(const Error& error) {
  MUST(error.code == Errc::syntax || error.code == Errc::invalid);
  MUST(is_valid_utf8(error.detail));
  MUST(error.detail.size() < 600);
  MUST(error.code != Errc::syntax || error.detail.starts_with("line "));
}

template <class S>
S parse_again(const std::string& text) {
  auto parsed = parse_statement(text);
  MUST(parsed.has_value());
  S* statement = std::get_if<S>(&parsed->statement);
  MUST(statement != nullptr);
  return std::move(*statement);
}

void round_trip(const Term& term) {
  const std::string text = to_cql(term);
  const auto again = parse_again<Insert>("INSERT INTO t (a) VALUES (" + text + ")");
  MUST(again.values.size() == 1 && to_cql(again.values[0]) == text);
}

void round_trip(const Selector& selector) {
  const std::string text = to_cql(selector);
  const auto again = parse_again<Select>("SELECT first, " + text + " FROM t");
  MUST(again.items.size() == 2 && to_cql(again.items[1].selector) == text);
  MUST(!selector_name(selector).empty() || text == "\"\"");
}

void round_trip(const Relation& relation) {
  const std::string text = to_cql(relation);
  const auto again = parse_again<Select>("SELECT * FROM t WHERE " + text);
  MUST(again.where.size() == 1 && to_cql(again.where[0]) == text);
}

void round_trip(const Condition& condition) {
  const std::string text = to_cql(condition);
  const auto again = parse_again<Update>("UPDATE t SET a = 1 WHERE k = 1 IF k = 1 AND " + text);
  MUST(again.conditions.size() == 2 && to_cql(again.conditions[1]) == text);
}

void round_trip(const Assignment& assignment) {
  const std::string text = to_cql(assignment);
  const auto again = parse_again<Update>("UPDATE t SET " + text + " WHERE k = 1");
  MUST(again.assignments.size() == 1 && to_cql(again.assignments[0]) == text);
}

void round_trip(const TypeName& type) {
  const std::string text = to_cql(type);
  const auto again = parse_type(text);
  MUST(again.has_value() && to_cql(*again) == text);
}

template <class Items>
void round_trip_all(const Items& items) {
  for (const auto& item : items) round_trip(item);
}

void visit(const Select& select) {
  for (const SelectItem& item : select.items) round_trip(item.selector);
  round_trip_all(select.where);
  round_trip_all(select.group_by);
}
void visit(const Insert& insert) { round_trip_all(insert.values); }
void visit(const Update& update) {
  round_trip_all(update.assignments);
  round_trip_all(update.where);
  round_trip_all(update.conditions);
}
void visit(const Delete& removal) {
  round_trip_all(removal.where);
  round_trip_all(removal.conditions);
}
void visit(const Batch& batch) {
  for (const auto& statement : batch.statements) std::visit([](const auto& s) { visit(s); }, statement);
}
void visit(const CreateTable& table) {
  for (const ColumnDefinition& column : table.columns) round_trip(column.type);
}
void visit(const auto&) {}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = parse_statement(text)) {
    for (size_t i = 0; i < parsed->markers.size(); ++i) MUST(parsed->markers[i].index == i);
    std::visit([](const auto& statement) { visit(statement); }, parsed->statement);
  } else {
    judge(parsed.error());
  }
  if (const auto type = parse_type(text))
    round_trip(*type);
  else
    judge(type.error());
  if (const auto term = parse_term(text))
    round_trip(*term);
  else
    judge(term.error());
  return 0;
}
