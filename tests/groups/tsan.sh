#!/usr/bin/env bash
# tsan: unit under the thread sanitizer. The simulator has one thread, so it is not repeated here.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

build tsan unit_tests
run_counted build/tsan/unit_tests
report
