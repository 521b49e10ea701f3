#!/usr/bin/env bash
# Node.js: the driver that npm calls cassandra-driver.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

need npm nodejs npm
if stale installed "$here/package-lock.json"; then
  cp "$here/package.json" "$here/package-lock.json" .
  npm ci --no-audit --no-fund --loglevel=error
  fresh installed "$here/package-lock.json"
fi
cp "$here/suite.js" .
exec node suite.js
