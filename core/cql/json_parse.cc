// Text to JsonNode, by the JSON library's event parser: its own tree would turn long numbers into doubles.
#include <nlohmann/json.hpp>

#include "core/base/limits.h"
#include "core/cql/json_value.h"

namespace ringlet::cql {
namespace {

using Kind = JsonNode::Kind;

class TreeBuilder {
 public:
  using Json = nlohmann::json;

  bool null() { return value({Kind::null, "", {}, {}}); }
  bool boolean(bool v) { return value({Kind::boolean, v ? "true" : "false", {}, {}}); }
  bool number_integer(Json::number_integer_t v) { return value({Kind::integer, std::to_string(v), {}, {}}); }
  bool number_unsigned(Json::number_unsigned_t v) { return value({Kind::integer, std::to_string(v), {}, {}}); }
  bool number_float(Json::number_float_t, const std::string& text) {     // integers beyond 64 bits too
    const bool whole = text.find_first_of(".eE") == std::string::npos;
    return value({whole ? Kind::integer : Kind::number, text, {}, {}});
  }
  bool string(std::string& v) { return value({Kind::string, std::move(v), {}, {}}); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(size_t) { return open(Kind::object); }
  bool start_array(size_t) { return open(Kind::array); }
  bool key(std::string& name) {
    open_.back().names.push_back(std::move(name));
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) {
    problem_ = error.what();
    return false;
  }

  const std::string& problem() const { return problem_; }
  JsonNode take() { return std::move(root_); }

 private:
  bool value(JsonNode node) {
    if (open_.empty()) root_ = std::move(node);
    else open_.back().items.push_back(std::move(node));
    return true;
  }
  bool open(Kind kind) {
    if (open_.size() >= static_cast<size_t>(kParserDepthMax)) {
      problem_ = "nested deeper than " + std::to_string(kParserDepthMax);
      return false;
    }
    open_.push_back({kind, "", {}, {}});
    return true;
  }
  bool close() {
    JsonNode node = std::move(open_.back());
    open_.pop_back();
    return value(std::move(node));
  }

  std::vector<JsonNode> open_;        // outermost first
  JsonNode root_;
  std::string problem_;
};

}  // namespace

Result<JsonNode> parse_json(std::string_view text) {
  TreeBuilder tree;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &tree)) return tree.take();
  constexpr size_t kShownBytes = 200;
  return fail(Errc::invalid, "Could not decode JSON string: " + tree.problem() + ". (String was: " +
                                 std::string(text.substr(0, kShownBytes)) + ")");
}

}  // namespace ringlet::cql
