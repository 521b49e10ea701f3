#!/usr/bin/env bash
# cqlsh, as PyPI has it. It compresses, since the lz4 module is there, as it is with Debian's cqlsh.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

python3 -c 'import ensurepip' 2>/dev/null || install_packages python3 python3-venv
if stale installed "$here/requirements.txt"; then
  rm -rf venv
  python3 -m venv venv
  venv/bin/pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  fresh installed "$here/requirements.txt"
fi
export PYTHONUNBUFFERED=1  # what it prints and its errors come in the order in which they happened
exec venv/bin/python -B "$here/suite.py" "$here"/*.txt
