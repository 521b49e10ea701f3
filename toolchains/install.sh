#!/usr/bin/env bash
# install.sh GROUP...: installs the Debian packages of packages/GROUP.txt that are not installed yet.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
for group in "$@"; do
  list=$root/toolchains/packages/$group.txt
  [ -f "$list" ] || die "no package list $list"
  for package in $(lines_of "$list"); do
    is_installed "$package" || missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

say "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
as_root apt-get update -qq || say "apt-get update reported errors; going on with the lists there are"
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
  die "apt-get could not install: ${missing[*]}"
