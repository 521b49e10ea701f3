// What a node answered, on stdout: as it came where --json asked for that, else in words.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "core/base/result.h"

namespace ringlet::cli {

using Json = nlohmann::json;

// The exit code. `print` gets the answer parsed; where it asks for what is not there, that is an error in words.
int print_answer(const Result<std::string>& answer, bool as_json, const std::function<void(const Json&)>& print);

// "keyspace.table", or "keyspace" (no table then).
std::pair<std::string, std::string> split_name(const std::string& full);
Status whole_name(const std::string& full);  // Errc::invalid for half of one: "ks." is never all of ks

}  // namespace ringlet::cli
