#!/usr/bin/env bash
# run.sh [GROUP...]: sets up, builds and runs those groups of tests/groups.txt, by default the ones for CI.
# A group that takes longer than its minutes is ended and has failed.
# Prints a line for each group and, last, the total alone on its line. Full output: build/tests/GROUP.log.
set -euo pipefail
source "$(dirname "$0")/../toolchains/lib.sh"
cd "$root"

table() { lines_of tests/groups.txt; }
names_of() { table | awk -v when="$1" '$2 == when {print $1}'; }
minutes_of() { table | awk -v name="$1" '$1 == name {print $3}'; }
is_group() { table | awk -v name="$1" '$1 == name {found = 1} END {exit !found}'; }

usage() {
  say "usage: tests/run.sh [GROUP...]"
  table
  exit 2
}

# Prints "passed failed" of a group's log; a group that failed without counting a failure is one failure.
counts_of() {
  local status=$1 log=$2 p f
  read -r p f < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -1) || true
  p=${p:-0} f=${f:-0}
  if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
  say "$p $f"
}

# `timeout` puts the group into a process group of its own: whoever ends this script ends that too.
running=
end_running() { [ -z "$running" ] || kill "$running" 2>/dev/null; }
trap 'end_running; exit 130' INT TERM

run_group() {
  local name=$1 log=build/tests/$1.log status=0 started=$SECONDS p f out printer
  say "--- $name"
  exec {out}> >(tee "$log" | sed '$!b; /^[0-9]* passed, [0-9]* failed$/d')
  printer=$!
  timeout -k 20 "$(minutes_of "$name")m" "tests/groups/$name.sh" >&"$out" 2>&1 </dev/null {out}>&- &
  running=$!
  wait "$running" || status=1
  running=
  exec {out}>&-
  wait "$printer" || true
  read -r p f < <(counts_of "$status" "$log")
  summary+=("$name: $p passed, $f failed ($((SECONDS - started)) s)")
  passed=$((passed + p)) failed=$((failed + f))
  [ "$status" -eq 0 ] || say "$name failed; its output is in $log"
  say "$name: $p passed, $f failed"
}

groups=("$@")
[ ${#groups[@]} -gt 0 ] || mapfile -t groups < <(names_of ci)
for name in "${groups[@]}"; do is_group "$name" || usage; done

toolchains/install.sh build tests
mkdir -p build/tests
passed=0 failed=0 summary=()
for name in "${groups[@]}"; do run_group "$name"; done

say "--- total"
printf '%s\n' "${summary[@]}"
say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
