# Sourced by tests/groups/*.sh: building, running, counting. A group adds to passed and failed and ends with `report`.

source "$(dirname "${BASH_SOURCE[0]}")/../toolchains/lib.sh"
cd "$root"

# A bare machine's locale is POSIX, in which compilers and drivers of other languages take text for ASCII.
export LC_ALL=C.UTF-8

# Names and lines in sanitizers' reports.
symbolizer=$(command -v llvm-symbolizer-19 || true)
export ASAN_OPTIONS="external_symbolizer_path=$symbolizer" UBSAN_OPTIONS="print_stacktrace=1" \
  TSAN_OPTIONS="external_symbolizer_path=$symbolizer"

passed=0
failed=0

count() { passed=$((passed + $1)); failed=$((failed + $2)); }

report() {
  say "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# A folder that has no test yet counts as nothing, and says so.
nothing_in() { say "nothing in $1"; }

build() { "$root/toolchains/build.sh" "$@"; }

# run_counted COMMAND...: runs it; its last "N passed, N failed" or doctest's summary is added to the counts. A command
# that fails without having counted a failure (a crash, say) is one failure.
run_counted() {
  local log status=0 p f
  log=$(mktemp)
  "$@" 2>&1 | tee "$log" || status=1
  read -r p f < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p;
    s/^\[doctest\] test cases: +[0-9]+ \| +([0-9]+) passed \| +([0-9]+) failed.*/\1 \2/p' "$log" | tail -1) || true
  rm -f "$log"
  p=${p:-0} f=${f:-0}
  if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    say "failed without counting a failure: $*"
    f=1
  fi
  count "$p" "$f"
}

# files PATTERN...: the files in git's sight that match, one a line.
files() { git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null; }

# replay PRESET: builds every fuzzer as the preset has it and feeds each its corpus; a fuzzer is one test.
replay() {
  local preset=$1 source name
  for source in $(files 'tests/fuzz/*_fuzz.cc'); do
    name=$(basename "$source" .cc)
    build "$preset" "$name"
    if [ -d "tests/fuzz/corpus/$name" ] && "build/$preset/$name" "tests/fuzz/corpus/$name"; then
      count 1 0
    else
      say "$name: failed, or no corpus in tests/fuzz/corpus/$name"
      count 0 1
    fi
  done
}
