#!/usr/bin/env bash
# Rust: the driver that cargo knows as scylla. versions.lock is Cargo.lock without the address of the registry, which
# cargo itself puts back.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

if ! command -v cargo >/dev/null; then
  need cargo-web cargo-web rustc-web gcc libc6-dev ca-certificates
  export CARGO=cargo-web RUSTC=rustc-web
fi
cargo=${CARGO:-cargo}
mkdir -p source
if stale locked "$here/versions.lock" "$here/Cargo.toml"; then
  mkdir -p probe/src
  printf '[package]\nname = "probe"\nversion = "1.0.0"\n[dependencies]\nfutures-core = "0.3"\n' >probe/Cargo.toml
  touch probe/src/lib.rs
  (cd probe && "$cargo" generate-lockfile --quiet)
  registry=$(sed -n 's/^source = //p' probe/Cargo.lock | head -1)
  cp "$here/Cargo.toml" source
  sed "s|^source = .*|source = $registry|" "$here/versions.lock" >source/Cargo.lock
  fresh locked "$here/versions.lock" "$here/Cargo.toml"
fi
cp "$here/suite.rs" source
export CARGO_TARGET_DIR=$RINGLET_CACHE/target
(cd source && "$cargo" build --locked --quiet)
exec target/debug/suite
