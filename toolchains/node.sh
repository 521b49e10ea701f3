#!/usr/bin/env bash
# node.sh start DIR CQL_PORT HTTP_PORT: starts a node with its data in DIR and waits until it answers CQL; a node that
#                                       already runs there is left alone. node.sh stop DIR; node.sh restart DIR.
# Beside DIR lie DIR.pid, DIR.log and DIR.ports. RINGLET_BINARY names another binary than build/release/ringlet,
# RINGLET_FLAGS more flags for `ringlet serve`.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

binary=${RINGLET_BINARY:-$root/build/release/ringlet}

running() { [ -f "$1.pid" ] && kill -0 "$(cat "$1.pid")" 2>/dev/null; }

# Sends an OPTIONS frame; a node that serves says SUPPORTED (opcode 6, the fifth byte).
answers() {
  local reply
  reply=$(timeout 2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/$0 && printf "\4\0\0\1\5\0\0\0\0" >&3 && head -c 5 <&3 | od -An -tx1' \
    "$1" 2>/dev/null) || return 1
  [ "${reply##* }" = 06 ]
}

# A node has 30 s: recovery of a long log included.
wait_until_answering() {
  local dir=$1 port=$2
  for _ in $(seq 300); do
    running "$dir" || break
    answers "$port" && return
    sleep 0.1
  done
  tail -5 "$dir.log" >&2
  die "the node does not answer on port $port: see $dir.log"
}

start() {
  local dir=$1 cql_port=$2 http_port=$3
  if running "$dir"; then
    wait_until_answering "$dir" "$cql_port"
    return
  fi
  if answers "$cql_port"; then die "something else answers CQL on port $cql_port: stop it, or choose another port"; fi
  mkdir -p "$dir"
  printf '%s %s\n' "$cql_port" "$http_port" >"$dir.ports"
  # shellcheck disable=SC2086 # flags are words
  setsid "$binary" serve --data "$dir" --cql-port "$cql_port" --http-port "$http_port" ${RINGLET_FLAGS:-} \
    >>"$dir.log" 2>&1 </dev/null &
  printf '%s\n' $! >"$dir.pid"
  wait_until_answering "$dir" "$cql_port"
}

# SIGTERM, and 15 s: the node promises to be gone in 10.
stop() {
  local dir=$1 pid
  running "$dir" || return 0
  pid=$(cat "$dir.pid")
  kill "$pid"
  for _ in $(seq 150); do
    kill -0 "$pid" 2>/dev/null || { rm -f "$dir.pid"; return 0; }
    sleep 0.1
  done
  kill -9 "$pid"
  rm -f "$dir.pid"
  die "the node $pid did not stop within 15 s of SIGTERM and was killed: see $dir.log"
}

case ${1:-} in
  start) start "${2:?}" "${3:?}" "${4:?}" ;;
  stop) stop "${2:?}" ;;
  restart)
    stop "${2:?}"
    read -r cql_port http_port <"$2.ports"
    start "$2" "$cql_port" "$http_port"
    ;;
  *) die "usage: node.sh start DIR CQL_PORT HTTP_PORT | stop DIR | restart DIR" ;;
esac
