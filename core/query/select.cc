#include "core/query/select.h"

#include <algorithm>

#include "core/data/keys.h"
#include "core/query/live_rows.h"
#include "core/query/paging_state.h"

namespace ringlet {
namespace {

// One execution. Steps are plain code; only run() waits.
class SelectRun {
 public:
  SelectRun(const SelectRequest& request, ReadSource& source, const RequestContext& context)
      : request_(request),
        plan_(request.plan),
        source_(source),
        context_(context),
        run_(plan_.selection(), request.evaluation),
        input_(plan_.shape()),
        limit_(request.bound.limit),
        memory_(context.memory),
        reading_(context.memory) {
    if (context.memory != nullptr) {
      page_bytes_max_ = std::min(page_bytes_max_, context.memory->bytes() / 8);
      answer_bytes_max_ = std::min(answer_bytes_max_, context.memory->bytes() / 2);
    }
    // Aggregates without GROUP BY answer one row, whatever the page size.
    paged_ = request.page_size > 0 && !(run_.folds() && !plan_.selection().groups());
    rows_left_in_page_ = paged_ ? static_cast<uint64_t>(request.page_size) : UINT64_MAX;
  }

  Task<Result<RowsResult>> run() {
    CO_TRY_STATUS(resume());
    Status read;
    if (request_.bound.merge_partitions && !run_.folds())
      read = co_await run_merged();
    else
      read = co_await run_ranges();
    if (context_.trace != nullptr) [[unlikely]]
      tell_trace();
    if (!read) co_return failed(std::move(read).error());
    if (!paused_) CO_TRY_STATUS(run_.finish(cells_));
    RowsResult result;
    result.metadata = plan_.selection().metadata();
    result.row_count = run_.rows() + merged_rows_;
    result.cells = std::move(cells_);
    if (paused_) result.paging_state = encode_paging_state(state_);
    co_return result;
  }
  uint32_t tombstones() const { return tombstones_; }

 private:
  std::unexpected<Error> failed(Error error) const {
    if (error.code == Errc::tombstones)
      error.detail = plan_.table()->keyspace + "." + plan_.table()->name + ": " + error.detail;
    return fail(std::move(error));
  }

  Status resume() {
    state_.table = plan_.table()->id;
    if (!request_.paging_state) return {};
    TRY(resumed_, decode_paging_state(*request_.paging_state, plan_.table()->id));
    limit_ = std::min(limit_, resumed_->remaining);
    return {};
  }

  Task<Status> run_ranges() {
    const cql::BoundSelect& bound = request_.bound;
    if (bound.where.nothing) co_return Status{};
    for (size_t i = 0; i < bound.range_count() && !done(); ++i) {
      ReadRange range = bound.read_range(i);
      if (resumed_ && !clip_to_resume(range)) continue;
      if (context_.trace != nullptr) range.counts = &counts_;
      CO_TRY_STATUS(co_await run_range(range));
    }
    co_return Status{};
  }

  void tell_trace() {
    const auto count = [](uint32_t n) { return std::to_string(n); };
    context_.trace->event("Read " + std::to_string(rows_live_) + " live rows and " + count(tombstones_) +
                          " tombstones of " + count(partitions_) + " partitions from " + count(counts_.memtables) +
                          " memtables and " + count(counts_.sstables - counts_.filtered) + " sstables; " +
                          count(counts_.filtered) + " sstables skipped by their filter, " +
                          count(counts_.out_of_range) + " out of range");
  }

