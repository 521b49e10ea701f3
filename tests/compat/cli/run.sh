#!/usr/bin/env bash
# cli: the ringlet command against the node at RINGLET_HOST:RINGLET_PORT, and against nodes of its own for what makes a start fail.
set -euo pipefail
cd "$(dirname "$0")"
exec python3 cli_test.py
