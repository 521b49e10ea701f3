#!/usr/bin/env bash
# memory: tests/bench/memory.py: the cap of --memory with ten million rows on disk, one partition of millions, reads beside a compaction.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

run_counted tests/bench/run.sh memory
report