  // Cuts off what earlier pages have used up; false when that is all of it.
  bool clip_to_resume(ReadRange& range) const {
    const PagingState& at = *resumed_;
    if (range.one_partition) {
      if (range.first_prefix < at.prefix) return false;
      if (range.first_prefix > at.prefix) return true;
      if (!at.begun) return false;
      clip_slices(range.slices, range.reversed);
      return true;
    }
    if (!range.last_prefix.empty() && range.last_prefix <= at.prefix) return false;
    if (range.first_prefix > at.prefix) return true;
    range.first_prefix = at.prefix;
    range.slices_of_first = range.slices;
    if (at.begun)
      clip_slices(*range.slices_of_first, range.reversed);
    else
      range.first_prefix.push_back('\xFF');  // past everything of that partition: prefixes are free of prefixes
    if (!at.begun) range.slices_of_first.reset();
    return true;
  }
  void clip_slices(std::vector<Slice>& slices, bool reversed) const {
    const Bytes after = resumed_->position + '\xFF';
    for (Slice& slice : slices) {
      if (reversed)
        slice.end = std::min(slice.end, resumed_->position);
      else
        slice.start = std::max(slice.start, after);
    }
    std::erase_if(slices, [](const Slice& s) { return s.start >= s.end; });
  }

  uint32_t rows_hint() const {
    const uint64_t wanted = std::min({limit_, rows_left_in_page_, request_.bound.per_partition_limit, uint64_t{1024}});
    return static_cast<uint32_t>(run_.folds() ? 1024 : wanted);
  }

  Task<Status> run_range(const ReadRange& range) {
    if (range.one_partition)
      reading_.set(kPartitionReadBytesCharged);
    else
      CO_TRY_STATUS(co_await take_scan_memory());
    CO_TRY(const auto read, co_await source_.read(range, rows_hint(), context_));
    const Status status = co_await run_read(read->stream(), range.reversed);
    co_await read->close();
    co_return status;
  }

  Task<Status> take_scan_memory() {
    MemoryBudget* budget = context_.memory;
    if (budget == nullptr) co_return Status{};
    const size_t bytes = std::min(std::max(source_.scan_bytes(), kScanBytesCharged), budget->bytes() / 2);
    const Instant patience = std::min(context_.deadline, context_.clock.now() + seconds(kScanWaitSecondsMax));
    while (!reading_.grow_to(bytes)) {
      if (!co_await budget->freed().wait_until(patience))
        co_return fail(
            Errc::overloaded,
            "scans and answers under way fill the memory for requests: try again later, or scan less at once");
    }
    co_return Status{};
  }

  Task<Status> run_read(FragmentStream& stream, bool reversed) {
    LiveRows rows(stream, request_.now, reversed, request_.tombstones.fail);
    const struct Counted {  // of a read that fails for them, too
      LiveRows& rows;
      uint32_t& into;
      ~Counted() { into += rows.tombstones(); }
    } counted{rows, tombstones_};
    Executor& executor = *Executor::current();
    LiveItem item;
    while (!done()) {
      CO_TRY(const Step step, rows.next(item));
      if (step == Step::end) break;
      if (step == Step::blocked) {
        CO_TRY_STATUS(co_await stream.load(context_));
        continue;
      }
      CO_TRY_STATUS(take(item, rows));
      if ((++steps_ & 63) == 0) {
        CO_TRY_STATUS(context_.check());
        co_await executor.yield_if_due();
      }
    }
    co_return Status{};
  }

  Status take(const LiveItem& item, LiveRows& rows) {
    switch (item.kind) {
      case LiveItem::Kind::partition:
        return begin_partition(item);
      case LiveItem::Kind::static_row:
        had_static_ = true;
        TRY_STATUS(input_.static_row(keep_static(item.row), request_.now));
        return rows.count_tombstones(input_.dead_cells());
      case LiveItem::Kind::row:
        return take_row(item, rows);
      case LiveItem::Kind::partition_end:
        return end_partition();
    }
    return {};
  }

