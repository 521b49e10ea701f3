#!/usr/bin/env bash
# run.sh: sets up, builds build/release/ringlet, starts a node (or finds it running) and says how to connect.
# run.sh build [PRESET]: sets up and builds only; presets: release (default), debug, asan, tsan, fuzz, aarch64, armhf.
# The node's data is in build/node; RINGLET_PORT and RINGLET_HTTP_PORT choose other ports than 9042 and 8080.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

case ${1:-} in
  "") ;;
  build) exec "$root/toolchains/build.sh" "${2:-release}" ;;
  *) die "usage: toolchains/run.sh [build [PRESET]]" ;;
esac

"$root/toolchains/build.sh" release ringlet
port=${RINGLET_PORT:-9042}
http_port=${RINGLET_HTTP_PORT:-8080}
"$root/toolchains/node.sh" start "$root/build/node" "$port" "$http_port"
cat <<EOT
Ringlet answers CQL on 127.0.0.1:$port (data in build/node, log in build/node.log)
  shell:    build/release/ringlet cql 127.0.0.1 $port
  cqlsh:    cqlsh 127.0.0.1 $port
  console:  http://127.0.0.1:$http_port/
  stop:     kill $(cat "$root/build/node.pid")
EOT
