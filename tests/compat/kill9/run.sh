#!/usr/bin/env bash
# kill9: SIGKILL at random moments under the Python driver's load, and what must be there after each restart. It starts nodes
# of its own with RINGLET_BINARY (build/release/ringlet); RINGLET_SEED repeats a run's choices.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

need python3 python3 python3-venv
python3 -c 'import ensurepip' 2>/dev/null || need no-such-command python3-venv
# The driver is the Python suite's, in the same place.
requirements=$here/../python/requirements.txt venv=$root/build/cache/python
mkdir -p "$venv"
if (cd "$venv" && stale installed "$requirements"); then
  rm -rf "$venv/venv"
  python3 -m venv "$venv/venv"
  "$venv/venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  (cd "$venv" && fresh installed "$requirements")
fi
export RINGLET_BINARY=${RINGLET_BINARY:-$root/build/release/ringlet}
exec "$venv/venv/bin/python" -B -W ignore "$here/suite.py"
