#!/usr/bin/env bash
# bench: tests/bench/run.sh, which prints numbers and ends with "N passed, N failed" for the goals it holds.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

if [ -f tests/bench/run.sh ]; then run_counted tests/bench/run.sh; else nothing_in tests/bench; fi
report
