// CQL's keywords. Names are those that Cassandra's error messages print (`expecting K_FROM`).
//
// Reserved words cannot be unquoted identifiers; all others can. A word that the parser never looks for is not here.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringlet::cql {

// clang-format off: one list of words, not a tree
#define RINGLET_CQL_RESERVED(X)                                                                                     \
  X(ADD) X(ALLOW) X(ALTER) X(AND) X(APPLY) X(ASC) X(AUTHORIZE) X(BATCH) X(BEGIN) X(BY) X(COLUMNFAMILY) X(CREATE)    \
  X(DELETE) X(DESC) X(DESCRIBE) X(DROP) X(ENTRIES) X(EXECUTE) X(FALSE) X(FROM) X(FULL) X(GRANT) X(IF) X(IN)         \
  X(INDEX) X(INFINITY) X(INSERT) X(INTO) X(IS) X(KEYSPACE) X(LIMIT) X(MATERIALIZED) X(MODIFY) X(NAN)                \
  X(NORECURSIVE) X(NOT) X(NULL) X(OF) X(ON) X(OR) X(ORDER) X(PRIMARY) X(RENAME) X(REVOKE) X(SCHEMA) X(SELECT)       \
  X(SET) X(TABLE) X(TO) X(TOKEN) X(TRUE) X(TRUNCATE) X(UNLOGGED) X(UPDATE) X(USE) X(USING) X(VIEW) X(WHERE)         \
  X(WITH)

#define RINGLET_CQL_UNRESERVED(X)                                                                                   \
  X(ACCESS) X(AGGREGATE) X(AGGREGATES) X(ALL) X(ANN) X(AS) X(BETWEEN) X(BYPASS) X(CACHE) X(CALLED) X(CAST)          \
  X(CIDRS) X(CLUSTER) X(CLUSTERING) X(COMPACT) X(CONTAINS) X(COUNT) X(COUNTER) X(CUSTOM) X(DATACENTERS)             \
  X(DEFAULT) X(DISTINCT) X(EXISTS) X(EXPR) X(FILTERING) X(FINALFUNC) X(FROZEN) X(FUNCTION) X(FUNCTIONS) X(GROUP)    \
  X(HASHED) X(INITCOND) X(INPUT) X(INTERNALS) X(JSON) X(KEY) X(KEYS) X(KEYSPACES) X(LANGUAGE) X(LIKE) X(LIST)       \
  X(LOGIN) X(MAP) X(MASKED) X(MAXWRITETIME) X(MBEAN) X(MBEANS) X(NOSUPERUSER) X(ONLY) X(OPTIONS) X(PARTITION)       \
  X(PASSWORD) X(PER) X(PERMISSION) X(PERMISSIONS) X(REPLACE) X(RETURNS) X(ROLE) X(ROLES) X(SELECT_MASKED)           \
  X(SFUNC) X(STATIC) X(STORAGE) X(STYPE) X(SUPERUSER) X(TABLES) X(TIMEOUT) X(TIMESTAMP) X(TRIGGER) X(TTL)           \
  X(TUPLE) X(TYPE) X(TYPES) X(UNMASK) X(UNSET) X(USER) X(USERS) X(VALUES) X(VECTOR) X(WRITETIME)
// clang-format on

enum Keyword : uint8_t {
  K_NONE,
#define RINGLET_CQL_ENUMERATOR(word) K_##word,
  RINGLET_CQL_RESERVED(RINGLET_CQL_ENUMERATOR) K_LAST_RESERVED,
  RINGLET_CQL_UNRESERVED(RINGLET_CQL_ENUMERATOR)
#undef RINGLET_CQL_ENUMERATOR
};

Keyword keyword_of(std::string_view word);  // any case; K_NONE for any other word
std::string_view name_of(Keyword keyword);  // "K_FROM"
inline bool is_reserved(Keyword keyword) { return keyword != K_NONE && keyword < K_LAST_RESERVED; }
bool is_native_type_name(std::string_view folded);  // "int", "varchar", ...

}  // namespace ringlet::cql
