// One cell of CSV, and the value it stands for. Native types are the plain text of core/data/text_value; collections, tuples, user
// types and vectors are CQL literals ({'a': 1}). Both ways give the same value back.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/data/type.h"

namespace ringlet::cli {

Result<Bytes> parse_cell(const Type& type, const std::string& text);
std::string show_cell(const Type& type, BytesView bytes);

}  // namespace ringlet::cli
