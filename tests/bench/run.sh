#!/usr/bin/env bash
# Numbers, side by side with Redis in one session. Ends with "N passed, N failed": a run that could not be made is a failure;
# how fast it was is for a reader to judge.
set -euo pipefail
source "$(dirname "$0")/../../toolchains/lib.sh"
cd "$root"
cmake --preset release >/dev/null
cmake --build build/release --target ringlet load >/dev/null
command -v redis-server >/dev/null || as_root apt-get install -y -qq redis-server >/dev/null
exec python3 tests/bench/bench.py "$@"
