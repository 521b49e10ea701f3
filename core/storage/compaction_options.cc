#include "core/storage/compaction_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

namespace ringlet {
namespace {

constexpr std::string_view kPackage = "org.apache.cassandra.db.compaction.";
constexpr std::array<std::pair<std::string_view, CompactionStrategy>, 4> kStrategies{{
    {"SizeTieredCompactionStrategy", CompactionStrategy::size_tiered},
    {"LeveledCompactionStrategy", CompactionStrategy::leveled},
    {"TimeWindowCompactionStrategy", CompactionStrategy::time_window},
    {"UnifiedCompactionStrategy", CompactionStrategy::unified},
}};

constexpr int kScalingMost = 1000;
constexpr int64_t kRunsMost = 64;  // each holds a buffer while it is merged

// Pieces put together once, not at each place: this file is a hundred messages.
std::unexpected<Error> refuse(std::initializer_list<std::string_view> pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return fail(Errc::config, std::move(text));
}

// Takes options by name; what nobody took is not understood.
class OptionReader {
 public:
  explicit OptionReader(const std::map<std::string, std::string>& options) : options_(options) {}

  const std::string* text(const std::string& name) {
    taken_.insert(name);
    const auto found = options_.find(name);
    return found == options_.end() ? nullptr : &found->second;
  }
  template <class T>
  Status number(const std::string& name, T& value, T least, std::string_view kind) {
    const std::string* given = text(name);
    if (given == nullptr) return {};
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
    if (error != std::errc() || end != given->data() + given->size()) {
      return refuse({*given, " is not a parsable ", kind, " for ", name});
    }
    if (!(value >= least))  // NaN is not either
      return refuse({name, " must be at least ", trimmed(std::to_string(least)), ", but was ", *given});
    return {};
  }
  Status integer(const std::string& name, int64_t& value, int64_t least) {
    return number(name, value, least, "int (base10)");
  }
  Status real(const std::string& name, double& value, double least) { return number(name, value, least, "float"); }
  Status flag(const std::string& name, bool& value) {
    const std::string* given = text(name);
    if (given == nullptr) return {};
    std::string lower = *given;
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (lower != "true" && lower != "false")
      return refuse({"'", *given, "' should either be 'true' or 'false' for ", name});
    value = lower == "true";
    return {};
  }
  Status nothing_left(std::string_view strategy) const {
    std::string unknown;
    for (const auto& [name, value] : options_) {
      if (!taken_.contains(name)) unknown += (unknown.empty() ? "" : ", ") + name;
    }
    if (unknown.empty()) return {};
    return refuse({"Properties specified [", unknown, "] are not understood by ", strategy});
  }

