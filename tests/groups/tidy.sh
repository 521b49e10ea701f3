#!/usr/bin/env bash
# tidy: the house rules, each proved on a planted violation first, then the formatting of C++.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

run_counted python3 tests/tidy/tidy.py
run_counted tests/tidy/format.sh --check
report
