#!/usr/bin/env bash
# Python: the driver that PyPI calls cassandra-driver.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

python3 -c 'import ensurepip' 2>/dev/null || install_packages python3 python3-venv
if stale installed "$here/requirements.txt"; then
  rm -rf venv
  python3 -m venv venv
  venv/bin/pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  fresh installed "$here/requirements.txt"
fi
exec venv/bin/python -B -W ignore "$here/suite.py"
