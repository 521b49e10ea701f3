#include "core/storage/merge_stream.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/storage/fragment_kit.h"

namespace ringlet::testing {
namespace {

std::vector<OwnedFragment> reversed_rows(std::vector<OwnedFragment> fragments) {
  ReadRange everything;
  everything.reversed = true;
  return select(fragments, everything);
}

std::unique_ptr<FragmentStream> stream_of(const Model& model, bool reversed, std::mt19937_64* dice) {
  std::vector<OwnedFragment> fragments = fragments_of(model, false);
  if (reversed) fragments = reversed_rows(std::move(fragments));
  return std::make_unique<VectorStream>(std::move(fragments), dice);
}

// Skips partitions by dice, and says which.
std::vector<OwnedFragment> drain_skipping(FragmentStream& stream, std::mt19937_64& dice,
                                          std::vector<OwnedFragment>& expected) {
  std::vector<OwnedFragment> out;
  Fragment fragment;
  for (size_t at = 0;;) {
    const Result<Step> step = stream.next(fragment);
    REQUIRE(step);
    if (*step == Step::end) break;
    if (*step == Step::fragment) {
      out.emplace_back(fragment);
      ++at;
    } else if (dice() % 8 != 0) {
      REQUIRE(load_now(stream));
      continue;
    }
    if (*step == Step::fragment && dice() % 5 != 0) continue;
    if (at == 0) {
      REQUIRE(load_now(stream));
      continue;
    }
    stream.skip_partition();
    auto next = std::find_if(expected.begin() + static_cast<ptrdiff_t>(at), expected.end(),
                             [](const OwnedFragment& f) { return f.kind == Fragment::Kind::partition; });
    expected.erase(expected.begin() + static_cast<ptrdiff_t>(at), next);
    if (*step == Step::blocked && at == expected.size()) continue;
  }
  return out;
}

// Many rows of one partition, all written at once, and how many of them were asked for.
class ManyRows final : public FragmentStream {
 public:
  ManyRows(Timestamp written, size_t rows, size_t& given) : written_(written), rows_(rows), given_(given) {
    RowBuilder builder(row_);
    builder.liveness({.at = written});
    builder.finish();
  }
  Result<Step> next(Fragment& out) override {
    if (given_ > rows_) return Step::end;
    out = Fragment{.kind = given_ == 0 ? Fragment::Kind::partition : Fragment::Kind::row, .prefix = "p"};
    if (given_++ == 0) return Step::fragment;
    position_ = std::to_string(rows_ + given_);
    out.position = position_;
    out.row = row_;
    return Step::fragment;
  }
  Task<Status> load(const RequestContext&) override { co_return Status{}; }
  void skip_partition() override { rows_ = 0; }
  Timestamp newest_timestamp() const override { return written_; }

 private:
  const Timestamp written_;
  size_t rows_;
  size_t& given_;
  Bytes row_, position_;
};

std::unique_ptr<FragmentStream> deletion_over(Timestamp rows_written, size_t rows, const Deletion& partition,
                                              const Deletion& range, size_t& given) {
  PartitionModel model;
  model.deletion = partition;
  if (!range.none()) model.ranges.push_back({Slice{}, range});
  std::vector<OwnedFragment> deletions;
  model.fragments("p", false, deletions);
  std::vector<std::unique_ptr<FragmentStream>> sources;
  sources.push_back(std::make_unique<VectorStream>(std::move(deletions)));
  sources.push_back(std::make_unique<ManyRows>(rows_written, rows, given));
  return merge_streams(std::move(sources), false);
}

}  // namespace

TEST_SUITE("merge_stream") {
  TEST_CASE("a merge of random sources equals a model that holds everything in one place, in both directions") {
    for (uint64_t seed = 1; seed <= 400; ++seed) {
      CAPTURE(seed);
      std::mt19937_64 dice(seed);
      const bool reversed = dice() % 2 == 0;
      std::vector<std::unique_ptr<FragmentStream>> sources;
      Model whole;
      const size_t count = dice() % 5 + 1;
      for (size_t i = 0; i < count; ++i) {
        const Model part = random_model(dice, {});
        for (const auto& [prefix, partition] : part) whole[prefix].add(partition);
        sources.push_back(stream_of(part, reversed, dice() % 2 == 0 ? &dice : nullptr));
      }
      std::vector<OwnedFragment> expected = fragments_of(whole, true);
      if (reversed) expected = reversed_rows(std::move(expected));
      auto merged = count == 1 ? apply_own_deletions(std::move(sources.front()), reversed)
                               : merge_streams(std::move(sources), reversed);
      std::vector<OwnedFragment> got;
      if (dice() % 2 == 0)
        got = drain(*merged);
      else
        got = drain_skipping(*merged, dice, expected);
      CHECK_EQ(show(got), show(expected));
      if (got != expected) break;
    }
  }

  TEST_CASE("no sources make an empty stream, and one source is handed through") {
    auto empty = merge_streams({}, false);
    CHECK(drain(*empty).empty());
    auto source = std::make_unique<VectorStream>(std::vector<OwnedFragment>{});
    const FragmentStream* address = source.get();
    std::vector<std::unique_ptr<FragmentStream>> one;
    one.push_back(std::move(source));
    CHECK_EQ(merge_streams(std::move(one), false).get(), address);
  }

  TEST_CASE("a source that the partition's deletion hides whole is not read") {
    for (const int64_t written : {4, 5, 6}) {
      CAPTURE(written);
      size_t given = 0;
      const auto merged = deletion_over(Timestamp{written}, 1000, {Timestamp{5}, Seconds{5}}, {}, given);
      CHECK_EQ(drain(*merged).size(), written > 5 ? 1001 : 1);
      CHECK_EQ(given, written > 5 ? 1001 : 1);
    }
  }

  TEST_CASE("of what a range's deletion hides it reads no more at a time than others can wait for") {
    constexpr size_t kRows = 100000;
    size_t given = 0, blocked = 0, most = 0;
    const auto merged = deletion_over(Timestamp{4}, kRows, {}, {Timestamp{5}, Seconds{5}}, given);
    Fragment fragment;
    for (size_t before = 0;; before = given) {
      const auto step = merged->next(fragment);
      REQUIRE(step);
      if (*step == Step::fragment) CHECK((fragment.kind != Fragment::Kind::row));
      most = std::max(most, given - before);
      if (*step == Step::end) break;
      if (*step == Step::blocked) REQUIRE(load_now(*merged));
      blocked += *step == Step::blocked ? 1 : 0;
    }
    CHECK_EQ(given, kRows + 1);
    CHECK_LE(most, 1000);
    CHECK_GE(blocked, kRows / 1000);
  }

  TEST_CASE("an error of one source is the merge's error") {
    class Failing final : public FragmentStream {
     public:
      Result<Step> next(Fragment&) override { return fail(Errc::corrupt, "bad block"); }
      Task<Status> load(const RequestContext&) override { co_return Status{}; }
      void skip_partition() override {}
    };
    std::vector<std::unique_ptr<FragmentStream>> sources;
    sources.push_back(std::make_unique<Failing>());
    sources.push_back(std::make_unique<VectorStream>(std::vector<OwnedFragment>{}));
    auto merged = merge_streams(std::move(sources), false);
    Fragment fragment;
    const Result<Step> step = merged->next(fragment);
    REQUIRE_FALSE(step);
    CHECK_EQ(step.error().detail, "bad block");
  }
}

}  // namespace ringlet::testing
