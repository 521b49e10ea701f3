#include "core/query/table_options.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/storage/compaction_options.h"

namespace ringlet {
namespace {

using Map = StatementProperties::Map;
constexpr double kBloomChanceMin = 6.71e-5;  // Cassandra's: smaller ones want more bits than its filters can have

std::unexpected<Error> config(std::string detail) { return fail(Errc::config, std::move(detail)); }

std::string shown(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  return text;
}

std::optional<int64_t> integer_in(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Status take_integer(StatementProperties& properties, const std::string& name, int32_t least, int64_t most,
                    int32_t& into) {
  TRY(const auto given, properties.integer(name));
  if (!given) return {};
  const std::string got = " (got " + std::to_string(*given) + ")";
  if (*given < least) return config(name + " must be greater than or equal to " + std::to_string(least) + got);
  if (*given > most) return config(name + " must be less than or equal to " + std::to_string(most) + got);
  into = *given;
  return {};
}

Status take_integers(StatementProperties& properties, TableOptions& options) {
  constexpr int64_t kAny = std::numeric_limits<int32_t>::max();
  TRY_STATUS(take_integer(properties, "default_time_to_live", 0, kTtlSecondsMax, options.default_time_to_live));
  TRY_STATUS(take_integer(properties, "gc_grace_seconds", 0, kAny, options.gc_grace_seconds));
  TRY_STATUS(take_integer(properties, "min_index_interval", 1, kAny, options.min_index_interval));
  TRY_STATUS(take_integer(properties, "max_index_interval", 1, kAny, options.max_index_interval));
  TRY_STATUS(take_integer(properties, "memtable_flush_period_in_ms", 0, kAny, options.memtable_flush_period_in_ms));
  if (options.max_index_interval >= options.min_index_interval) return {};
  return config("max_index_interval must be greater than or equal to min_index_interval (" +
                std::to_string(options.min_index_interval) + ") (got " + std::to_string(options.max_index_interval) +
                ")");
}

Status take_chances(StatementProperties& properties, TableOptions& options) {
  TRY(const auto bloom, properties.number("bloom_filter_fp_chance"));
  if (bloom && !(*bloom > kBloomChanceMin && *bloom <= 1.0))
    return config("bloom_filter_fp_chance must be larger than " + shown(kBloomChanceMin) +
                  " and less than or equal to 1.0 (got " + shown(*bloom) + ")");
  options.bloom_filter_fp_chance = bloom.value_or(options.bloom_filter_fp_chance);
  TRY(const auto crc, properties.number("crc_check_chance"));
  if (crc && !(*crc >= 0 && *crc <= 1.0))
    return config("crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0 (got " +
                  shown(*crc) + ")");
  options.crc_check_chance = crc.value_or(options.crc_check_chance);
  return {};
}

// 99p, 99PERCENTILE, 50ms, ALWAYS, NEVER, NONE, MIN(99p,50ms), MAX(...): in the form that Cassandra shows.
std::optional<std::string> one_retry_policy(const std::string& given) {
  std::string text;
  for (const char c : upper(given))
    if (c != ' ') text.push_back(c);
  if (text == "ALWAYS" || text == "NEVER") return text;
  if (text == "NONE") return "NEVER";
  const auto numbered = [&](std::string_view unit, std::string_view as, double most) -> std::optional<std::string> {
    if (!text.ends_with(unit)) return std::nullopt;
    double number = 0;
    const char* const end = text.data() + text.size() - unit.size();
    const auto parsed = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < 0 || number > most) return std::nullopt;
    return shown(number) + std::string(as);
  };
  for (const char* unit : {"PERCENTILE", "P"})
    if (auto policy = numbered(unit, "p", 100)) return policy;
  return numbered("MS", "ms", 1e9);
}

Result<std::string> retry_policy(const std::string& given) {
  const auto refused = [&] { return config("Specified Speculative Retry Policy [" + given + "] is not supported"); };
  const std::string text = upper(given);
  if (!text.starts_with("MIN(") && !text.starts_with("MAX(")) {
    if (auto policy = one_retry_policy(given)) return *policy;
    return refused();
  }
  const size_t comma = given.find(',');
  if (comma == given.npos || !given.ends_with(')')) return refused();
  const auto first = one_retry_policy(given.substr(4, comma - 4));
  const auto second = one_retry_policy(given.substr(comma + 1, given.size() - comma - 2));
  if (!first || !second) return refused();
  return text.substr(0, 4) + *first + "," + *second + ")";
}

Status take_texts(StatementProperties& properties, TableOptions& options) {
  TRY(auto comment, properties.text("comment"));
  if (comment) options.comment = std::move(*comment);
  for (auto [name, into] : {std::pair{"speculative_retry", &options.speculative_retry},
                            std::pair{"additional_write_policy", &options.additional_write_policy}}) {
    TRY(const auto given, properties.text(name));
    if (!given) continue;
    TRY(*into, retry_policy(*given));
  }
  TRY(const auto repair, properties.text("read_repair"));
  if (repair) {
    options.read_repair = upper(*repair);
    if (options.read_repair != "NONE" && options.read_repair != "BLOCKING")
      return config("Invalid value " + *repair + " for read_repair. Valid values are: [NONE, BLOCKING]");
  }
  TRY(const auto memtable, properties.text("memtable"));
  if (memtable && *memtable != "default") return config("Memtable configuration \"" + *memtable + "\" not found.");
  if (memtable) options.memtable.clear();
  return {};
}

// Cassandra's cdc is true or false, Scylla's a map.
Status take_cdc(StatementProperties& properties, TableOptions& options, std::vector<std::string>& warnings) {
  if (!properties.has("cdc")) return {};
  bool wanted = false;
  if (properties.is_map("cdc")) {
    TRY(const auto given, properties.map("cdc"));
    for (const auto& [key, value] : *given) {
      static const std::set<std::string> kKeys = {"enabled", "preimage", "postimage", "ttl", "delta"};
      if (!kKeys.contains(key)) return config("Invalid CDC option: " + key);
    }
    const auto enabled = given->find("enabled");
    wanted = enabled != given->end() && upper(enabled->second) == "TRUE";
  } else {
    TRY(const auto given, properties.boolean("cdc"));
    wanted = *given;
  }
  options.cdc = wanted;
  if (wanted) warnings.push_back("cdc is remembered, but this version keeps no log of changes");
  return {};
}

Status take_flags(StatementProperties& properties, TableOptions& options) {
  for (auto [name, into] :
       {std::pair{"in_memory", &options.in_memory}, std::pair{"allow_auto_snapshot", &options.allow_auto_snapshot},
        std::pair{"incremental_backups", &options.incremental_backups}}) {
    TRY(const auto given, properties.boolean(name));
    if (given) *into = *given;
  }
  return {};
}

Status take_extensions(StatementProperties& properties, TableOptions& options) {
  TRY(const auto given, properties.map("extensions"));
  if (!given) return {};
  options.extensions.clear();
  for (const auto& [key, hex] : *given) {
    Bytes bytes;
    if (!from_hex(hex, bytes)) return config("extensions: the value of '" + key + "' must be a blob");
    options.extensions[key] = std::move(bytes);
  }
  return {};
}

Status take_maps(StatementProperties& properties, TableOptions& options, std::vector<std::string>& warnings) {
  TRY(auto compaction, properties.map("compaction"));
  if (compaction) {
    TRY(options.compaction, stored_compaction(std::move(*compaction)));
  }
  TRY(auto compression, properties.map("compression"));
  if (compression) {
    TRY(options.compression, stored_compression(std::move(*compression), warnings));
  }
  TRY(auto caching, properties.map("caching"));
  if (caching) {
    TRY(options.caching, stored_caching(std::move(*caching)));
  }
  TRY(auto tombstones, properties.map("tombstone_gc"));
  if (tombstones) {
    TRY(options.tombstone_gc, stored_tombstone_gc(std::move(*tombstones)));
  }
  return {};
}

}  // namespace

Status apply_table_properties(StatementProperties& properties, TableOptions& options,
                              std::vector<std::string>& warnings) {
  TRY_STATUS(take_integers(properties, options));
  TRY_STATUS(take_maps(properties, options, warnings));
  TRY_STATUS(take_chances(properties, options));
  TRY_STATUS(take_texts(properties, options));
  TRY_STATUS(take_cdc(properties, options, warnings));
  TRY_STATUS(take_flags(properties, options));
  TRY_STATUS(take_extensions(properties, options));
  for (const char* ignored : {"dclocal_read_repair_chance", "read_repair_chance", "paxos_grace_seconds",
                              "synchronous_updates", "per_partition_rate_limit"})
    if (properties.ignore(ignored)) warnings.push_back(std::string("Property '") + ignored + "' has no effect here");
  return properties.nothing_left();
}

// --- maps ---------------------------------------------------------------------------------------------------------------

Result<Map> stored_compaction(Map given) {
  constexpr std::string_view kPackage = "org.apache.cassandra.db.compaction.";
  if (const auto parsed = parse_compaction_options(given); !parsed) return fail(parsed.error());
  std::string& name = given["class"];
  if (name.find('.') == name.npos) name = std::string(kPackage) + name;
  if (!name.ends_with("UnifiedCompactionStrategy")) {
    given.emplace("min_threshold", "4");
    given.emplace("max_threshold", "32");
  }
  return given;
}

Result<Map> stored_compression(Map given, std::vector<std::string>& warnings) {
  constexpr std::string_view kPackage = "org.apache.cassandra.io.compress.";
  static const std::set<std::string> kClasses = {"LZ4Compressor", "SnappyCompressor", "DeflateCompressor",
                                                 "ZstdCompressor", "NoopCompressor"};
  const auto enabled = given.find("enabled");
  const bool disabled = enabled != given.end() && upper(enabled->second) == "FALSE";
  for (const char* legacy : {"sstable_compression"})
    if (auto named = given.extract(legacy)) given.emplace("class", named.mapped());
  const auto named = given.find("class");
  if (disabled && given.size() > 1 + (named != given.end() && named->second.empty()))
    return config("If the 'enabled' option is set to false no other options must be specified");
  if (disabled || given.empty() || (named != given.end() && named->second.empty())) return Map{{"enabled", "false"}};
  if (named == given.end()) return config("Missing sub-option 'class' for the 'compression' option.");
  std::string name = named->second.starts_with(kPackage) ? named->second.substr(kPackage.size()) : named->second;
  if (!kClasses.contains(name)) return config("Could not create Compression for type " + std::string(kPackage) + name);
  named->second = std::string(kPackage) + name;
  if (name == "NoopCompressor") return given;
  if (name != "LZ4Compressor") warnings.push_back(name + " is not available: data are compressed with LZ4");
  for (const auto& [key, value] : given) {
    static const std::set<std::string> kKeys = {"class",
                                                "enabled",
                                                "chunk_length_in_kb",
                                                "chunk_length_kb",
                                                "crc_check_chance",
                                                "min_compress_ratio",
                                                "max_compressed_length",
                                                "lz4_compressor_type",
                                                "lz4_high_compressor_level",
                                                "compression_level"};
    if (!kKeys.contains(key)) return config("Unknown compression options " + key);
  }
  if (auto old = given.extract("chunk_length_kb")) given.emplace("chunk_length_in_kb", old.mapped());
  given.erase("crc_check_chance");  // a property of its own since long ago
  given.erase("enabled");
  given.emplace("chunk_length_in_kb", "16");
  const auto chunk = integer_in(given["chunk_length_in_kb"]);
  if (!chunk || *chunk <= 0)
    return config("Invalid negative or null chunk_length_in_kb: " + given["chunk_length_in_kb"]);
  if ((*chunk & (*chunk - 1)) != 0) return config("chunk_length_in_kb must be a power of 2");
  return given;
}

Result<Map> stored_caching(Map given) {
  Map stored = {{"keys", "ALL"}, {"rows_per_partition", "NONE"}};
  for (const auto& [key, value] : given) {
    if (!stored.contains(key) && key != "enabled")
      return config("Invalid caching sub-options [" + key + "]: only 'keys' and 'rows_per_partition' are allowed");
    const std::string word = upper(value);
    const bool named = word == "ALL" || word == "NONE";
    if (key == "keys" && !named)
      return config("Invalid value for caching sub-option 'keys': only 'ALL' and 'NONE' are allowed");
    if (key == "rows_per_partition" && !named && integer_in(value).value_or(-1) < 0)
      return config(
          "Invalid value for caching sub-option 'rows_per_partition': only 'ALL', 'NONE' and integers are allowed");
    if (key != "enabled") stored[key] = word;
  }
  return stored;
}

Result<Map> stored_tombstone_gc(Map given) {
  static const std::set<std::string> kModes = {"timeout", "repair", "disabled", "immediate"};
  for (const auto& [key, value] : given) {
    if (key == "mode" && !kModes.contains(value)) return config("Invalid value for tombstone_gc option mode: " + value);
    if (key == "propagation_delay_in_seconds") {
      const auto delay = integer_in(value);
      if (!delay || *delay < 0)
        return config("Invalid value for tombstone_gc option propagation_delay_in_seconds: " + value);
    } else if (key != "mode") {
      return config("tombstone_gc: unknown option " + key + "; it takes mode and propagation_delay_in_seconds");
    }
  }
  return given;
}

}  // namespace ringlet
