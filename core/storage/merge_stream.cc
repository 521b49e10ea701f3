#include "core/storage/merge_stream.h"

#include <algorithm>

#include "core/base/must.h"
#include "core/data/reconcile.h"
#include "core/env/executor.h"

namespace ringlet {
namespace {

constexpr size_t kLoadedAtOnce =
    16;  // what was loaded is held until the next step, which may find that it was not needed

// Of which nothing is left, one after the other: a deletion may hide a partition of millions of rows, and neither other reads nor the
// end of a merge wait for all of them.
constexpr size_t kHiddenAtOnce = 512;

struct Source {
  enum class State : uint8_t {
    wanting,  // its head was used: next() is due
    ready,    // `head` is its next fragment
    ended,
  };
  std::unique_ptr<FragmentStream> stream;
  Fragment head;
  Deletion open;  // after the last marker passed, in the direction of reading
  State state = State::wanting;
  bool blocked = false;
};

// Two steps: which sources hold the next partition (prefixes are compared once a partition), then the union of their
// fragments by position. Sources are few (memtables and sorted runs) and most partitions are in few of them: both steps
// scan, which needs no order kept between steps.
class MergeStream final : public FragmentStream {
 public:
  MergeStream(std::vector<std::unique_ptr<FragmentStream>> streams, bool reversed) : reversed_(reversed) {
    sources_.reserve(streams.size());
    for (auto& stream : streams) sources_.push_back(Source{.stream = std::move(stream)});
    inside_.reserve(sources_.size());
    at_least_.reserve(sources_.size());
    rows_.reserve(sources_.size());
  }

  Result<Step> next(Fragment& out) override {
    for (size_t hidden = 0; hidden < kHiddenAtOnce; ++hidden) {
      TRY(const bool ready, advance_sources());
      if (!ready) return Step::blocked;
      if (inside_.empty()) return begin_partition(out);
      if (yield_least(out)) return Step::fragment;
    }
    resting_ = true;
    return Step::blocked;
  }

  Task<Status> load(const RequestContext& context) override {
    Executor* const here = Executor::current();
    if (std::exchange(resting_, false) && here != nullptr) co_await here->yield_if_due();
    size_t loaded = 0;
    for (Source& source : sources_) {
      if (!source.blocked) continue;
      if (++loaded > kLoadedAtOnce) break;
      CO_TRY_STATUS(co_await source.stream->load(context));
      source.blocked = false;
    }
    co_return Status{};
  }

  void skip_partition() override {
    for (Source* source : inside_) {
      // A head of another partition was read already: that source is past this one.
      if (source->state == Source::State::ready && source->head.kind == Fragment::Kind::partition) continue;
      if (source->state == Source::State::ended) continue;
      source->stream->skip_partition();
      use(*source);
    }
    inside_.clear();
  }

 private:
  // Fills the heads that were used. False: some source is blocked.
  Result<bool> advance_sources() {
    if (!wanting_) return true;
    bool ready = true;
    for (Source& source : sources_) {
      if (source.state != Source::State::wanting) continue;
      if (source.blocked) {
        ready = false;
        continue;
      }
      TRY(const Step step, source.stream->next(source.head));
      if (step == Step::fragment) source.state = Source::State::ready;
      if (step == Step::end) end(source);
      source.blocked = step == Step::blocked;
      ready &= !source.blocked;
    }
    if (!ready) return false;
    wanting_ = false;
    std::erase_if(inside_, [](const Source* source) {
      return source->state == Source::State::ended || source->head.kind == Fragment::Kind::partition;
    });
    return true;
  }

  // Most files have nothing of a partition: what they hold is not held for those that have.
  static void end(Source& source) {
    source.state = Source::State::ended;
    source.stream.reset();
  }

  void use(Source& source) {
    source.state = Source::State::wanting;
    wanting_ = true;
  }

  Result<Step> begin_partition(Fragment& out) {
    const Source* first = nullptr;
    for (const Source& source : sources_) {
      if (source.state == Source::State::ended) continue;
      MUST(source.head.kind == Fragment::Kind::partition);
      if (first == nullptr || source.head.prefix < first->head.prefix) first = &source;
    }
    if (first == nullptr) return Step::end;
    out = first->head;
    for (Source& source : sources_) {
      if (source.state == Source::State::ended || source.head.prefix != out.prefix) continue;
      out.deletion = newer(out.deletion, source.head.deletion);
      source.open = {};
      inside_.push_back(&source);
    }
    for (Source* source : inside_) use(*source);
    partition_deletion_ = out.deletion;
    open_ = {};
    if (!out.deletion.none()) skip_hidden();
    return Step::fragment;
  }

