#!/usr/bin/env bash
# sysroot.sh ARCH: makes build/sysroot/ARCH (amd64, arm64 or armhf) from the Debian packages of packages/sysroot.txt.
# sysroot.sh --lock: records the mirror's current file of each package for every ARCH in sysroot.lock.
#
# The host is not changed: packages are downloaded with an apt configuration of our own, and only unpacked. Downloads are
# kept (RINGLET_DEBS, by default in the user's cache), so another checkout needs no network. apt checks signatures; on top
# of that a file named in sysroot.lock must have the SHA-256 recorded there. Mirrors keep one version only, so where a
# version has moved on the new one is taken, and said.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$root/toolchains/private_apt.sh"

list=$root/toolchains/packages/sysroot.txt
lock=$root/toolchains/sysroot.lock
debs=${RINGLET_DEBS:-${XDG_CACHE_HOME:-$HOME/.cache}/ringlet/debs}

sha256_of() { sha256sum "$1" | cut -d' ' -f1; }

wanted() { lines_of "$list" | awk '{print $2 "/" $1}'; }
suites() { lines_of "$list" | awk '!seen[$1]++ {print $1}'; }
locked() { awk -v a="$1" '$1 == a {print $2, $3, $4}' "$lock"; }     # arch -> "package file sha256" lines

# Whether every locked file of ARCH, for exactly the listed packages, is in the cache and intact.
cache_holds() {
  local package file sha256
  [ "$(locked "$1" | cut -d" " -f1 | sort)" = "$(wanted | cut -d/ -f1 | sort)" ] || return 1
  while read -r package file sha256; do
    [ -f "$debs/$file" ] && [ "$(sha256_of "$debs/$file")" = "$sha256" ] || return 1
  done < <(locked "$1")
}

# Says what moved on since the lock; refuses a file that has the locked name and other bytes.
compare_with_lock() {
  local arch=$1 package file sha256 known
  while read -r package file sha256; do
    known=$(awk -v a="$arch" -v f="$file" '$1 == a && $3 == f {print $4}' "$lock")
    if [ -z "$known" ]; then
      say "sysroot: not in toolchains/sysroot.lock, taken from the mirror: $file" >&2
    elif [ "$known" != "$sha256" ]; then
      die "sysroot: refused $file: its SHA-256 is not the one in toolchains/sysroot.lock"
    fi
  done
}

# Prints "package file sha256" of the files to unpack, all of them in the cache afterwards.
fetch() {
  local arch=$1 resolved
  if cache_holds "$arch"; then locked "$arch"; return; fi
  private_apt_setup "$arch" $(suites) >&2
  resolved=$(private_apt_resolve "$arch" $(wanted))
  compare_with_lock "$arch" <<<"$resolved"
  (cd "$debs" && private_apt "$arch" download -qq $(wanted)) >&2
  printf '%s\n' "$resolved"
}

unpack() {
  local into=$1 package file sha256
  while read -r package file sha256; do
    [ "$(sha256_of "$debs/$file")" = "$sha256" ] || die "sysroot: $debs/$file is damaged: delete it and run again"
    dpkg -x "$debs/$file" "$into"
  done
}

# Absolute links would lead out of the sysroot into the host.
make_links_relative() {
  local link target
  while read -r link target; do
    ln -sfn "$(realpath -ms --relative-to="$(dirname "$1/$link")" "$1$target")" "$1/$link"
  done < <(cd "$1" && find . -type l -lname '/*' -printf '%P %l\n')
}

# A new sysroot is unpacked beside the old one and takes its place whole.
make_sysroot() {
  local arch=$1 target=$root/build/sysroot/$1 stamp files
  mkdir -p "$debs" "$root/build/sysroot"
  exec 9>"$debs/.lock"
  flock 9                                  # another checkout may be filling the same cache
  stamp=$(cat "$list" "$lock" "$0" | sha256sum | cut -d' ' -f1)
  [ "$(cat "$target/.stamp" 2>/dev/null)" != "$stamp" ] || return 0
  say "making build/sysroot/$arch"
  rm -rf "$target.new"
  mkdir -p "$target.new"
  files=$(fetch "$arch")
  unpack "$target.new" <<<"$files"
  make_links_relative "$target.new"
  (cd "$target.new" && rm -rf usr/share usr/bin usr/sbin sbin etc)
  printf '%s\n' "$stamp" >"$target.new/.stamp"
  rm -rf "$target"
  mv "$target.new" "$target"
}

write_lock() {
  local arch
  {
    say "# Written by toolchains/sysroot.sh --lock: arch, package, file, SHA-256."
    for arch in amd64 arm64 armhf; do
      private_apt_setup "$arch" $(suites) >&2
      private_apt_resolve "$arch" $(wanted) | sed "s/^/$arch /"
    done
  } >"$lock.new"
  mv "$lock.new" "$lock"
}

case ${1:-} in
  --lock) write_lock ;;
  amd64 | arm64 | armhf) make_sysroot "$1" ;;
  *) die "usage: sysroot.sh amd64|arm64|armhf|--lock" ;;
esac