 private:
  static std::string trimmed(std::string number) {
    if (number.find('.') == std::string::npos) return number;
    while (number.back() == '0') number.pop_back();
    if (number.back() == '.') number.pop_back();
    return number;
  }
  const std::map<std::string, std::string>& options_;
  std::set<std::string> taken_;
};

Status read_common(OptionReader& in, CompactionOptions& out) {
  in.text("class");
  bool ignored = false;
  TRY_STATUS(in.flag("log_all", ignored));
  TRY_STATUS(in.flag("only_purge_repaired_tombstones", ignored));
  TRY_STATUS(in.flag("enabled", out.enabled));
  TRY_STATUS(in.flag("adapt_to_reads", out.adapt_to_reads));
  TRY_STATUS(in.real("tombstone_threshold", out.tombstone_threshold, 0));
  TRY_STATUS(in.integer("tombstone_compaction_interval", out.tombstone_interval_seconds, 0));
  return in.flag("unchecked_tombstone_compaction", out.unchecked_tombstone_compaction);
}

// Tiers of min_threshold files, at most max_threshold of them at once.
Status read_thresholds(OptionReader& in, CompactionOptions& out) {
  int64_t least = 4, most = 32;
  TRY_STATUS(in.integer("min_threshold", least, 2));
  TRY_STATUS(in.integer("max_threshold", most, 2));
  if (most < least) {
    return refuse(
        {"max_threshold cannot be smaller than min_threshold: ", std::to_string(most), " < ", std::to_string(least)});
  }
  out.scaling = {static_cast<int>(std::min<int64_t>(least, kScalingMost)) - 2};
  out.max_runs = static_cast<size_t>(std::min<int64_t>(most, kRunsMost));
  return {};
}

// bucket_low and bucket_high are checked and without effect: levels are as wide as a merge of min_threshold files is large.
Status read_size_tiered(OptionReader& in, CompactionOptions& out) {
  TRY_STATUS(read_thresholds(in, out));
  double low = 0.5, high = 1.5;
  TRY_STATUS(in.real("bucket_low", low, 0));
  TRY_STATUS(in.real("bucket_high", high, 0));
  if (high <= low) {
    return refuse({"bucket_high value (", std::to_string(high), ") is less than or equal to the bucket_low value (",
                   std::to_string(low), ")"});
  }
  int64_t least = 0;
  TRY_STATUS(in.integer("min_sstable_size", least, 0));
  out.small_bytes = static_cast<uint64_t>(least);
  return {};
}

Status read_leveled(OptionReader& in, CompactionOptions& out) {
  int64_t megabytes = 160, fanout = 10;
  TRY_STATUS(in.integer("sstable_size_in_mb", megabytes, 1));
  TRY_STATUS(in.integer("fanout_size", fanout, 2));
  bool ignored = false;
  TRY_STATUS(in.flag("single_sstable_uplevel", ignored));
  CompactionOptions without_effect;  // as in Cassandra
  TRY_STATUS(read_thresholds(in, without_effect));
  out.target_file_bytes = static_cast<uint64_t>(std::min<int64_t>(megabytes, 1 << 20)) << 20;
  out.scaling = {2 - static_cast<int>(std::min<int64_t>(fanout, kScalingMost))};
  return {};
}

Status read_window(OptionReader& in, CompactionOptions& out) {
  int64_t size = 1, seconds = 86400;
  TRY_STATUS(in.integer("compaction_window_size", size, 1));
  if (const std::string* unit = in.text("compaction_window_unit")) {
    if (*unit == "MINUTES")
      seconds = 60;
    else if (*unit == "HOURS")
      seconds = 3600;
    else if (*unit != "DAYS")
      return refuse({*unit, " is not valid for compaction_window_unit"});
  }
  if (const std::string* resolution = in.text("timestamp_resolution")) {
    if (*resolution == "SECONDS")
      out.ticks_per_second = 1;
    else if (*resolution == "MILLISECONDS")
      out.ticks_per_second = 1000;
    else if (*resolution == "NANOSECONDS")
      out.ticks_per_second = 1000000000;
    else if (*resolution != "MICROSECONDS")
      return refuse({*resolution, " is not valid for timestamp_resolution"});
  }
  out.window_micros = std::min<int64_t>(size, 36500) * seconds * 1000000;
  return {};
}

Status read_expiration(OptionReader& in, CompactionOptions& out) {
  int64_t ignored = 600;  // files are looked at more often than that
  TRY_STATUS(in.integer("expired_sstable_check_frequency_seconds", ignored, 0));
  return in.flag("unsafe_aggressive_sstable_expiration", out.drop_without_overlap_check);
}

// Whole files expire here: as in Cassandra, none is rewritten for its tombstones unless that was asked for.
Status read_time_window(OptionReader& in, CompactionOptions& out) {
  out.purge_alone = in.text("tombstone_threshold") != nullptr || in.text("tombstone_compaction_interval") != nullptr ||
                    out.unchecked_tombstone_compaction;
  TRY_STATUS(read_size_tiered(in, out));
  TRY_STATUS(read_window(in, out));
  return read_expiration(in, out);
}

// "T4", "L10", "N" or a plain W.
std::optional<int> scaling_of(std::string_view text) {
  if (text == "N") return 0;
  const char kind = text.empty() ? '\0' : text.front();
  if (kind == 'T' || kind == 'L') text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > kScalingMost || value < -kScalingMost)
    return std::nullopt;
  if (kind != 'T' && kind != 'L') return value;
  if (value < 2) return std::nullopt;
  return kind == 'T' ? value - 2 : 2 - value;
}

// "100MiB" and the like.
std::optional<uint64_t> bytes_of(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (error != std::errc() || value > 1u << 30) return std::nullopt;
  if (unit == "GiB") return value << 30;
  if (unit == "MiB") return value << 20;
  if (unit == "KiB") return value << 10;
  if (unit == "B" || unit.empty()) return value;
  return std::nullopt;
}

Status read_size(OptionReader& in, const std::string& name, uint64_t& value, uint64_t least) {
  const std::string* given = in.text(name);
  if (given == nullptr) return {};
  const std::optional<uint64_t> bytes = bytes_of(*given);
  if (!bytes) return refuse({*given, " is not a valid quantity in bytes for ", name});
  if (*bytes < least)
    return refuse(
        {name, " ", *given, " is not acceptable, size must be at least ", std::to_string(least >> 20), "MiB"});
  value = *bytes;
  return {};
}

Status read_scaling(OptionReader& in, CompactionOptions& out) {
  const std::string* given = in.text("scaling_parameters");
  if (given == nullptr) return {};
  out.scaling.clear();
  std::string_view rest = *given;
  while (true) {
    std::string_view one = rest.substr(0, rest.find(','));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    const std::optional<int> scaling = scaling_of(one);
    if (!scaling) return refuse({"Scaling parameter ", one, " must be an integer, N, T or L followed by 2 or more"});
    out.scaling.push_back(*scaling);
    if (rest.find(',') == std::string_view::npos) return {};
    rest.remove_prefix(rest.find(',') + 1);
  }
}

Status read_inclusion(OptionReader& in, CompactionOptions& out) {
  const std::string* given = in.text("overlap_inclusion_method");
  if (given == nullptr || *given == "TRANSITIVE" || *given == "transitive") return {};
  if (*given == "NONE" || *given == "none")
    out.inclusion = OverlapInclusion::none;
  else if (*given == "SINGLE" || *given == "single")
    out.inclusion = OverlapInclusion::single;
  else
    return refuse({*given, " is not valid for overlap_inclusion_method: NONE, SINGLE or TRANSITIVE"});
  return {};
}

Status read_unified(OptionReader& in, CompactionOptions& out) {
  out.target_file_bytes = 1ull << 30;
  out.min_file_bytes = 100ull << 20;
  out.growth = 1.0 / 3;
  int64_t parts = 4, most = 32;
  TRY_STATUS(read_scaling(in, out));
  TRY_STATUS(read_size(in, "target_sstable_size", out.target_file_bytes, 1u << 20));
  TRY_STATUS(read_size(in, "min_sstable_size", out.min_file_bytes, 0));
  TRY_STATUS(read_size(in, "flush_size_override", out.flush_bytes, 1u << 20));
  TRY_STATUS(in.integer("base_shard_count", parts, 1));
  TRY_STATUS(in.integer("max_sstables_to_compact", most, 0));
  TRY_STATUS(in.real("sstable_growth", out.growth, 0));
  if (out.growth > 1) return refuse({"sstable_growth must be between 0 and 1"});
  if (out.min_file_bytes > out.target_file_bytes)
    return refuse({"min_sstable_size must not be larger than target_sstable_size"});
  TRY_STATUS(read_inclusion(in, out));
  bool at_once = true;
  TRY_STATUS(in.flag("parallelize_output_shards", at_once));
  out.base_parts = static_cast<uint32_t>(std::min<int64_t>(parts, 1024));
  if (most >= 2) out.max_runs = static_cast<size_t>(std::min<int64_t>(most, kRunsMost));
  return read_expiration(in, out);
}

}  // namespace

