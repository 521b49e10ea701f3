#include "cli/client/csv.h"

namespace ringlet::cli {

void CsvReader::feed(BytesView bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes);
}

// From just after the opening quote to just after the closing one.
CsvReader::Scan CsvReader::scan_quoted(size_t& at, uint64_t& lines, std::string& field) {
  while (true) {
    const size_t stop = buffer_.find_first_of("\"\n", at);
    if (stop == Bytes::npos) return finished_ ? Scan::bad : Scan::cut_short;
    field.append(buffer_, at, stop - at);
    at = stop + 1;
    if (buffer_[stop] == '\n') {
      field += '\n';
      ++lines;
    } else if (at == buffer_.size() && !finished_) {
      return Scan::cut_short;  // perhaps the first of two quotes
    } else if (at < buffer_.size() && buffer_[at] == '"') {
      field += '"';
      ++at;
    } else {
      return Scan::whole;
    }
  }
}

CsvReader::Scan CsvReader::scan_record(size_t& at, uint64_t& lines) {
  while (true) {
    std::string field;
    bool quoted = false;
    if (at < buffer_.size() && buffer_[at] == '"') {
      quoted = true;
      ++at;
      if (const Scan scan = scan_quoted(at, lines, field); scan != Scan::whole) {
        problem_ = "a quoted field does not end";
        return scan;
      }
    }
    const size_t stop = buffer_.find_first_of(",\n", at);
    if (stop == Bytes::npos && !finished_) return Scan::cut_short;
    size_t end = stop == Bytes::npos ? buffer_.size() : stop;
    const bool ends_record = stop == Bytes::npos || buffer_[stop] == '\n';
    const size_t next = stop == Bytes::npos ? end : stop + 1;
    if (ends_record && end > at && buffer_[end - 1] == '\r') --end;
    const BytesView rest = BytesView(buffer_).substr(at, end - at);
    problem_ = quoted ? "something follows a closing quote" : "a quote stands inside an unquoted field";
    if ((quoted && !rest.empty()) || rest.find('"') != BytesView::npos) return Scan::bad;
    field.append(rest);
    record_.fields.push_back(quoted || !field.empty() ? std::optional(std::move(field)) : std::nullopt);
    at = next;
    if (ends_record) {
      if (stop != Bytes::npos) ++lines;
      return Scan::whole;
    }
  }
}

CsvReader::Next CsvReader::skip_line(std::string problem) {
  const size_t stop = buffer_.find('\n', begin_);
  if (stop == Bytes::npos && !finished_ && buffer_.size() - begin_ < kRecordBytesMax) return Next::more_bytes;
  const size_t end = stop == Bytes::npos ? buffer_.size() : stop + 1;
  problem_ = std::move(problem);
  record_.end = offset_ += end - begin_;
  ++line_;
  begin_ = end;
  return Next::bad;
}

CsvReader::Next CsvReader::next() {
  while (true) {
    if (begin_ == buffer_.size()) return finished_ ? Next::end : Next::more_bytes;
    record_ = {{}, line_, offset_, offset_};
    size_t at = begin_;
    uint64_t lines = 0;
    const Scan scan = scan_record(at, lines);
    if (scan == Scan::bad) return skip_line(problem_);
    if (scan == Scan::cut_short) {
      if (buffer_.size() - begin_ >= kRecordBytesMax) return skip_line("the record is larger than 16 MiB");
      return Next::more_bytes;
    }
    offset_ += at - begin_;
    line_ += lines;
    begin_ = at;
    record_.end = offset_;
    if (record_.fields.size() == 1 && !record_.fields[0]) continue;  // a blank line
    return Next::record;
  }
}

void append_csv_field(const std::optional<std::string_view>& field, bool first, Bytes& out) {
  if (!first) out += ',';
  if (!field) return;
  if (!field->empty() && field->find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(*field);
    return;
  }
  out += '"';
  for (const char c : *field) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

void end_csv_record(Bytes& out) { out += '\n'; }

}  // namespace ringlet::cli
