#!/usr/bin/env bash
# format.sh: formats every C++ file as .clang-format says. format.sh --check: only lists the files that are not.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

mapfile -t sources < <(files '*.cc' '*.h')

if [ "${1:-}" != --check ]; then
  clang-format-19 -i "${sources[@]}"
  exit 0
fi
unformatted=$(clang-format-19 --dry-run "${sources[@]}" 2>&1 | sed -nE 's/^([^:]+):[0-9]+:.*code should be clang-formatted.*/\1/p' | sort -u)
if [ -z "$unformatted" ]; then count 1 0; else
  printf 'not formatted (tests/tidy/format.sh does it): %s\n' $unformatted
  count 0 1
fi
report
