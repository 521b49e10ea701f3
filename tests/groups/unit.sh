#!/usr/bin/env bash
# unit: tests/unit and tests/prop in the release build.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

build release unit_tests
run_counted build/release/unit_tests
report
