// ringlet inspect: what a file of the data directory holds, and whether its checksums hold.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/client/numbers.h"
#include "cli/client/text_table.h"
#include "cli/command.h"
#include "cli/inspect_metadata.h"
#include "cli/one_file_disk.h"
#include "core/env/read_file.h"
#include "core/storage/log_replay.h"
#include "core/storage/sstable_format.h"

namespace ringlet::cli {
namespace {

using Json = nlohmann::ordered_json;

// What was found, and what is wrong with it: damage is reported beside the rest, not instead of it.
struct Finding {
  Json facts = Json::object();
  std::vector<std::string> damage;
};

Finding inspect_log(const std::string& path, BytesView bytes) {
  Finding finding{{{"kind", "commit log segment"}}, {}};
  const auto header = log_format::decode_segment_header(bytes.substr(0, log_format::kSegmentHeaderBytes));
  if (bytes.size() >= 24 && !header &&
      log_format::is_made_segment(bytes, SegmentId{load_little<uint64_t>(bytes.data() + 16)})) {
    finding.facts["records"] = 0;  // ready, and not begun
    return finding;
  }
  if (!header) {
    finding.damage.push_back(path + ": " + header.error().detail);
    return finding;
  }
  std::map<std::string, std::pair<uint64_t, uint64_t>> tables;  // records and bytes
  bool closed = false;
  const LogScan::Visit visit = [&](const log_format::FoundRecord& record, uint64_t) -> Status {
    closed = record.header.kind == log_format::RecordKind::closed;
    auto& [records, payload_bytes] = tables[to_string(record.header.table)];
    if (record.header.kind == log_format::RecordKind::mutation) ++records, payload_bytes += record.payload.size();
    return {};
  };
  const LogScan scan = scan_log_segment(bytes, header->segment, std::nullopt, visit);
  finding.facts.update({{"format_version", log_format::kVersion},
                        {"segment", header->segment.raw},
                        {"file_bytes", bytes.size()},
                        {"used_bytes", scan.end},
                        {"records", scan.records},
                        {"compressed_groups", scan.groups},
                        {"compressed_bytes", scan.grouped_bytes},
                        {"bytes_they_unpack_to", scan.plain_bytes},
                        {"torn_tail", scan.torn_tail},
                        {"closed_cleanly", closed}});
  Json list = Json::array();
  for (const auto& [table, counts] : tables)
    if (counts.first > 0) list.push_back({{"table_id", table}, {"records", counts.first}, {"bytes", counts.second}});
  finding.facts["tables"] = std::move(list);
  for (const LogScan::Hole& hole : scan.holes)
    finding.damage.push_back(path + ": bytes " + std::to_string(hole.begin) + " to " + std::to_string(hole.end) +
                             " are damaged, though they had been written and synced");
  return finding;
}

void add_statistics(const SstableReader& reader, Json& facts) {
  const SstableStatistics& s = reader.statistics();
  facts.update({{"file_id", reader.id().raw},
                {"manifest", to_string(reader.manifest())},
                {"shard", reader.shard().raw},
                {"shard_count", reader.shard_count()},
                {"level", s.level},
                {"file_bytes", s.file_bytes},
                {"data_bytes", s.data_bytes},
                {"partitions", s.partitions},
                {"static_rows", s.static_rows},
                {"rows", s.rows},
                {"cells", s.cells},
                {"tombstones", s.tombstones},
                {"expiring_cells", s.expiring_cells},
                {"all_expire", s.all_expire}});
  if (s.min_timestamp <= s.max_timestamp) facts["timestamps_us"] = {s.min_timestamp.raw, s.max_timestamp.raw};
  if (s.min_expiry <= s.max_expiry) facts["expiry_s"] = {s.min_expiry.raw, s.max_expiry.raw};
  Json from = Json::array();
  for (const FileId id : reader.compacted_from()) from.push_back(id.raw);
  facts["compacted_from"] = std::move(from);
}

void add_dictionary(SstableReader& reader, Finding& finding, const std::string& path) {
  const auto table = reader.dictionary();
  if (!table) return finding.damage.push_back(path + ": " + table.error().detail);
  Json columns = Json::array();
  for (const Column* column : (*table)->star())
    columns.push_back({{"name", column->name}, {"type", to_cql(*column->type)}});
  finding.facts["table"] = (*table)->keyspace + "." + (*table)->name;
  finding.facts["table_id"] = to_string((*table)->id);
  finding.facts["columns"] = std::move(columns);
}

Finding inspect_sstable(OneFileDisk& disk, const std::string& path, BytesView footer_bytes) {
  Finding finding{{{"kind", "sstable"}}, {}};
  const auto footer = decode_footer(footer_bytes, path);
  if (!footer) {
    finding.damage.push_back(footer.error().detail);
    return finding;
  }
  finding.facts["format_version"] = kSstableVersion;
  disk.answer_to(sstable_path(TableId{}, footer->id));  // the reader asks for it by its place in a data directory
  const auto reader = SstableReader::open(disk, TableId{}, footer->id, SstableAccess::background, nullptr);
  if (!reader) {
    finding.damage.push_back(path + ": " + reader.error().detail);
    return finding;
  }
  add_dictionary(**reader, finding, path);
  add_statistics(**reader, finding.facts);
  if (const Status verified = (*reader)->verify(); !verified)
    finding.damage.push_back(path + ": " + verified.error().detail);
  return finding;
}

Result<Finding> inspect(const std::string& path) {
  TRY(const auto disk, OneFileDisk::open(path));
  TRY(const auto file, disk->open(path, OpenMode::read));
  TRY(const uint64_t size, file->size_now());
  Bytes magic(8, '\0');
  TRY(const size_t read, file->read_now(0, magic));
  magic.resize(read);
  if (magic == log_format::kMagic || (path.ends_with(".log") && !path.ends_with("schema.log"))) {
    TRY(const Bytes bytes, read_file_now(*disk, path));
    return inspect_log(path, bytes);
  }
  Bytes footer(std::min<uint64_t>(size, kFooterBytes), '\0');
  TRY(const size_t footer_read, file->read_now(size - footer.size(), footer));
  footer.resize(footer_read);
  if (path.ends_with(".sst") || footer.ends_with("RINGLSST")) return inspect_sstable(*disk, path, footer);
  TRY(MetadataFacts metadata, inspect_metadata(*disk, path, magic));
  Finding finding{{{"kind", metadata.kind}}, std::move(metadata.damage)};
  for (const auto& [name, value] : metadata.facts)
    std::visit([&, &name = name](const auto& v) { finding.facts[name] = v; }, value);
  return finding;
}

void print(const Finding& finding) {
  for (const auto& [name, value] : finding.facts.items()) {
    if (value.is_array() && !value.empty() && value[0].is_object()) {
      std::printf("%s\n", name.c_str());
      for (const Json& item : value) std::printf("  %s\n", printable(item.dump()).c_str());
    } else {
      std::printf("%-16s %s\n", name.c_str(),
                  printable(value.is_string() ? value.get<std::string>() : value.dump()).c_str());
    }
  }
  std::printf("%-16s %s\n", "checksums", finding.damage.empty() ? "hold" : "DO NOT HOLD");
}

int run_inspect(const std::string& path, bool json) {
  auto finding = inspect(path);
  if (!finding) return fail_with(finding.error());
  if (json) {
    finding->facts["damage"] = finding->damage;
    std::printf("%s\n", finding->facts.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    print(*finding);
  }
  if (finding->damage.empty()) return kDone;
  std::string first = finding->damage.front();
  if (finding->damage.size() > 1) first += " (and " + std::to_string(finding->damage.size() - 1) + " more)";
  return fail_with({Errc::corrupt, "damaged: " + first, {}});
}

}  // namespace

void add_inspect(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "inspect", "show what a log segment, an sstable or another file of a node holds, and check it");
  struct Options {
    std::string path;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("file", options->path)->required();
  command->add_flag("--json", options->json, "print what was found as JSON");
  command->callback([options, &chosen] { chosen = [options] { return run_inspect(options->path, options->json); }; });
}

}  // namespace ringlet::cli
