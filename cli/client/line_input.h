// Lines from a person or from a pipe. On a terminal: arrows, home and end, backspace, ctrl-a/e/u/k/c/d, and a history that lasts as
// long as the shell does.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ringlet::cli {

class LineInput {
 public:
  LineInput();
  bool is_interactive() const { return interactive_; }
  std::optional<std::string> read(const std::string& prompt);  // without its line end; nullopt at the end
  bool was_interrupted() const { return interrupted_; }        // ctrl-c: the line that was returned is empty

 private:
  enum class Edit : uint8_t { going_on, entered, ended };
  std::optional<std::string> read_plain();
  std::optional<std::string> edit(const std::string& prompt);
  Edit take_key(char key);
  void take_escape();
  void move_in_history(int step);
  void show(const std::string& prompt) const;

  const bool interactive_;
  bool interrupted_ = false;
  std::vector<std::string> history_;
  std::string line_, unfinished_;  // unfinished_: what was being typed before history was looked at
  size_t cursor_ = 0, at_ = 0;     // bytes into line_; place in history_
};

}  // namespace ringlet::cli
