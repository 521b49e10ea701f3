#include "core/data/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/bytes.h"
#include "core/base/limits.h"

namespace ringlet {
namespace {

using Kind = JsonValue::Kind;

// Builds the tree from the parser's events. `open_` are the arrays and objects around the next value; their addresses hold,
// because an item that is open is its owner's last and nothing is added beside it until it closes.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonValue root;
  std::string error;

  bool null() override { return add({.kind = Kind::null}); }
  bool boolean(bool value) override { return add({.kind = Kind::boolean, .text = value ? "true" : "false"}); }
  bool number_integer(number_integer_t value) override {
    return add({.kind = Kind::number, .text = std::to_string(value)});
  }
  bool number_unsigned(number_unsigned_t value) override {
    return add({.kind = Kind::number, .text = std::to_string(value)});
  }
  bool number_float(number_float_t, const string_t& written) override {
    return add({.kind = Kind::number, .text = written});
  }
  bool string(string_t& value) override { return add({.kind = Kind::string, .text = std::move(value)}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Kind::object); }
  bool start_array(std::size_t) override { return open(Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    open_.back()->names.push_back(std::move(name));
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& what) override {
    error = what.what();
    return false;
  }

 private:
  bool add(JsonValue value) { return place(std::move(value)) != nullptr; }
  JsonValue* place(JsonValue value) {
    if (++values_ > kJsonValuesMax) {
      error = "more than " + std::to_string(kJsonValuesMax) + " values";
      return nullptr;
    }
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    return &open_.back()->items.emplace_back(std::move(value));
  }
  bool open(Kind kind) {
    if (open_.size() >= static_cast<size_t>(kParserDepthMax)) {
      error = "nested deeper than " + std::to_string(kParserDepthMax) + " levels";
      return false;
    }
    JsonValue* const placed = place({.kind = kind});
    if (placed) open_.push_back(placed);
    return placed;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  std::vector<JsonValue*> open_;
  size_t values_ = 0;
};

}  // namespace

Result<JsonValue> parse_json(std::string_view text) {
  TreeBuilder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return fail(Errc::invalid,
                "Could not decode JSON string '" + std::string(text.substr(0, 200)) + "': " + builder.error);
  }
  return std::move(builder.root);
}

std::string json_quoted(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  static constexpr std::string_view kEscaped = "\"\\\b\t\n\f\r", kLetters = "\"\\btnfr";
  std::string quoted = "\"";
  for (const char c : text) {
    if (const size_t at = kEscaped.find(c); at != kEscaped.npos) {
      quoted += '\\';
      quoted += kLetters[at];
    } else if (static_cast<uint8_t>(c) < 0x20) {
      quoted += "\\u00";
      quoted += kDigits[static_cast<uint8_t>(c) >> 4];
      quoted += kDigits[static_cast<uint8_t>(c) & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string to_text(const JsonValue& value) {
  if (value.kind == Kind::null) return "null";
  if (value.kind == Kind::string) return json_quoted(value.text);
  if (value.kind == Kind::boolean || value.kind == Kind::number) return value.text;
  const bool is_object = value.kind == Kind::object;
  std::string text(1, is_object ? '{' : '[');
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) text += ", ";
    if (is_object) text += json_quoted(value.names[i]) + ": ";
    text += to_text(value.items[i]);
  }
  return text + (is_object ? '}' : ']');
}

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::string json_key(std::string_view name) {
  if (std::ranges::none_of(name, is_upper)) return json_quoted(name);
  return json_quoted("\"" + std::string(name) + "\"");
}

std::string name_of_json_key(std::string_view key) {
  if (key.size() >= 2 && key.front() == '"' && key.back() == '"') return std::string(key.substr(1, key.size() - 2));
  std::string name(key);
  for (char& c : name) c = is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

}  // namespace ringlet
