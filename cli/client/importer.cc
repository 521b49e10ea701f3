#include "cli/client/importer.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "cli/client/cell_text.h"
#include "cli/client/text_table.h"
#include "core/data/identifier.h"

namespace ringlet::cli {
namespace {

constexpr size_t kReadBytes = 256u << 10;
constexpr uint64_t kProblemsShown = 10;
// A node whose log syncs periodically may lose what it acknowledged less than a period (of 1 s, by default) before it died.
constexpr auto kTrustAfter = std::chrono::seconds(3);
constexpr auto kMarkEvery = std::chrono::milliseconds(500);

std::string quoted_literal(const std::string& text) {
  std::string literal = "'";
  for (const char c : text) literal.append(c == '\'' ? 2 : 1, c);
  return literal + "'";
}

struct TableName {
  std::string keyspace, table;
  std::string cql() const { return quote_if_needed(keyspace) + "." + quote_if_needed(table); }
};
TableName split(const std::string& name) {
  const size_t dot = name.find('.');
  return {name.substr(0, dot), dot == std::string::npos ? "" : name.substr(dot + 1)};
}

// One cell of one row of a system table, as text.
Result<std::string> look_up(CqlClient& client, const TypeRef& type, const std::string& query) {
  TRY(const CqlRows rows, rows_of(client.query(query)));
  if (rows.rows.empty() || rows.rows[0].empty() || !rows.rows[0][0]) return std::string();
  return show_cell(*type, *rows.rows[0][0]);
}

}  // namespace

Result<ImportSummary> Importer::run(const ImportOptions& options) {
  Importer importer(options);
  TRY_STATUS(importer.open_file());
  TRY_STATUS(importer.read_header());
  TRY_STATUS(importer.prepare());
  TRY_STATUS(importer.choose_start());
  const uint64_t resumed_at = importer.next_row_;
  Status sent = importer.send_rows();
  if (sent) sent = importer.drain();
  importer.progress_.clear();
  if (!sent) return fail(importer.interrupted(sent.error()).error());
  remove_mark(mark_path(options.path));
  return ImportSummary{importer.acknowledged_, importer.refused_, resumed_at, importer.progress_.seconds()};
}

Status Importer::open_file() {
  file_.reset(std::fopen(options_.path.c_str(), "rb"));
  struct stat info{};
  if (!file_ || fstat(fileno(file_.get()), &info) != 0)
    return fail(Errc::not_found, "cannot read " + options_.path + ": " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, options_.path + " is not a file");
  mark_.table = options_.table;
  mark_.file_bytes = static_cast<uint64_t>(info.st_size);
  mark_.file_changed_ns = info.st_mtim.tv_sec * int64_t{1000000000} + info.st_mtim.tv_nsec;
  return {};
}

Status Importer::feed() {
  resize_for_overwrite(buffer_, kReadBytes);
  const size_t got = std::fread(buffer_.data(), 1, kReadBytes, file_.get());
  if (got == 0 && std::ferror(file_.get()))
    return fail(Errc::io, "cannot read " + options_.path + ": " + std::strerror(errno));
  if (got == 0) reader_.finish();
  reader_.feed(BytesView(buffer_).substr(0, got));
  return {};
}

Status Importer::read_header() {
  while (true) {
    const CsvReader::Next next = reader_.next();
    if (next == CsvReader::Next::more_bytes) {
      TRY_STATUS(feed());
      continue;
    }
    if (next != CsvReader::Next::record)
      return fail(Errc::invalid, options_.path + " has no header row with column names");
    break;
  }
  for (const auto& field : reader_.record().fields) header_.push_back(field.value_or(""));
  if (header_[0].starts_with("\xEF\xBB\xBF")) header_[0].erase(0, 3);  // a byte order mark, as spreadsheets write it
  for (const std::string& name : header_)
    if (name.empty()) return fail(Errc::invalid, options_.path + ": a column of the header row has no name");
  mark_.offset = reader_.offset();
  mark_.line = reader_.line();
  return {};
}

Status Importer::prepare() {
  TRY(CqlClient client, CqlClient::connect(options_.host, options_.port));
  const TableName name = split(options_.table);
  std::string names, markers;
  for (const std::string& column : header_) {
    names += (names.empty() ? "" : ", ") + quote_if_needed(column);
    markers += markers.empty() ? "?" : ", ?";
  }
  auto prepared = client.prepare("INSERT INTO " + name.cql() + " (" + names + ") VALUES (" + markers + ")");
  if (!prepared)
    return fail(prepared.error().code,
                options_.path + " does not fit " + options_.table + ": " + prepared.error().detail);
  prepared_ = std::move(*prepared);
  if (prepared_.binds.size() != header_.size())
    return fail(Errc::protocol, "the node counts other columns than the header");
  const std::string of_keyspace = " WHERE keyspace_name = " + quoted_literal(name.keyspace);
  TRY(mark_.table_id,
      look_up(client, native_type(TypeKind::uuid),
              "SELECT id FROM system_schema.tables" + of_keyspace + " AND table_name = " + quoted_literal(name.table)));
  TRY(const std::string durable, look_up(client, native_type(TypeKind::boolean),
                                         "SELECT durable_writes FROM system_schema.keyspaces" + of_keyspace));
  keeps_marks_ =
      durable != "false";  // what such a keyspace acknowledged may be gone after the node's end: then begin anew
  const auto done = [this](const CqlPipeline::Row& row, const CqlError* error) { acknowledge(row.number, error); };
  TRY(pipeline_, CqlPipeline::open(options_.host, options_.port, options_.connections, options_.window, done));
  pipeline_->use(prepared_.id, {});
  return {};
}

Status Importer::choose_start() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  mark_.first_timestamp = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  const auto kept = read_mark(mark_path(options_.path));
  if (options_.restart || !keeps_marks_ || !kept || !kept->is_of_same_import(mark_)) return {};
  mark_ = *kept;
  next_row_ = mark_.rows;
  refused_ = mark_.refused;
  reader_ = CsvReader(mark_.offset, mark_.line);
  if (fseeko(file_.get(), static_cast<off_t>(mark_.offset), SEEK_SET) != 0)
    return fail(Errc::io, "cannot read " + options_.path + ": " + std::strerror(errno));
  if (!options_.quiet)
    std::fprintf(stderr, "import: going on at line %llu of %s\n", static_cast<unsigned long long>(mark_.line),
                 options_.path.c_str());
  return {};
}

