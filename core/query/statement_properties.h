// WITH a = 1 AND b = {...}: the statement's properties, asked for one by one. What nobody asked for is unknown.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/base/result.h"
#include "core/cql/ast_schema.h"

namespace ringlet {

class StatementProperties {
 public:
  using Map = std::map<std::string, std::string>;
  // Errc::syntax: Multiple definitions for property 'x'.
  static Result<StatementProperties> of(const cql::PropertyMap& written);

  bool has(const std::string& name) const { return by_name_.contains(name); }
  bool is_map(const std::string& name) const;
  // None where the property is not written; Errc::syntax where it is something else than asked for.
  Result<std::optional<std::string>> text(const std::string& name);
  Result<std::optional<int32_t>> integer(const std::string& name);
  Result<std::optional<double>> number(const std::string& name);
  Result<std::optional<bool>> boolean(const std::string& name);
  Result<std::optional<Map>> map(const std::string& name);
  bool ignore(const std::string& name);  // was it written? taken as known

  Status nothing_left() const;  // Errc::syntax: Unknown property 'x'

 private:
  std::map<std::string, const cql::Property*> by_name_;
  std::set<std::string> known_;
};

}  // namespace ringlet
