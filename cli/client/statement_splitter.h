// Cuts CQL text into statements at each `;` that stands outside of strings, quoted names, $$ blocks and comments. Text may come in
// pieces (the lines of a shell); BEGIN BATCH ... APPLY BATCH stays one statement.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringlet::cli {

class StatementSplitter {
 public:
  void feed(std::string_view text) { text_.append(text); }
  std::optional<std::string> next();  // a whole statement, without its `;` and the blanks around it
  std::string rest();  // what has no `;` yet, and forget it; "" when there is nothing but blanks and comments
  bool in_statement() const;

 private:
  size_t end_of_statement() const;
  std::string text_;
};

}  // namespace ringlet::cli