Status Importer::send_rows() {
  while (true) {
    const CsvReader::Next next = reader_.next();
    if (next == CsvReader::Next::end) return {};
    if (next == CsvReader::Next::more_bytes) {
      TRY_STATUS(feed());
      continue;
    }
    pending_.push_back({reader_.record().line, reader_.offset(), reader_.line(), false});
    if (next == CsvReader::Next::record) {
      TRY_STATUS(send(reader_.record()));
    } else {
      refuse(pending_.back(), reader_.problem());
      ++next_row_;
    }
    advance();
    TRY_STATUS(check_errors());
  }
}

Status Importer::send(const CsvRecord& record) {
  const uint64_t row = next_row_++;
  auto values = values_of(record);
  if (!values) {
    refuse(pending_.back(), values.error().detail);
    return {};
  }
  while (!pipeline_->has_room()) TRY_STATUS(pipeline_->turn(100));
  pipeline_->push({row, std::move(*values), mark_.first_timestamp + static_cast<int64_t>(row), 0});
  if (row % 32 == 0) TRY_STATUS(pipeline_->turn(0));
  if (row % 256 == 0) {
    TRY_STATUS(keep_mark());
    progress_.update(mark_.offset, mark_.file_bytes, acknowledged_);
  }
  return {};
}

Result<CqlValues> Importer::values_of(const CsvRecord& record) const {
  if (record.fields.size() != header_.size()) {
    return fail(Errc::invalid, std::to_string(record.fields.size()) + " fields where the header has " +
                                   std::to_string(header_.size()));
  }
  CqlValues values;
  values.reserve(header_.size());
  for (size_t i = 0; i < header_.size(); ++i) {
    if (!record.fields[i]) {
      values.push_back(std::nullopt);
      continue;
    }
    auto value = parse_cell(*prepared_.binds[i].type, *record.fields[i]);
    if (!value) return fail(Errc::invalid, "column " + header_[i] + ": " + value.error().detail);
    values.push_back(std::move(*value));
  }
  return values;
}

Status Importer::drain() {
  while (pipeline_->in_flight() > 0) {
    TRY_STATUS(pipeline_->turn(100));
    advance();
    progress_.update(mark_.offset, mark_.file_bytes, acknowledged_);
    TRY_STATUS(keep_mark());
  }
  return check_errors();
}

void Importer::acknowledge(uint64_t row, const CqlError* error) {
  Pending& pending = pending_[row - mark_.rows];
  if (error != nullptr) return refuse(pending, error->message);
  pending.done = true;
  ++acknowledged_;
}

void Importer::refuse(Pending& pending, const std::string& problem) {
  ++refused_;
  pending.done = pending.refused = true;
  const std::string text = "line " + std::to_string(pending.line) + ": " + printable(problem);
  if (first_problem_.empty()) first_problem_ = text;
  if (options_.errors_max == 0 || refused_ > kProblemsShown) return;
  progress_.clear();
  std::fprintf(stderr, "import: %s\n", text.c_str());
}

void Importer::advance() {
  while (!pending_.empty() && pending_.front().done) {
    mark_.offset = pending_.front().end_offset;
    mark_.line = pending_.front().end_line;
    mark_.refused += pending_.front().refused ? 1 : 0;
    ++mark_.rows;
    pending_.pop_front();
  }
}

Status Importer::keep_mark() {
  if (!keeps_marks_) return {};
  const auto time = std::chrono::steady_clock::now();
  if (!settled_.empty() && time - settled_.back().at < kMarkEvery) return {};
  settled_.push_back({time, mark_});
  std::optional<ImportMark> trusted;
  while (!settled_.empty() && time - settled_.front().at >= kTrustAfter) {
    trusted = settled_.front().mark;
    settled_.pop_front();
  }
  if (!trusted) return {};
  const Status kept = write_mark(mark_path(options_.path), *trusted);
  if (kept) return {};
  keeps_marks_ = false;  // a folder that may not be written is no reason to stop: a later run begins anew
  progress_.clear();
  std::fprintf(stderr, "import: %s; an interrupted import will begin anew\n", kept.error().detail.c_str());
  return {};
}

Status Importer::check_errors() const {
  if (refused_ <= options_.errors_max) return {};
  if (options_.errors_max == 0)
    return fail(Errc::invalid, options_.path + ": " + first_problem_ + " (--max-errors N lets N rows be refused)");
  return fail(Errc::invalid, options_.path + ": more than " + std::to_string(options_.errors_max) +
                                 " rows were refused, the first at " + first_problem_);
}

// Rows are on their way that nobody has answered for: what is kept is what is certain.
Status Importer::interrupted(const Error& error) {
  if (error.code == Errc::invalid) return fail(error);
  return fail(error.code, error.detail + "; " + std::to_string(mark_.rows - mark_.refused) +
                              " rows are in, run the same command again to go on");
}

}  // namespace ringlet::cli
