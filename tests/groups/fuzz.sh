#!/usr/bin/env bash
# fuzz: each fuzzer for RINGLET_FUZZ_SECONDS (600), starting from its corpus; what it finds is left in build/fuzz/NAME.
# RINGLET_FUZZER names one fuzzer to run alone.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

seconds=${RINGLET_FUZZ_SECONDS:-600}
sources=$(files "tests/fuzz/${RINGLET_FUZZER:-*_fuzz}.cc")
[ -n "$sources" ] || nothing_in tests/fuzz
for source in $sources; do
  name=$(basename "$source" .cc)
  build fuzz "$name"
  mkdir -p "build/fuzz/found/$name"
  if "build/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/found/$name-" "build/fuzz/found/$name" "tests/fuzz/corpus/$name"; then
    count 1 0
  else
    say "$name: a finding is in build/fuzz/found/$name-*"
    count 0 1
  fi
done
report
