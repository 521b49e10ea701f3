#!/usr/bin/env bash
# cql: the statement files of tests/cql, run by the cql_tests binary beside them.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

if [ -z "$(files 'tests/cql/*_test.cc')" ]; then
  nothing_in tests/cql
else
  build release cql_tests
  run_counted build/release/cql_tests
fi
report
