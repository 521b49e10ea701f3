#include "core/cql/selection.h"

#include <algorithm>

#include "core/base/must.h"
#include "core/cql/render.h"
#include "core/cql/selection_builder.h"
#include "core/data/json_value.h"

namespace ringlet::cql {
namespace {

void append_cell(std::optional<BytesView> value, Bytes& out) {
  ByteWriter writer(out);
  writer.big<int32_t>(value ? static_cast<int32_t>(value->size()) : -1);
  if (value) writer.bytes(*value);
}

std::optional<BytesView> component(std::span<const BytesView> components, size_t i) {
  return i < components.size() ? std::optional(components[i]) : std::nullopt;
}

Status append_key(const NodeRef& node, const RowInput& row, const SelectionState& state, Bytes& out) {
  TRY(const TermValue value, node->value(row, state));
  append_cell(value.is_null() ? std::nullopt : std::optional(value.bytes()), out);
  return {};
}

}  // namespace

Result<Selection> Selection::prepare(const Select& select, TableRef table, RowShape& shape, TermContext& context) {
  Selection selection;
  SelectionBuilder builder(*table, shape, context);
  std::vector<ResultColumn> columns;
  const auto add = [&](NodeRef node, std::string name) {
    columns.push_back({table->keyspace, table->name, std::move(name), node->type()});
    selection.nodes_.push_back(std::move(node));
  };
  if (select.items.empty())
    for (const Column* column : table->star()) add(builder.column_node(*column), column->name);
  for (const SelectItem& item : select.items) {
    TRY(NodeRef node, builder.prepare(item.selector));
    add(std::move(node), item.alias ? *item.alias : selector_name(item.selector));
  }
  for (const Selector& key : select.group_by) {
    TRY(NodeRef node, builder.prepare(key));
    selection.group_keys_.push_back(std::move(node));
  }
  if (select.json) {
    for (const ResultColumn& column : columns) selection.json_keys_.push_back(json_key(column.name));
    columns = {{table->keyspace, table->name, "[json]", native_type(TypeKind::text)}};
  }
  selection.metadata_ = make_result_metadata(std::move(columns));
  selection.aggregate_calls_ = std::move(builder.aggregates);
  selection.aggregates_ = !selection.aggregate_calls_.empty();
  selection.columns_ = std::move(builder.columns);
  selection.shape_ = &shape;
  selection.plain_ = !select.json && std::ranges::all_of(selection.nodes_, [](const NodeRef& node) {
    return node->source().first != SelectionNode::Source::computed;
  });
  return selection;
}

// --- runs ------------------------------------------------------------------------------------------------------------
SelectionRun::SelectionRun(const Selection& selection, const Evaluation& evaluation)
    : selection_(selection),
      state_(
          std::make_unique<SelectionState>(SelectionState{evaluation, {}, RowCopy(*selection.shape_), {}, {}, false})) {
}
SelectionRun::~SelectionRun() = default;
SelectionRun::SelectionRun(SelectionRun&&) noexcept = default;

bool SelectionRun::folds() const { return selection_.aggregates() || selection_.groups(); }

bool SelectionRun::starts_new_group(const RowInput& row) const {
  if (!selection_.groups() || !state_->open) return false;
  state_->scratch.clear();
  for (const NodeRef& key : selection_.group_keys_)
    if (!append_key(key, row, *state_, state_->scratch)) return false;  // add() meets the same error and says it
  return state_->scratch != state_->group_key;
}

Status SelectionRun::add(const RowInput& row, Bytes& out) {
  if (folds()) return fold(row, out);
  return append_row(row, out);
}

Status SelectionRun::fold(const RowInput& row, Bytes& out) {
  if (starts_new_group(row)) TRY_STATUS(finish_group(out));
  if (!state_->open) {
    state_->group_key.clear();
    for (const NodeRef& key : selection_.group_keys_) TRY_STATUS(append_key(key, row, *state_, state_->group_key));
    open_group();
    row.copy_to(state_->first);
  }
  for (const auto& call : selection_.aggregate_calls_) TRY_STATUS(call->add(row, *state_));
  return {};
}

void SelectionRun::open_group() {
  state_->open = true;
  state_->aggregates.clear();
  for (const auto& call : selection_.aggregate_calls_) state_->aggregates.push_back(call->start());
}

Status SelectionRun::finish_group(Bytes& out) {
  if (!state_->open) return {};
  state_->open = false;
  return append_row(state_->first.row, out);
}

Status SelectionRun::finish(Bytes& out) {
  if (selection_.aggregates() && !selection_.groups() && !state_->open) open_group();
  return folds() ? finish_group(out) : Status{};
}

Status SelectionRun::append_row(const RowInput& row, Bytes& out) {
  ++rows_;
  if (!selection_.json_keys_.empty()) return append_json(row, out);
  if (selection_.plain_) {
    selection_.append_plain(row, out);
    return {};
  }
  for (const NodeRef& node : selection_.nodes_) TRY_STATUS(append_key(node, row, *state_, out));
  return {};
}

void Selection::append_plain(const RowInput& row, Bytes& out) const {
  for (const NodeRef& node : nodes_) {
    const auto [source, at] = node->source();
    switch (source) {
      case SelectionNode::Source::partition_key:
        append_cell(component(row.partition_key(), at), out);
        break;
      case SelectionNode::Source::clustering:
        append_cell(component(row.clustering(), at), out);
        break;
      case SelectionNode::Source::simple_cell:
        append_cell(row.simple_value(at), out);
        break;
      case SelectionNode::Source::computed:
        MUST(false);
    }
  }
}

Status SelectionRun::append_json(const RowInput& row, Bytes& out) {
  std::string json = "{";
  for (size_t i = 0; i < selection_.nodes_.size(); ++i) {
    TRY(const TermValue value, selection_.nodes_[i]->value(row, *state_));
    json += (i > 0 ? ", " : "") + selection_.json_keys_[i] + ": ";
    json += value.is_null() ? "null" : to_json(*selection_.nodes_[i]->type(), value.bytes());
  }
  append_cell(json + "}", out);
  return {};
}

}  // namespace ringlet::cql
