#!/usr/bin/env bash
# long: tests/sim with RINGLET_LONG=1, which makes its tests run thousands of seeds instead of a handful.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

build release sim_tests
RINGLET_LONG=1 run_counted build/release/sim_tests
report
