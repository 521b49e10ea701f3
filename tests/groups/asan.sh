#!/usr/bin/env bash
# asan: unit, sim and fuzz-replay under the address and undefined behaviour sanitizers.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

build asan unit_tests sim_tests
run_counted build/asan/unit_tests
run_counted build/asan/sim_tests
replay asan
report
