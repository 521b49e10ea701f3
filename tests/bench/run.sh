#!/usr/bin/env bash
# Numbers, side by side with Redis in one session: run.sh [ARGUMENTS]; or of the engine alone, with RocksDB: run.sh engine [ARGUMENTS];
# or what --memory promises, held with a lot on disk: run.sh memory [mixed|wide|quiet].
# The first ends with "N passed, N failed": a run that could not be made is a failure; how fast it was is for a reader to judge.
set -euo pipefail
source "$(dirname "$0")/../../toolchains/lib.sh"
cd "$root"
cmake --preset release >/dev/null
if [ "${1:-}" = engine ]; then
  shift
  cmake --build build/release --target engine_bench >/dev/null
  command -v db_bench >/dev/null || as_root apt-get install -y -qq rocksdb-tools >/dev/null
  exec python3 tests/bench/engine_bench.py "$@"
fi
cmake --build build/release --target ringlet load >/dev/null
if [ "${1:-}" = memory ]; then
  shift
  export RINGLET_BINARY=$root/build/release/ringlet RINGLET_LOAD=$root/build/release/load RINGLET_CACHE=$root/build/bench
  mkdir -p "$RINGLET_CACHE"
  exec python3 -B tests/bench/memory.py "$@"
fi
command -v redis-server >/dev/null || as_root apt-get install -y -qq redis-server >/dev/null
exec python3 tests/bench/bench.py "$@"
