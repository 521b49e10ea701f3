#!/usr/bin/env bash
# binary: what build/release/ringlet promises as a file: static, stripped, small, and it says what it is.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

binary=build/release/ringlet
bytes_max=7000000

# check SENTENCE COMMAND...
check() {
  local sentence=$1
  shift
  if "$@"; then count 1 0; else say "FAILED: $sentence"; count 0 1; fi
}

has_section() { llvm-readelf-19 --section-headers --program-headers "$binary" | grep -qE "$1"; }
is_static() { ! has_section 'INTERP|\.dynamic'; }
is_stripped() { ! has_section '\.symtab|\.debug_'; }
is_small() { say "$binary: $(stat -c %s "$binary") bytes"; [ "$(stat -c %s "$binary")" -le "$bytes_max" ]; }
is_of_this_commit() { "$binary" --version | grep -q "^commit $(git describe --always --abbrev=12 --exclude='*')"; }
names_target_and_compiler() { "$binary" --version | grep -c -E '^(ringlet [0-9]|target x86_64-|compiler clang 19)' | grep -qx 3; }
refuses_wrong_usage() { local status=0; "$binary" --no-such-flag >/dev/null 2>&1 || status=$?; [ "$status" -eq 2 ]; }

build release ringlet
check "the binary is static" is_static
check "the binary is stripped" is_stripped
check "the binary is at most $bytes_max bytes" is_small
check "--version tells the commit" is_of_this_commit
check "--version tells version, target and compiler" names_target_and_compiler
check "wrong usage exits with 2" refuses_wrong_usage
report
