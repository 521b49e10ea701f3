#!/usr/bin/env bash
# build.sh PRESET [TARGET...]: installs what the preset needs, makes its sysroot, configures and builds (all targets by
# default). Everything that is already there is reused.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

preset=${1:?usage: build.sh PRESET [TARGET...]}
shift

groups=(build)
case $preset in asan | tsan | fuzz) groups+=(sanitizers) ;; esac
"$root/toolchains/install.sh" "${groups[@]}"

cd "$root"
mkdir -p build
log=build/configure-$preset.log
cmake --preset "$preset" >"$log" 2>&1 || { tail -30 "$log" >&2; die "cmake --preset $preset failed: $root/$log"; }
ninja --quiet -C "build/$preset" -j "${JOBS:-$(nproc)}" "$@"