  Status begin_partition(const LiveItem& item) {
    TRY(const PartitionPrefix prefix, read_partition_prefix(item.prefix));
    ++partitions_;
    prefix_ = item.prefix;
    partition_key_ = prefix.partition_key;
    key_parts_ = split_partition_key(*plan_.table(), partition_key_);
    input_.partition(key_parts_);
    input_.no_static_row();
    had_static_ = had_row_ = false;
    left_in_partition_ = request_.bound.per_partition_limit;
    const bool resumes = resumed_ && resumed_->begun && resumed_->prefix == prefix_;
    if (resumes) {
      had_row_ = resumed_->had_live_row;
      left_in_partition_ = std::min(left_in_partition_, resumed_->remaining_in_partition);
    }
    return {};
  }

  // The static row's views must hold for the whole partition; the stream keeps them only until its next step.
  BytesView keep_static(BytesView row) {
    static_row_ = row;
    return static_row_;
  }

  Status take_row(const LiveItem& item, LiveRows& rows) {
    had_row_ = true;
    ++rows_live_;
    RowReader reader(item.row);
    TRY(clustering_, split_position(*plan_.table(), item.position, reader.clustering_as_written()));
    clustering_views_.assign(clustering_.begin(), clustering_.end());
    TRY_STATUS(input_.row(clustering_views_, item.row, request_.now));
    TRY_STATUS(rows.count_tombstones(input_.dead_cells()));
    if (!request_.bound.where.filter.matches(*plan_.table(), input_)) return {};
    TRY_STATUS(emit(item.position));
    if (paused_) return {};
    if (plan_.distinct() || left_in_partition_ == 0) {
      partition_done_ = true;
      rows.skip_partition();
    }
    return {};
  }

  Status end_partition() {
    if (!had_row_ && had_static_ && plan_.static_only_rows()) {
      input_.no_row();
      if (request_.bound.where.filter.matches(*plan_.table(), input_)) TRY_STATUS(emit(BytesView{}));
    }
    partition_done_ = false;
    if (!paused_) note_used_up(BytesView{}, false);
    return {};
  }

  // One matching row: it may end the page before it (groups) or after it.
  Status emit(BytesView position) {
    if (partition_done_) return {};
    const bool groups = plan_.selection().groups();
    if (groups && run_.starts_new_group(input_)) {
      TRY_STATUS(run_.finish_group(cells_));
      count_result_row();
      if (done()) return {};
    }
    TRY_STATUS(run_.add(input_, cells_));
    if (!run_.folds()) count_result_row();
    if (left_in_partition_ != UINT64_MAX && !run_.folds()) --left_in_partition_;
    note_used_up(position, true);
    return check_size();
  }

  void count_result_row() {
    if (limit_ != UINT64_MAX) --limit_;
    if (rows_left_in_page_ != UINT64_MAX) --rows_left_in_page_;
    page_full_ = rows_left_in_page_ == 0 || (paged_ && (cells_.size() >= page_bytes_max_ || !has_memory()));
    paused_ = page_full_ && limit_ != 0;
  }
  bool done() const { return limit_ == 0 || page_full_; }

  void note_used_up(BytesView position, bool begun) {
    state_.prefix = prefix_;
    state_.position = position;
    state_.begun = begun && !position_is_last(position);
    state_.had_live_row = had_row_;
    state_.remaining = limit_;
    state_.remaining_in_partition = left_in_partition_;
  }
  // Nothing of the partition can follow: no clustering, DISTINCT, the partition's limit.
  bool position_is_last(BytesView position) const {
    return position.empty() || plan_.distinct() || left_in_partition_ == 0;
  }

  // Twice, because it is copied once into what is sent.
  bool has_memory() {
    const size_t bytes = 2 * (cells_.size() + merged_bytes_);
    return bytes <= kAnswerBytesFree ||
           memory_.grow_to((bytes + kAnswerBytesFree - 1) / kAnswerBytesFree * kAnswerBytesFree);
  }

  Status check_size() {
    if (paged_) return {};
    if (cells_.size() + merged_bytes_ > answer_bytes_max_)
      return fail(Errc::invalid, "the answer is larger than " + std::to_string(answer_bytes_max_ >> 10) +
                                     " KiB: use paging, or a LIMIT");
    if (has_memory()) return {};
    return fail(Errc::overloaded, "answers under way fill the memory for requests: use paging, or try again later");
  }

