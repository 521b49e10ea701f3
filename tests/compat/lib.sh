# Sourced by each client's run.sh: what a suite is told, where it keeps its downloads, and how it gets a missing tool.

here=$(cd "$(dirname "$0")" && pwd)
source "$here/../../../toolchains/lib.sh"
: "${RINGLET_HOST:=127.0.0.1}" "${RINGLET_PORT:=9042}" "${RINGLET_RESTART:=}" "${RINGLET_CACHE:=$root/build/cache/$(basename "$here")}"
export RINGLET_HOST RINGLET_PORT RINGLET_RESTART RINGLET_CACHE
mkdir -p "$RINGLET_CACHE"
cd "$RINGLET_CACHE"

# need COMMAND PACKAGE...: Debian's packages, unless the command is there already.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null || install_packages "$@"
}

install_packages() {
  say "installing: $*"
  as_root apt-get update -qq || say "apt-get update reported errors; going on with the lists there are"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    die "apt-get could not install: $*"
}

# stale STAMP FILE...: true unless STAMP records these files as they are now. `fresh STAMP FILE...` makes it so.
stale() { [ "$(cat "$1" 2>/dev/null)" != "$(cat "${@:2}" | sha256sum)" ]; }
fresh() { cat "${@:2}" | sha256sum >"$1"; }