  void skip_hidden() {
    std::erase_if(inside_, [this](Source* source) {
      if (!partition_deletion_.covers(source->stream->newest_timestamp())) return false;
      source->stream->skip_partition();
      return true;
    });
  }

  // Below zero: `a` comes before `b` in the direction of reading. Going forward a marker stands before the row at its
  // position, going backwards after it.
  int compare(const Fragment& a, const Fragment& b) const {
    if (a.kind == Fragment::Kind::static_row || b.kind == Fragment::Kind::static_row) {
      return (a.kind == Fragment::Kind::static_row ? 0 : 1) - (b.kind == Fragment::Kind::static_row ? 0 : 1);
    }
    int order = a.position.compare(b.position);
    if (order == 0) order = (a.kind == Fragment::Kind::row ? 1 : 0) - (b.kind == Fragment::Kind::row ? 1 : 0);
    return reversed_ ? -order : order;
  }

  // Puts the least heads together. False when nothing came of it.
  bool yield_least(Fragment& out) {
    at_least_.clear();
    for (Source* source : inside_) {
      const int order = at_least_.empty() ? 0 : compare(source->head, at_least_.front()->head);
      if (order > 0) continue;
      if (order < 0) at_least_.clear();
      at_least_.push_back(source);
    }
    const bool yields = at_least_.front()->head.kind == Fragment::Kind::marker ? join_markers(out) : join_rows(out);
    for (Source* source : at_least_) use(*source);
    return yields;
  }

  bool join_markers(Fragment& out) {
    for (Source* source : at_least_) source->open = reversed_ ? source->head.before : source->head.after;
    Deletion now_open;
    for (const Source* source : inside_) now_open = newer(now_open, source->open);
    if (partition_deletion_.covers(now_open.at)) now_open = {};
    const Deletion was_open = std::exchange(open_, now_open);
    if (was_open == now_open) return false;
    out = at_least_.front()->head;
    out.before = reversed_ ? now_open : was_open;
    out.after = reversed_ ? was_open : now_open;
    return true;
  }

  bool join_rows(Fragment& out) {
    out = at_least_.front()->head;
    const bool is_static = out.kind == Fragment::Kind::static_row;
    if (at_least_.size() > 1) {
      rows_.clear();
      for (const Source* source : at_least_) rows_.push_back(source->head.row);
      merged_.clear();
      merge_rows(rows_, merged_);
      out.row = merged_;
    }
    const Deletion& covering = is_static ? partition_deletion_ : newer(partition_deletion_, open_);
    if (!covering.none()) {
      kept_.clear();
      apply_deletion(out.row, covering, kept_);
      out.row = kept_;
    }
    return !out.row.empty();
  }

  const bool reversed_;
  std::vector<Source> sources_;
  std::vector<Source*> inside_;    // those that hold more of the current partition
  std::vector<Source*> at_least_;  // those whose heads stand at the least place
  std::vector<BytesView> rows_;
  bool wanting_ = true;
  bool resting_ = false;  // until load(): so much was hidden that others go first
  Deletion partition_deletion_, open_;
  Bytes merged_, kept_;
};

class EmptyStream final : public FragmentStream {
 public:
  Result<Step> next(Fragment&) override { return Step::end; }
  Task<Status> load(const RequestContext&) override { co_return Status{}; }
  void skip_partition() override {}
};

}  // namespace

std::unique_ptr<FragmentStream> merge_all(std::vector<std::unique_ptr<FragmentStream>>& sources, bool reversed) {
  if (sources.empty()) return std::make_unique<EmptyStream>();
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<MergeStream>(
      std::vector(std::move_iterator(sources.begin()), std::move_iterator(sources.end())), reversed);
}

std::unique_ptr<FragmentStream> merge_streams(std::vector<std::unique_ptr<FragmentStream>> sources, bool reversed) {
  return merge_all(sources, reversed);
}

std::unique_ptr<FragmentStream> apply_own_deletions(std::unique_ptr<FragmentStream> source, bool reversed) {
  std::vector<std::unique_ptr<FragmentStream>> one;
  one.push_back(std::move(source));
  return std::make_unique<MergeStream>(std::move(one), reversed);
}

}  // namespace ringlet
