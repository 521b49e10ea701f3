// ALLOW FILTERING's tests of one row.
#include <algorithm>

#include "core/cql/multi_cell.h"
#include "core/cql/restrictions.h"
#include "core/data/value.h"

namespace ringlet::cql {
namespace {

using Op = RelationOperator;

bool holds(Op op, std::strong_ordering order) {
  switch (op) {
    case Op::equal:
    case Op::in:
      return order == 0;
    case Op::less:
      return order < 0;
    case Op::less_equal:
      return order <= 0;
    case Op::greater:
      return order > 0;
    case Op::greater_equal:
      return order >= 0;
    default:
      return false;
  }
}

// SQL's LIKE: % any run, _ one character of UTF-8, \ takes the next as it is. Linear but for the last %.
bool like(BytesView text, BytesView pattern) {
  size_t t = 0, p = 0, star = pattern.npos, resume = 0;
  const auto next_character = [&text](size_t at) {
    do ++at;
    while (at < text.size() && (text[at] & 0xC0) == 0x80);
    return at;
  };
  while (t < text.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (p < pattern.size() && pattern[p] == '%') {
      star = ++p;
      resume = t;
    } else if (p < pattern.size() && !escaped && pattern[p] == '_') {
      t = next_character(t);
      ++p;
    } else if (p < pattern.size() && pattern[p + escaped] == text[t]) {
      p += escaped + 1u;
      ++t;
    } else if (star != pattern.npos) {
      p = star;
      t = resume = next_character(resume);
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

bool contains(const Type& type, BytesView collection, const ColumnTest& test) {
  const auto elements = split_elements(type, collection);
  if (!elements) return false;
  const bool map = type.kind == TypeKind::map, keys = test.op == Op::contains_key || test.map_entry;
  const Type& compared = *type.parameters[map && !keys ? 1 : 0];
  for (size_t i = map && !keys ? 1 : 0; i < elements->size(); i += map ? 2 : 1) {
    if (!(*elements)[i] || compare_values(compared, *(*elements)[i], test.values[0]) != 0) continue;
    if (!test.map_entry) return true;
    return (*elements)[i + 1] && compare_values(*type.parameters[1], *(*elements)[i + 1], test.values[1]) == 0;
  }
  return false;
}

bool matches_value(const ColumnTest& test, BytesView value) {
  const Type& type = *test.column->type;
  if (test.map_entry || test.op == Op::contains || test.op == Op::contains_key) return contains(type, value, test);
  if (test.op == Op::like) return like(value, test.values[0]);
  return std::ranges::any_of(test.values,
                             [&](const Bytes& wanted) { return holds(test.op, compare_values(type, value, wanted)); });
}

bool matches_test(const ColumnTest& test, const RowInput& row) {
  if (test.from != ColumnTest::From::cell) {
    const auto components = test.from == ColumnTest::From::clustering ? row.clustering() : row.partition_key();
    return test.at < components.size() && matches_value(test, components[test.at]);
  }
  if (!test.column->type->is_multi_cell()) {
    const auto value = row.simple_value(test.at);
    return value && matches_value(test, *value);
  }
  const auto whole = assemble(*test.column->type, row.column(test.at).elements);
  return whole && matches_value(test, *whole);
}

bool matches_tuple(const Table& table, const TupleTest& test, const RowInput& row) {
  return std::ranges::any_of(test.tuples, [&](const std::vector<Bytes>& tuple) {
    for (size_t i = 0; i < tuple.size(); ++i) {
      if (test.first + i >= row.clustering().size()) return false;
      const auto order =
          compare_values(*table.clustering[test.first + i].type, row.clustering()[test.first + i], tuple[i]);
      if (order != 0) return holds(test.op, order);
    }
    return holds(test.op, std::strong_ordering::equal);
  });
}

}  // namespace

bool RowFilter::matches(const Table& table, const RowInput& row) const {
  return std::ranges::all_of(tests, [&](const ColumnTest& test) { return matches_test(test, row); }) &&
         std::ranges::all_of(tuples, [&](const TupleTest& test) { return matches_tuple(table, test, row); });
}

}  // namespace ringlet::cql
