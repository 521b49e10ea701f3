#include "core/query/statement_properties.h"

#include <algorithm>
#include <charconv>

namespace ringlet {
namespace {

std::unexpected<Error> wrong(std::string detail) { return fail(Errc::syntax, std::move(detail)); }

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return text;
}

template <class Number>
std::optional<Number> parse(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<StatementProperties> StatementProperties::of(const cql::PropertyMap& written) {
  StatementProperties properties;
  for (const cql::Property& property : written)
    if (!properties.by_name_.emplace(property.name, &property).second)
      return wrong("Multiple definitions for property '" + property.name + "'");
  return properties;
}

bool StatementProperties::is_map(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found != by_name_.end() && !std::holds_alternative<cql::Literal>(found->second->value);
}

Result<std::optional<std::string>> StatementProperties::text(const std::string& name) {
  known_.insert(name);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  const auto* literal = std::get_if<cql::Literal>(&found->second->value);
  if (!literal) return wrong("Invalid value for property '" + name + "'. It should be a string");
  return literal->text;
}

Result<std::optional<int32_t>> StatementProperties::integer(const std::string& name) {
  TRY(const auto given, text(name));
  if (!given) return std::nullopt;
  const auto number = parse<int32_t>(*given);
  if (!number) return wrong("Invalid integer value " + *given + " for '" + name + "'");
  return number;
}

Result<std::optional<double>> StatementProperties::number(const std::string& name) {
  TRY(const auto given, text(name));
  if (!given) return std::nullopt;
  const auto number = parse<double>(*given);
  if (!number) return wrong("Invalid double value " + *given + " for '" + name + "'");
  return number;
}

Result<std::optional<bool>> StatementProperties::boolean(const std::string& name) {
  TRY(const auto given, text(name));
  if (!given) return std::nullopt;
  const std::string word = lower(*given);
  if (word == "true" || word == "yes" || word == "1") return true;
  if (word == "false" || word == "no" || word == "0") return false;
  return wrong("Invalid boolean value " + *given + " for '" + name + "'");
}

Result<std::optional<StatementProperties::Map>> StatementProperties::map(const std::string& name) {
  known_.insert(name);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  const auto* entries = std::get_if<std::vector<cql::PropertyEntry>>(&found->second->value);
  if (!entries) return wrong("Invalid value for property '" + name + "'. It should be a map.");
  Map map;
  for (const cql::PropertyEntry& entry : *entries)
    if (!map.emplace(entry.key, entry.value.text).second)
      return wrong("Multiple definition for '" + entry.key + "' in property '" + name + "'");
  return map;
}

bool StatementProperties::ignore(const std::string& name) {
  known_.insert(name);
  return by_name_.contains(name);
}

Status StatementProperties::nothing_left() const {
  for (const auto& [name, property] : by_name_)
    if (!known_.contains(name)) return wrong("Unknown property '" + name + "'");
  return {};
}

}  // namespace ringlet
