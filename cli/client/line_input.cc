#include "cli/client/line_input.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace ringlet::cli {
namespace {

constexpr size_t kHistoryMax = 1000;
constexpr char kBackspace = 0x7F, kEscape = 0x1B;
constexpr char control(char letter) { return static_cast<char>(letter & 0x1F); }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The terminal hands over every key while this lives.
class RawTerminal {
 public:
  RawTerminal() {
    tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  ~RawTerminal() { tcsetattr(STDIN_FILENO, TCSADRAIN, &before_); }
  RawTerminal(const RawTerminal&) = delete;

 private:
  termios before_{};
};

bool read_key(char& key) { return ::read(STDIN_FILENO, &key, 1) == 1; }

}  // namespace

LineInput::LineInput() : interactive_(isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) {}

std::optional<std::string> LineInput::read(const std::string& prompt) {
  interrupted_ = false;
  return interactive_ ? edit(prompt) : read_plain();
}

std::optional<std::string> LineInput::read_plain() {
  std::string line;
  int c;
  while ((c = std::getc(stdin)) != EOF && c != '\n') line += static_cast<char>(c);
  if (c == EOF && line.empty()) return std::nullopt;
  return line;
}

std::optional<std::string> LineInput::edit(const std::string& prompt) {
  const RawTerminal raw;
  line_.clear();
  unfinished_.clear();
  cursor_ = 0;
  at_ = history_.size();
  show(prompt);
  for (char key; read_key(key);) {
    const Edit done = take_key(key);
    if (done == Edit::going_on) {
      show(prompt);
      continue;
    }
    std::fputs("\r\n", stdout);
    std::fflush(stdout);
    if (done == Edit::ended) return std::nullopt;
    if (!line_.empty() && (history_.empty() || history_.back() != line_)) history_.push_back(line_);
    if (history_.size() > kHistoryMax) history_.erase(history_.begin());
    return line_;
  }
  return std::nullopt;
}

LineInput::Edit LineInput::take_key(char key) {
  switch (key) {
    case '\r':
    case '\n':
      return Edit::entered;
    case control('c'):
      interrupted_ = true;
      line_.clear();
      return Edit::entered;
    case control('d'):
      return line_.empty() ? Edit::ended : Edit::going_on;
    case control('a'):
      cursor_ = 0;
      break;
    case control('e'):
      cursor_ = line_.size();
      break;
    case control('k'):
      line_.resize(cursor_);
      break;
    case control('u'):
      line_.erase(0, cursor_);
      cursor_ = 0;
      break;
    case control('h'):
    case kBackspace:
      while (cursor_ > 0) {
        const bool first_byte = !is_continuation(line_[--cursor_]);
        line_.erase(cursor_, 1);
        if (first_byte) break;
      }
      break;
    case kEscape:
      take_escape();
      break;
    default:
      if (static_cast<unsigned char>(key) >= ' ' || key == '\t') line_.insert(cursor_++, 1, key == '\t' ? ' ' : key);
  }
  return Edit::going_on;
}

void LineInput::take_escape() {
  char bracket, code;
  if (!read_key(bracket) || !read_key(code)) return;
  switch (code) {
    case 'A':
      return move_in_history(-1);
    case 'B':
      return move_in_history(+1);
    case 'C':
      if (cursor_ < line_.size()) ++cursor_;
      while (cursor_ < line_.size() && is_continuation(line_[cursor_])) ++cursor_;
      return;
    case 'D':
      if (cursor_ > 0) --cursor_;
      while (cursor_ > 0 && is_continuation(line_[cursor_])) --cursor_;
      return;
    case 'H':
      cursor_ = 0;
      return;
    case 'F':
      cursor_ = line_.size();
      return;
    default:
      while (code >= '0' && code <= ';' && read_key(code)) {
      }  // the rest of a longer key
  }
}

void LineInput::move_in_history(int step) {
  if ((step < 0 && at_ == 0) || (step > 0 && at_ == history_.size())) return;
  if (at_ == history_.size()) unfinished_ = line_;
  at_ = step < 0 ? at_ - 1 : at_ + 1;
  line_ = at_ == history_.size() ? unfinished_ : history_[at_];
  cursor_ = line_.size();
}

void LineInput::show(const std::string& prompt) const {
  std::printf("\r\033[K%s%s", prompt.c_str(), line_.c_str());
  const auto behind = std::count_if(line_.begin() + static_cast<std::ptrdiff_t>(cursor_), line_.end(),
                                    [](char c) { return !is_continuation(c); });
  if (behind > 0) std::printf("\033[%tdD", behind);
  std::fflush(stdout);
}

}  // namespace ringlet::cli
