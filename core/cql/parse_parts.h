// The parser's functions: each takes what its name says from the cursor, from the current token on. None checks for
// failure after each step: see Cursor. Internal to the parser; parser.h is the way in.
#pragma once

#include "core/cql/ast.h"
#include "core/cql/cursor.h"

namespace ringlet::cql {

// --- parse_types.cc ----------------------------------------------------------------------------------------------------
QualifiedName parse_qualified_name(Cursor&);  // name or keyspace.name
TypeName parse_type(Cursor&);
std::vector<TypeName> parse_type_list(Cursor&);  // '(' types ')', perhaps none

// --- parse_terms.cc ----------------------------------------------------------------------------------------------------
Term parse_term(Cursor&);
std::vector<Term> parse_term_list(Cursor&);  // '(' terms ')', at least one
bool at_literal(Cursor&);                    // a constant, perhaps with its sign
Literal parse_literal(Cursor&);              // a constant, perhaps with its sign
bool at_marker(const Cursor&);
Term parse_integer_or_marker(Cursor&);  // LIMIT, TTL, TIMESTAMP
std::optional<ArithmeticOperator> sum_operator(const Cursor&);
std::optional<ArithmeticOperator> product_operator(const Cursor&);
// Is `(type)` at the current place a type hint, that is, followed by the start of an operand? Takes it if so.
std::optional<TypeName> parse_type_hint(Cursor&, bool in_selector);

// --- parse_selectors.cc ------------------------------------------------------------------------------------------------
Selector parse_selector(Cursor&);
std::vector<SelectItem> parse_select_items(Cursor&);  // none for *

// --- parse_relations.cc ------------------------------------------------------------------------------------------------
std::vector<Relation> parse_where(Cursor&);  // after WHERE
std::vector<Condition> parse_conditions(Cursor&);
Assignment parse_assignment(Cursor&);
ColumnTarget parse_column_target(Cursor&);
std::vector<std::string> parse_identifiers(Cursor&);            // a, b, c
std::vector<std::string> parse_identifiers_in_parens(Cursor&);  // (a, b, c)

// --- parse_data.cc -----------------------------------------------------------------------------------------------------
Select parse_select(Cursor&);
Insert parse_insert(Cursor&);
Update parse_update(Cursor&);
Delete parse_delete(Cursor&);
Batch parse_batch(Cursor&);
Truncate parse_truncate(Cursor&);
Use parse_use(Cursor&);

// --- parse_tables.cc ---------------------------------------------------------------------------------------------------
Statement parse_create_table(Cursor&);  // these begin after CREATE TABLE and the like
Statement parse_alter_table(Cursor&);
Statement parse_create_view(Cursor&);
Statement parse_alter_view(Cursor&);

// --- parse_properties.cc -----------------------------------------------------------------------------------------------
PropertyMap parse_properties(Cursor&);  // after WITH
Property parse_property(Cursor&);
std::vector<PropertyEntry> parse_property_entries(Cursor&);  // {'k': 'v'}
bool parse_if_exists(Cursor&);
bool parse_if_not_exists(Cursor&);

// --- parse_schema.cc ---------------------------------------------------------------------------------------------------
Statement parse_create(Cursor&);
Statement parse_alter(Cursor&);
Statement parse_drop(Cursor&);

// --- parse_functions.cc ------------------------------------------------------------------------------------------------
Statement parse_create_function(Cursor&, bool or_replace);
Statement parse_create_aggregate(Cursor&, bool or_replace);
Statement parse_drop_function(Cursor&);
Statement parse_drop_aggregate(Cursor&);

// --- parse_access.cc ---------------------------------------------------------------------------------------------------
Statement parse_create_role(Cursor&);
Statement parse_alter_role(Cursor&);
Statement parse_create_user(Cursor&);
Statement parse_alter_user(Cursor&);
Statement parse_drop_role(Cursor&, bool as_user);
Statement parse_grant(Cursor&);
Statement parse_revoke(Cursor&);
Statement parse_list(Cursor&);

// --- parse_describe.cc -------------------------------------------------------------------------------------------------
Statement parse_describe(Cursor&);

}  // namespace ringlet::cql
