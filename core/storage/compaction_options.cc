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
      return fail(Errc::config, *given + " is not a parsable " + std::string(kind) + " for " + name);
    }
    if (value < least)
      return fail(Errc::config, name + " must be at least " + trimmed(std::to_string(least)) + ", but was " + *given);
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
      return fail(Errc::config, "'" + *given + "' should either be 'true' or 'false' for " + name);
    value = lower == "true";
    return {};
  }
  Status nothing_left(std::string_view strategy) const {
    std::string unknown;
    for (const auto& [name, value] : options_) {
      if (!taken_.contains(name)) unknown += (unknown.empty() ? "" : ", ") + name;
    }
    if (unknown.empty()) return {};
    return fail(Errc::config, "Properties specified [" + unknown + "] are not understood by " + std::string(strategy));
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
  in.text("log_all");
  in.text("only_purge_repaired_tombstones");
  TRY_STATUS(in.flag("enabled", out.enabled));
  TRY_STATUS(in.real("tombstone_threshold", out.tombstone_threshold, 0));
  TRY_STATUS(in.integer("tombstone_compaction_interval", out.tombstone_interval_seconds, 0));
  return in.flag("unchecked_tombstone_compaction", out.unchecked_tombstone_compaction);
}

Status read_thresholds(OptionReader& in, CompactionOptions& out) {
  int64_t least = static_cast<int64_t>(out.min_threshold), most = static_cast<int64_t>(out.max_threshold);
  TRY_STATUS(in.integer("min_threshold", least, 2));
  TRY_STATUS(in.integer("max_threshold", most, 2));
  if (most < least) {
    return fail(Errc::config, "max_threshold cannot be smaller than min_threshold: " + std::to_string(most) + " < " +
                                  std::to_string(least));
  }
  out.min_threshold = static_cast<size_t>(least);
  out.max_threshold = static_cast<size_t>(most);
  return {};
}

Status read_size_tiered(OptionReader& in, CompactionOptions& out) {
  TRY_STATUS(read_thresholds(in, out));
  TRY_STATUS(in.real("bucket_low", out.bucket_low, 0));
  TRY_STATUS(in.real("bucket_high", out.bucket_high, 0));
  if (out.bucket_high <= out.bucket_low) {
    return fail(Errc::config, "bucket_high value (" + std::to_string(out.bucket_high) +
                                  ") is less than or equal to the bucket_low value (" + std::to_string(out.bucket_low) +
                                  ")");
  }
  auto least = static_cast<int64_t>(out.min_sstable_bytes);
  TRY_STATUS(in.integer("min_sstable_size", least, 0));
  out.min_sstable_bytes = static_cast<uint64_t>(least);
  return {};
}

Status read_leveled(OptionReader& in, CompactionOptions& out) {
  int64_t megabytes = 160, fanout = 10;
  TRY_STATUS(in.integer("sstable_size_in_mb", megabytes, 1));
  TRY_STATUS(in.integer("fanout_size", fanout, 2));
  in.text("single_sstable_uplevel");
  in.text("min_threshold");  // accepted and without effect, as in Cassandra
  in.text("max_threshold");
  out.target_file_bytes = static_cast<uint64_t>(std::min<int64_t>(megabytes, 1 << 20)) << 20;
  out.scaling = {2 - static_cast<int>(std::min<int64_t>(fanout, 1000))};
  return {};
}

Status read_time_window(OptionReader& in, CompactionOptions& out) {
  TRY_STATUS(read_size_tiered(in, out));
  int64_t size = 1, seconds = 86400;
  TRY_STATUS(in.integer("compaction_window_size", size, 1));
  if (const std::string* unit = in.text("compaction_window_unit")) {
    if (*unit == "MINUTES")
      seconds = 60;
    else if (*unit == "HOURS")
      seconds = 3600;
    else if (*unit != "DAYS")
      return fail(Errc::config, *unit + " is not valid for compaction_window_unit");
  }
  if (const std::string* resolution = in.text("timestamp_resolution")) {
    if (*resolution == "SECONDS")
      out.ticks_per_second = 1;
    else if (*resolution == "MILLISECONDS")
      out.ticks_per_second = 1000;
    else if (*resolution == "NANOSECONDS")
      out.ticks_per_second = 1000000000;
    else if (*resolution != "MICROSECONDS")
      return fail(Errc::config, *resolution + " is not valid for timestamp_resolution");
  }
  out.window_micros = std::min<int64_t>(size, 36500) * seconds * 1000000;
  int64_t ignored = 600;
  TRY_STATUS(in.integer("expired_sstable_check_frequency_seconds", ignored, 0));
  return in.flag("unsafe_aggressive_sstable_expiration", out.drop_without_overlap_check);
}

// "T4", "L10", "N" or a plain W.
std::optional<int> scaling_of(std::string_view text) {
  if (text == "N") return 0;
  const char kind = text.empty() ? '\0' : text.front();
  if (kind == 'T' || kind == 'L') text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > 1000 || value < -1000) return std::nullopt;
  if (kind != 'T' && kind != 'L') return value;
  if (value < 2) return std::nullopt;
  return kind == 'T' ? value - 2 : 2 - value;
}

// "100MiB" and the like.
std::optional<uint64_t> bytes_of(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (error != std::errc() || value == 0 || value > 1u << 20) return std::nullopt;
  if (unit == "MiB") return value << 20;
  if (unit == "GiB") return value << 30;
  if (unit == "KiB") return value << 10;
  return std::nullopt;
}

Status read_unified(OptionReader& in, CompactionOptions& out) {
  out.target_file_bytes = 1ull << 30;
  if (const std::string* given = in.text("scaling_parameters")) {
    out.scaling.clear();
    std::string_view rest = *given;
    while (true) {
      std::string_view one = rest.substr(0, rest.find(','));
      while (one.starts_with(' ')) one.remove_prefix(1);
      while (one.ends_with(' ')) one.remove_suffix(1);
      const std::optional<int> scaling = scaling_of(one);
      if (!scaling)
        return fail(Errc::config,
                    "Scaling parameter " + std::string(one) + " must be an integer, N, T or L followed by 2 or more");
      out.scaling.push_back(*scaling);
      if (rest.find(',') == std::string_view::npos) break;
      rest.remove_prefix(rest.find(',') + 1);
    }
  }
  if (const std::string* given = in.text("target_sstable_size")) {
    const std::optional<uint64_t> bytes = bytes_of(*given);
    if (!bytes) return fail(Errc::config, *given + " is not a valid size for target_sstable_size");
    out.target_file_bytes = *bytes;
  }
  for (const char* accepted : {"min_sstable_size", "flush_size_override", "base_shard_count", "max_sstables_to_compact",
                               "overlap_inclusion_method", "sstable_growth", "expired_sstable_check_frequency_seconds",
                               "parallelize_output_shards"}) {
    in.text(accepted);
  }
  return in.flag("unsafe_aggressive_sstable_expiration", out.drop_without_overlap_check);
}

}  // namespace

Result<CompactionOptions> parse_compaction_options(const std::map<std::string, std::string>& options) {
  const auto given = options.find("class");
  if (given == options.end()) return fail(Errc::config, "Missing sub-option 'class' for the 'compaction' option.");
  std::string_view name = given->second;
  if (name.starts_with(kPackage)) name.remove_prefix(kPackage.size());
  const auto found = std::ranges::find(kStrategies, name, &std::pair<std::string_view, CompactionStrategy>::first);
  if (found == kStrategies.end()) {
    return fail(Errc::config,
                "Unable to find compaction strategy class '" + std::string(kPackage) + std::string(name) + "'");
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
