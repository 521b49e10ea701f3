#!/usr/bin/env bash
# sensors: the main job on real readings: import, spot checks against a plain program, export, and an import that is killed.
set -euo pipefail
cd "$(dirname "$0")"
exec python3 sensors_test.py
