#!/usr/bin/env bash
# limits: malformed frames, oversized everything, slow and silent clients, against nodes of 64 MiB that it starts itself with
# RINGLET_BINARY (build/release/ringlet), and what a node does with a damaged log and a full disk. Python's standard library.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

need python3 python3
export RINGLET_BINARY=${RINGLET_BINARY:-$root/build/release/ringlet}
exec python3 -B "$here/suite.py"
