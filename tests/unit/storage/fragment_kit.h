// Fragments for tests: owned copies, streams over them, random partitions, and a model that knows nothing of files.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/data/read_range.h"
#include "core/storage/fragment.h"

namespace ringlet::testing {

struct OwnedFragment {
  Fragment::Kind kind = Fragment::Kind::partition;
  Bytes prefix;
  Deletion deletion;
  Bytes position, row;
  Deletion before, after;

  OwnedFragment() = default;
  explicit OwnedFragment(const Fragment& f);
  Fragment view() const;
  friend bool operator==(const OwnedFragment&, const OwnedFragment&) = default;
};
std::string show(const OwnedFragment& fragment);
std::string show(const std::vector<OwnedFragment>& fragments);

// Yields what it is given; with dice, now and then `blocked` first.
class VectorStream final : public FragmentStream {
 public:
  explicit VectorStream(std::vector<OwnedFragment> fragments, std::mt19937_64* dice = nullptr)
      : fragments_(std::move(fragments)), dice_(dice) {}
  Result<Step> next(Fragment& out) override;
  Task<Status> load(const RequestContext& context) override;
  void skip_partition() override;

 private:
  std::vector<OwnedFragment> fragments_;
  size_t at_ = 0;
  std::mt19937_64* dice_;
  bool must_load_ = false, loaded_ = false;
  OwnedFragment current_;  // views die with the next call, so that a user of stale views is found
};

// Runs a task that does not really wait.
void run_now(Task<void> task);
Status load_now(FragmentStream& stream);

// Everything that is left in `stream`; fails the test on an error.
std::vector<OwnedFragment> drain(FragmentStream& stream);

// One partition as it is known somewhere: what was written, in no order.
struct PartitionModel {
  Deletion deletion;
  std::vector<Bytes> statics;  // encoded rows
  std::vector<std::pair<Slice, Deletion>> ranges;
  std::vector<std::pair<Bytes, Bytes>> rows;  // position, encoded row

  void add(const PartitionModel& other);
  // In stream order. `applied`: what is shadowed is left out.
  void fragments(BytesView prefix, bool applied, std::vector<OwnedFragment>& out) const;
};
using Model = std::map<Bytes, PartitionModel>;  // by prefix

std::vector<OwnedFragment> fragments_of(const Model& model, bool applied);
// What a stream over `range` yields of `all` (whole partitions in forward order).
std::vector<OwnedFragment> select(const std::vector<OwnedFragment>& all, const ReadRange& range);

TableRef sample_table();  // plant.readings: text key, int clustering, three text columns with ids 1 to 3

struct RandomShape {
  int partitions = 6, positions = 12, rows = 10, ranges = 3;
  size_t value_bytes = 8;
};
Bytes random_prefix(std::mt19937_64& dice, int partitions);
Bytes random_position(std::mt19937_64& dice, int positions);
Bytes random_row(std::mt19937_64& dice, size_t value_bytes);
Model random_model(std::mt19937_64& dice, const RandomShape& shape);
Slice random_slice(std::mt19937_64& dice, int positions);

}  // namespace ringlet::testing
