// Lists that are stored as one cell for each element. An element's path is a time uuid, so the order of time is the list's
// order: appended elements get the present, prepended ones its mirror image before 1970, later prepends earlier times.
#include <set>

#include "core/base/must.h"
#include "core/cql/modify_operations.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

using Elements = std::vector<std::optional<BytesView>>;

Uuid mirrored(const Uuid& uuid) {
  const uint64_t epoch = static_cast<uint64_t>(kUuidEpochOffsetTicks);
  return time_uuid(2 * epoch - time_uuid_ticks(uuid), load_big<uint64_t>(uuid.bytes().data() + 8));
}

class AppendToList : public ModifyOperation {
 public:
  AppendToList(const Column& column, TermRef elements) : ModifyOperation(column), elements_(std::move(elements)) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(TermValue value, elements_->evaluate(input.evaluation));
    return value.has_bytes() ? append_elements(column(), edit.keep(std::move(value)), input.evaluation, edit)
                             : Status{};
  }

 private:
  TermRef elements_;
};

class PrependToList : public ModifyOperation {
 public:
  PrependToList(const Column& column, TermRef elements) : ModifyOperation(column), elements_(std::move(elements)) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(TermValue value, elements_->evaluate(input.evaluation));
    if (!value.has_bytes()) return {};
    TRY(const Elements parts, elements_of(*column().type, edit.keep(std::move(value))));
    for (size_t i = parts.size(); i-- > 0;)  // the last one first: each later uuid stands before the one before
      edit.put(column().id, list_path(mirrored(input.evaluation.context.time_uuid())), *parts[i]);
    return {};
  }

 private:
  TermRef elements_;
};

class ReadsList : public ModifyOperation {
 public:
  ReadsList(const Column& column, TermRef term, RowShape& shape)
      : ModifyOperation(column), term_(std::move(term)), slot_(shape.slot_of(column)) {}
  bool reads() const override { return true; }

 protected:
  const std::vector<CellView>& elements(const OperationInput& input) const {
    MUST(input.existing != nullptr);
    return input.existing->column(slot_).elements;
  }
  // The path of the element that an index term means.
  Result<CellPath> path_at(const OperationInput& input, const char* verb) const {
    TRY(const TermValue index, term_->evaluate(input.evaluation));
    if (index.is_unset()) return fail(Errc::invalid, "Invalid unset value for list index");
    if (index.is_null() || index.bytes().empty()) return fail(Errc::invalid, "Invalid null value for list index");
    const std::vector<CellView>& list = elements(input);
    if (list.empty()) return fail(Errc::invalid, std::string("Attempted to ") + verb + " a list which is null");
    const auto at = load_big<int32_t>(index.bytes().data());
    if (at < 0 || static_cast<size_t>(at) >= list.size())
      return fail(Errc::invalid,
                  "List index " + std::to_string(at) + " out of bound, list has size " + std::to_string(list.size()));
    return path_of(list[static_cast<size_t>(at)]);
  }
  static CellPath path_of(const CellView& cell) { return {Bytes(cell.path), Bytes(cell.path_as_written)}; }

  TermRef term_;

 private:
  size_t slot_;
};

class RemoveFromList : public ReadsList {
 public:
  using ReadsList::ReadsList;
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(const TermValue value, term_->evaluate(input.evaluation));
    if (!value.has_bytes()) return {};
    TRY(const Elements unwanted, elements_of(*column().type, value.bytes()));
    const std::set<BytesView> values = [&] {
      std::set<BytesView> all;
      for (const auto& each : unwanted) all.insert(*each);
      return all;
    }();
    for (const CellView& cell : elements(input))
      if (values.contains(cell.value)) edit.remove(column().id, path_of(cell));
    return {};
  }
};

class SetListElement : public ReadsList {
 public:
  SetListElement(const Column& column, TermRef index, TermRef value, RowShape& shape)
      : ReadsList(column, std::move(index), shape), value_(std::move(value)) {}
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(TermValue value, value_->evaluate(input.evaluation));
    TRY(CellPath path, path_at(input, "set an element on"));
    edit.put(column().id, std::move(path), std::move(value));
    return {};
  }

 private:
  TermRef value_;
};

class DeleteListElement : public ReadsList {
 public:
  using ReadsList::ReadsList;
  Status apply(const OperationInput& input, RowEdit& edit) const override {
    TRY(CellPath path, path_at(input, "delete an element from"));
    edit.remove(column().id, std::move(path));
    return {};
  }
};

}  // namespace

Status append_elements(const Column& list, BytesView elements, const Evaluation& evaluation, RowEdit& edit) {
  TRY(const Elements parts, elements_of(*list.type, elements));
  for (const auto& part : parts) edit.put(list.id, list_path(evaluation.context.time_uuid()), *part);
  return {};
}

OperationRef append_to_list(const Column& column, TermRef elements) {
  return std::make_shared<AppendToList>(column, std::move(elements));
}
OperationRef prepend_to_list(const Column& column, TermRef elements) {
  return std::make_shared<PrependToList>(column, std::move(elements));
}
OperationRef remove_from_list(const Column& column, TermRef elements, RowShape& shape) {
  return std::make_shared<RemoveFromList>(column, std::move(elements), shape);
}
OperationRef set_list_element(const Column& column, TermRef index, TermRef value, RowShape& shape) {
  return std::make_shared<SetListElement>(column, std::move(index), std::move(value), shape);
}
OperationRef delete_list_element(const Column& column, TermRef index, RowShape& shape) {
  return std::make_shared<DeleteListElement>(column, std::move(index), shape);
}

}  // namespace ringlet::cql
