#!/usr/bin/env bash
# compat: tests/compat/CLIENT/run.sh for each client, against a fresh node of the release build.
#
# A suite finds the node at RINGLET_HOST, RINGLET_PORT and RINGLET_HTTP_PORT, restarts it with `bash -c "$RINGLET_RESTART"`,
# keeps its downloads in RINGLET_CACHE, and ends with "N passed, N failed".
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

stop_nodes() { for pid in "$root"/build/tests/compat/*/node.pid; do [ ! -f "$pid" ] || "$root/toolchains/node.sh" stop "${pid%.pid}"; done; }
trap stop_nodes EXIT

run_suite() {
  local client=$1 dir=$root/build/tests/compat/$1/node
  rm -rf "$dir" "$dir".*
  mkdir -p "$(dirname "$dir")" "$root/build/cache/$client"
  export RINGLET_HOST=127.0.0.1 RINGLET_PORT RINGLET_HTTP_PORT
  RINGLET_PORT=$(free_port)
  RINGLET_HTTP_PORT=$(free_port)
  export RINGLET_RESTART="'$root/toolchains/node.sh' restart '$dir'" RINGLET_CACHE=$root/build/cache/$client
  say "== $client"
  if ! "$root/toolchains/node.sh" start "$dir" "$RINGLET_PORT" "$RINGLET_HTTP_PORT"; then count 0 1; return; fi
  run_counted "tests/compat/$client/run.sh"
  "$root/toolchains/node.sh" stop "$dir" || count 0 1
}

suites=$(files 'tests/compat/*/run.sh')
if [ -z "$suites" ]; then
  nothing_in tests/compat
else
  build release ringlet
  for suite in $suites; do run_suite "$(basename "$(dirname "$suite")")"; done
fi
report
