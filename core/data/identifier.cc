#include "core/data/identifier.h"

#include <algorithm>
#include <array>

namespace ringlet {
namespace {

constexpr auto kReserved = std::to_array<std::string_view>(
    {"add",    "allow",        "alter",    "and",    "apply",        "asc",      "authorize", "batch",       "begin",
     "by",     "columnfamily", "create",   "delete", "desc",         "describe", "drop",      "entries",     "execute",
     "false",  "from",         "full",     "grant",  "if",           "in",       "index",     "infinity",    "insert",
     "into",   "is",           "keyspace", "limit",  "materialized", "modify",   "nan",       "norecursive", "not",
     "null",   "of",           "on",       "or",     "order",        "primary",  "rename",    "revoke",      "schema",
     "select", "set",          "table",    "to",     "token",        "true",     "truncate",  "unlogged",    "update",
     "use",    "using",        "view",     "where",  "with"});
static_assert(std::ranges::is_sorted(kReserved));

bool is_plain(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

bool is_reserved_word(std::string_view lower_case) { return std::ranges::binary_search(kReserved, lower_case); }

std::string quote_if_needed(std::string_view name) {
  if (is_plain(name) && !is_reserved_word(name)) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace ringlet
