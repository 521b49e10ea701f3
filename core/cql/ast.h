// A CQL statement as a tree, exactly as written and nothing more: pure values that own their strings, so that a prepared
// statement can keep its tree after the text is gone. Trees are never deeper than kParserDepthMax, so copying, visiting
// and destroying them by recursion is safe.
//
// Reading order: ast_terms.h (terms, selectors, relations), ast_data.h, ast_schema.h, ast_access.h.
#pragma once

#include "core/cql/ast_access.h"

namespace ringlet::cql {

using Statement =
    std::variant<Select, Insert, Update, Delete, Batch, Truncate, Use, CreateKeyspace, AlterKeyspace, DropKeyspace,
                 CreateTable, AlterTable, DropTable, CreateIndex, DropIndex, CreateType, AlterType, DropType,
                 CreateView, AlterView, DropView, CreateFunction, DropFunction, CreateAggregate, DropAggregate,
                 CreateTrigger, DropTrigger, Describe, CreateRole, AlterRole, DropRole, ListRoles, GrantPermissions,
                 RevokePermissions, ListPermissions, GrantRole, RevokeRole>;

struct ParsedStatement {
  Statement statement;
  std::vector<BindMarker> markers;  // all of the statement's, in order of appearance: markers[i].index == i
};

}  // namespace ringlet::cql
