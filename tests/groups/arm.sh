#!/usr/bin/env bash
# arm: builds for both ARM targets, and runs the binary and the unit tests under qemu's user mode.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

"$root/toolchains/install.sh" arm
for pair in aarch64:qemu-aarch64-static armhf:qemu-arm-static; do
  preset=${pair%%:*}
  build "$preset" ringlet unit_tests
  if "${pair##*:}" "build/$preset/ringlet" --version; then count 1 0; else count 0 1; fi
  run_counted "${pair##*:}" "build/$preset/unit_tests"
done
report
