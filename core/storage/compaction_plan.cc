#include "core/storage/compaction_plan.h"

#include <algorithm>
#include <map>

#include "core/base/limits.h"
#include "core/data/keys.h"
#include "core/storage/compaction_levels.h"
#include "core/storage/sstable.h"

namespace ringlet {
namespace {

// Files to be merged, how many lie over one token, and how many times too many that is.
struct Group {
  PlanFiles files;
  size_t deepest = 1;
  double excess = 1;
  std::string what;
};

uint64_t bytes_of(const PlanFiles& files) {
  uint64_t sum = 0;
  for (const PlanFile* file : files) sum += file->bytes;
  return sum;
}

void take_away(PlanFiles& from, const PlanFiles& what) {
  std::erase_if(from, [&](const PlanFile* file) { return std::ranges::find(what, file) != what.end(); });
}

// --- files of which nothing lives -------------------------------------------------------------------------------------

// May what was written at `oldest` and later hold data that the file's tombstones hide?
bool may_hide(const PlanFile& file, Timestamp oldest, const PlanContext& context) {
  if (context.is_counter) return oldest != Timestamp{INT64_MAX};
  return oldest <= file.max_timestamp;
}

// A dead file may go only when what its tombstones still hide is nowhere else.
PlanFiles expired(const PlanFiles& idle, const std::vector<PlanFile>& all, const CompactionOptions& options,
                  const PlanContext& context) {
  PlanFiles dead;
  for (const PlanFile* file : idle) {
    if (file->all_expire && file->max_expiry < context.gc_before) dead.push_back(file);
  }
  if (options.drop_without_overlap_check) return dead;
  const auto keeps = [&](const PlanFile* file) {
    if (may_hide(*file, context.memtable_min_timestamp, context)) return true;
    return std::ranges::any_of(all, [&](const PlanFile& other) {
      return overlap(*file, other) && may_hide(*file, other.min_timestamp, context) &&
             std::ranges::find(dead, &other) == dead.end();
    });
  };
  // One that must stay may in turn keep others.
  while (std::erase_if(dead, keeps) > 0) continue;
  return dead;
}

// --- groups -----------------------------------------------------------------------------------------------------------

PlanFiles included(const OverlapSet& set, OverlapInclusion inclusion) {
  if (inclusion == OverlapInclusion::transitive) return set.files;
  if (inclusion == OverlapInclusion::none) return set.deepest;
  PlanFiles files;
  for (const PlanFile* file : set.files) {
    if (std::ranges::any_of(set.deepest, [&](const PlanFile* each) { return overlap(*file, *each); }))
      files.push_back(file);
  }
  return files;
}

// No more files than a merge may hold at a time, no more bytes than it may have; empty where that leaves fewer than `least`.
PlanFiles bounded(PlanFiles files, const CompactionOptions& options, const PlanContext& context, size_t least) {
  PlanFiles chosen = at_most_deep(std::move(files), std::min(options.max_runs, kMergeFilesMax));
  if (bytes_of(chosen) <= context.merge_bytes_max) return chosen;
  std::ranges::sort(chosen, {}, [](const PlanFile* file) { return std::pair(file->bytes, file->id); });
  uint64_t bytes = bytes_of(chosen);
  for (; bytes > context.merge_bytes_max; chosen.pop_back()) bytes -= chosen.back()->bytes;
  return depth_of(chosen) < least ? PlanFiles{} : chosen;
}

void add_levels(const PlanFiles& files, const CompactionOptions& options, const PlanContext& context,
                const std::string& where, std::vector<Group>& groups) {
  std::map<uint32_t, PlanFiles> levels;
  for (const PlanFile* file : files) levels[level_of(density_of({file}), options, context.flush_bytes)].push_back(file);
  for (const auto& [level, members] : levels) {
    const size_t threshold = level_shape(options, level).threshold;
    for (const OverlapSet& set : overlap_sets(members)) {
      if (set.deepest.size() < threshold) continue;
      groups.push_back({bounded(included(set, options.inclusion), options, context, threshold), set.deepest.size(),
                        static_cast<double>(set.deepest.size()) / static_cast<double>(threshold),
                        "that overlap on level " + std::to_string(level) + where});
    }
  }
}

// A window that is over is made one file and then left alone. One that may still grow is kept as tiers: that of the newest write;
// and, since one write from the far future must not make every flush of today rewrite the whole day, that of now.
void add_windows(const PlanFiles& files, const CompactionOptions& options, const PlanContext& context,
                 std::vector<Group>& groups) {
  std::map<int64_t, PlanFiles> windows;
  for (const PlanFile* file : files) windows[window_of(*file, options)].push_back(file);
  if (windows.empty()) return;
  const int64_t first_open = std::min(windows.rbegin()->first, window_at(context.now, options));
  for (const auto& [window, members] : windows) {
    const std::string where = " in window " + std::to_string(window);
    if (window >= first_open)
      add_levels(members, options, context, where, groups);
    else if (members.size() > 1)
      groups.push_back({bounded(members, options, context, 2), members.size(), static_cast<double>(members.size()) / 2,
                        "of a window that is over," + where});
  }
}

std::vector<Group> groups_of(const PlanFiles& files, const CompactionOptions& options, const PlanContext& context) {
  std::vector<Group> groups;
  if (options.strategy == CompactionStrategy::time_window)
    add_windows(files, options, context, groups);
  else
    add_levels(files, options, context, "", groups);
  std::erase_if(groups, [](const Group& group) { return group.files.empty(); });
  return groups;
}

// Most files above their threshold first: they cost every read the most. Then the cheapest, which is the lowest level.
bool more_urgent(const Group& a, const Group& b) {
  if (a.excess != b.excess) return a.excess > b.excess;
  return std::pair(bytes_of(a.files), a.files.front()->id) < std::pair(bytes_of(b.files), b.files.front()->id);
}

// --- all of them ------------------------------------------------------------------------------------------------------

// All at once where a merge may hold so many. Else as many of the smallest as leave few enough, or as a merge may hold.
CompactionJob major_pass(const PlanFiles& files, const CompactionOptions& options, const PlanContext& context) {
  const size_t depth = depth_of(files);
  if (depth <= kMergeFilesMax) return merge_of(files, options, context, "asked for: all files");
  const size_t pass = std::min(depth - kMergeFilesMax + 1, kMergeFilesMax);
  CompactionJob job = merge_of(at_most_deep(files, pass), options, context,
                               "asked for: all files, " + std::to_string(pass) + " at a time");
  job.more = true;
  return job;
}

// --- one file for its tombstones --------------------------------------------------------------------------------------

// How much of the file would go, taking deletion times as spread evenly.
double droppable_share(const PlanFile& file, Seconds gc_before) {
  if (file.min_expiry >= gc_before || file.cells + file.tombstones == 0) return 0;
  const double whole = static_cast<double>(file.max_expiry.raw) - static_cast<double>(file.min_expiry.raw);
  const double past = static_cast<double>(gc_before.raw) - static_cast<double>(file.min_expiry.raw);
  const double share = file.max_expiry < gc_before || whole <= 0 ? 1.0 : past / whole;
  return share * static_cast<double>(file.tombstones + file.expiring_cells) /
         static_cast<double>(file.cells + file.tombstones);
}

// Unchecked, a rewrite may have purged nothing: it is not tried again before the interval has passed.
bool worth_rewriting(const PlanFile& file, const std::vector<PlanFile>& all, const CompactionOptions& options,
                     const PlanContext& context) {
  const int64_t since = context.now.raw - options.tombstone_interval_seconds;
  if (file.max_timestamp.raw / options.ticks_per_second > since || file.purged_at.raw > since) return false;
  if (droppable_share(file, context.gc_before) <= options.tombstone_threshold) return false;
  if (options.unchecked_tombstone_compaction) return true;
  if (may_hide(file, context.memtable_min_timestamp, context)) return false;
  return std::ranges::none_of(all, [&](const PlanFile& other) {
    return &other != &file && overlap(file, other) && may_hide(file, other.min_timestamp, context);
  });
}

}  // namespace

PlanFile plan_file(FileId id, const SstableStatistics& s) {
  PlanFile file{.id = id,
                .level = s.level,
                .bytes = s.file_bytes,
                .partitions = s.partitions,
                .min_timestamp = s.min_timestamp,
                .max_timestamp = s.max_timestamp,
                .min_expiry = s.min_expiry,
                .max_expiry = s.max_expiry,
                .cells = s.cells,
                .tombstones = s.tombstones,
                .expiring_cells = s.expiring_cells,
                .all_expire = s.all_expire};
  if (const auto first = read_partition_prefix(s.first_prefix)) file.first_token = first->token;
  if (const auto last = read_partition_prefix(s.last_prefix)) file.last_token = last->token;
  return file;
}

std::vector<CompactionJob> plan_compaction(const std::vector<PlanFile>& files, const CompactionOptions& options,
                                           const PlanContext& context) {
  if (!options.enabled) return {};
  PlanFiles idle;
  for (const PlanFile& file : files) {
    if (!file.busy) idle.push_back(&file);
  }
  std::vector<CompactionJob> jobs;
  if (const PlanFiles dead = expired(idle, files, options, context); !dead.empty()) {
    jobs.push_back(
        merge_of(dead, options, context, "everything in " + std::to_string(dead.size()) + " files has expired"));
    jobs.back().kind = CompactionJob::Kind::drop;
    take_away(idle, dead);
  }
  std::erase_if(idle, [](const PlanFile* file) { return file->damaged; });
  std::vector<Group> groups = groups_of(idle, options, context);
  std::ranges::sort(groups, more_urgent);
  for (const Group& group : groups) {
    jobs.push_back(
        merge_of(group.files, options, context, std::to_string(group.files.size()) + " files " + group.what));
    jobs.back().deepest = group.deepest;
    take_away(idle, group.files);
  }
  for (const PlanFile* file : idle) {
    if (!options.purge_alone || !worth_rewriting(*file, files, options, context)) continue;
    jobs.push_back(plan_rewrite(*file, options, context));
    jobs.back().kind = CompactionJob::Kind::purge;
    jobs.back().reason = "one file with many tombstones past their grace";
  }
  return jobs;
}

std::vector<CompactionJob> plan_major_compaction(const std::vector<PlanFile>& files, const CompactionOptions& options,
                                                 const PlanContext& context) {
  std::map<int64_t, PlanFiles> parts;
  for (const PlanFile& file : files) {
    const bool windows = options.strategy == CompactionStrategy::time_window;
    if (!file.busy && !file.damaged) parts[windows ? window_of(file, options) : 0].push_back(&file);
  }
  std::vector<CompactionJob> jobs;
  for (const auto& [window, members] : parts) jobs.push_back(major_pass(members, options, context));
  return jobs;
}

size_t backlog_of(const std::vector<PlanFile>& files, const CompactionOptions& options, const PlanContext& context) {
  if (!options.enabled) return 0;
  PlanFiles all;
  for (const PlanFile& file : files)
    if (!file.busy && !file.damaged) all.push_back(&file);
  size_t due = 0;
  for (const Group& group : groups_of(all, options, context)) due += group.deepest;
  return std::min(due, depth_of(all));  // groups may lie side by side
}

CompactionJob plan_rewrite(const PlanFile& file, const CompactionOptions& options, const PlanContext& context) {
  CompactionJob job = merge_of({&file}, options, context, "asked for: each file");
  job.level = std::max(job.level, file.level);
  return job;
}

}  // namespace ringlet