  // IN on the partition key with ORDER BY: rows of all partitions in one order. Never paged (the plan refuses that).
  Task<Status> run_merged() {
    struct Placed {
      Bytes position, cells;
      size_t order;  // of arrival: equal positions stay in partition order
    };
    std::vector<Placed> all;
    const cql::BoundSelect& bound = request_.bound;
    const uint64_t limit = limit_;
    for (size_t i = 0; i < bound.range_count() && !bound.where.nothing; ++i) {
      ReadRange range = bound.read_range(i);
      if (context_.trace != nullptr) range.counts = &counts_;
      limit_ = limit;
      reading_.set(kPartitionReadBytesCharged);
      CO_TRY(const auto read, co_await source_.read(range, rows_hint(), context_));
      LiveRows rows(read->stream(), request_.now, range.reversed, request_.tombstones.fail);
      Status status;
      LiveItem item;
      for (bool more = true; more && status && !done();) {
        const auto step = rows.next(item);
        if (!step)
          status = fail(step.error());
        else if (*step == Step::end)
          more = false;
        else if (*step == Step::blocked)
          status = co_await read->stream().load(context_);
        else {
          const size_t before = cells_.size();
          status = take(item, rows);
          if (cells_.size() != before) {
            all.push_back({Bytes(state_.position), cells_.substr(before), all.size()});
            merged_bytes_ += cells_.size() - before;
            cells_.resize(before);
          }
          if (status) status = check_size();
        }
      }
      tombstones_ += rows.tombstones();
      co_await read->close();
      CO_TRY_STATUS(status);
    }
    std::ranges::sort(all, [this](const Placed& a, const Placed& b) {
      if (a.position == b.position) return a.order < b.order;
      return plan_.reversed() ? a.position > b.position : a.position < b.position;
    });
    if (all.size() > limit) all.resize(limit);
    for (const Placed& row : all) cells_ += row.cells;
    merged_rows_ = static_cast<uint32_t>(all.size()) - run_.rows();  // wraps: row_count adds run_.rows() back
    co_return Status{};
  }

  const SelectRequest& request_;
  const cql::SelectPlan& plan_;
  ReadSource& source_;
  const RequestContext& context_;
  cql::SelectionRun run_;
  cql::RowInput input_;
  uint64_t limit_;
  uint64_t rows_left_in_page_ = UINT64_MAX, left_in_partition_ = UINT64_MAX;
  bool paged_ = false, page_full_ = false, paused_ = false;
  bool had_static_ = false, had_row_ = false, partition_done_ = false;
  std::optional<PagingState> resumed_;
  PagingState state_;
  Bytes cells_;
  MemoryShare memory_, reading_;
  size_t page_bytes_max_ = kPageBytesMax, answer_bytes_max_ = kUnpagedResultBytesMax;
  size_t merged_bytes_ = 0;
  uint32_t merged_rows_ = 0, tombstones_ = 0, steps_ = 0, partitions_ = 0;
  uint64_t rows_live_ = 0;
  ReadCounts counts_;  // of a traced request
  Bytes prefix_, partition_key_, static_row_;
  std::vector<BytesView> key_parts_, clustering_views_;
  std::vector<Bytes> clustering_;
};

}  // namespace

Task<Result<RowsResult>> run_select(const SelectRequest& request, ReadSource& source, const RequestContext& context,
                                    std::vector<std::string>& warnings) {
  SelectRun run(request, source, context);
  auto result = co_await run.run();
  if (result && run.tombstones() > request.tombstones.warn)
    warnings.push_back("Read met " + std::to_string(run.tombstones()) + " tombstones in " +
                       request.plan.table()->keyspace + "." + request.plan.table()->name +
                       " (see tombstone_warn_threshold)");
  co_return result;
}

}  // namespace ringlet