Result<CompactionOptions> parse_compaction_options(const std::map<std::string, std::string>& options) {
  const auto given = options.find("class");
  if (given == options.end()) return refuse({"Missing sub-option 'class' for the 'compaction' option."});
  std::string_view name = given->second;
  if (name.starts_with(kPackage)) name.remove_prefix(kPackage.size());
  const auto found = std::ranges::find(kStrategies, name, &std::pair<std::string_view, CompactionStrategy>::first);
  if (found == kStrategies.end()) {
    return refuse({"Unable to find compaction strategy class '", given->second.contains('.') ? "" : kPackage,
                   given->second, "': there are SizeTiered-, Leveled-, TimeWindow- and UnifiedCompactionStrategy"});
  }
  CompactionOptions out;
  out.strategy = found->second;
  OptionReader in(options);
  TRY_STATUS(read_common(in, out));
  switch (out.strategy) {
    case CompactionStrategy::size_tiered:
      TRY_STATUS(read_size_tiered(in, out));
      break;
    case CompactionStrategy::leveled:
      TRY_STATUS(read_leveled(in, out));
      break;
    case CompactionStrategy::time_window:
      TRY_STATUS(read_time_window(in, out));
      break;
    case CompactionStrategy::unified:
      TRY_STATUS(read_unified(in, out));
      break;
  }
  TRY_STATUS(in.nothing_left(name));
  return out;
}

}  // namespace ringlet
