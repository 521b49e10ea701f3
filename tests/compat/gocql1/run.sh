#!/usr/bin/env bash
# Go: gocql, version 1.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

need go golang-go ca-certificates
mkdir -p source
cp "$here"/*.go "$here"/go.mod "$here"/go.sum source
export GOMODCACHE=$RINGLET_CACHE/modules GOCACHE=$RINGLET_CACHE/builds GOFLAGS="-mod=readonly -modcacherw -buildvcs=false"
(cd source && go build -p 2 -o ../suite .)
exec ./suite
