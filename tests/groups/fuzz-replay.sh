#!/usr/bin/env bash
# fuzz-replay: the corpora of tests/fuzz through their fuzzers, in the release build.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

[ -n "$(files 'tests/fuzz/*_fuzz.cc')" ] || nothing_in tests/fuzz
replay release
report
