#!/usr/bin/env bash
# sim: tests/sim in the release build.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

build release sim_tests
run_counted build/release/sim_tests
report
