# Sourced by sysroot.sh: an apt of our own for another architecture, which touches nothing of the host's.
#
# The mirror is the one that the host's own apt uses for Debian; it is asked for, never written down here.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

debian_mirror() {
  apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 == "main" && !seen {print $3; seen = 1}'
}

# private_apt_setup ARCH SUITE...: configuration and package lists under build/apt/ARCH.
private_apt_setup() {
  local arch=$1 home=$root/build/apt/$1 mirror suite
  shift
  mirror=$(debian_mirror)
  if [ -z "$mirror" ]; then as_root apt-get update -qq && mirror=$(debian_mirror); fi
  [ -n "$mirror" ] || die "sysroot: the host's apt names no Debian mirror (apt-get indextargets)"
  mkdir -p "$home"/{lists/partial,cache/archives/partial,etc/none}
  : >"$home/status"
  for suite in "$@"; do say "deb [signed-by=$keyring] $mirror $suite main"; done >"$home/etc/sources.list"
  cat >"$home/apt.conf" <<CONF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Dir::State "$home";
Dir::State::status "$home/status";
Dir::Cache "$home/cache";
Dir::Etc::sourcelist "$home/etc/sources.list";
Dir::Etc::sourceparts "$home/etc/none";
Dir::Etc::preferences "$home/etc/none/-";
Dir::Etc::preferencesparts "$home/etc/none";
CONF
  private_apt "$arch" update -qq || die "sysroot: apt-get update for $arch failed"
}

private_apt() {
  local arch=$1
  shift
  APT_CONFIG=$root/build/apt/$arch/apt.conf apt-get "$@"
}

# private_apt_resolve ARCH PACKAGE/SUITE...: prints "package file sha256" of each, without downloading.
private_apt_resolve() {
  local arch=$1
  shift
  private_apt "$arch" download --print-uris "$@" |
    sed -nE "s|^'[^']*' (([^_ ]+)_[^ ]+) [0-9]+ SHA256:([0-9a-f]{64}).*|\2 \1 \3|p"
}
