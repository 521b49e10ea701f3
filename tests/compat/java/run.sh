#!/usr/bin/env bash
# Java: the driver that Maven Central calls java-driver-core, version 4.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

need javac default-jdk-headless
if stale installed "$here/pom.xml"; then
  need mvn maven
  rm -rf lib
  cp "$here/pom.xml" .
  mvn -q -B -Dmaven.repo.local="$RINGLET_CACHE/repository" -DincludeScope=runtime -DoutputDirectory="$RINGLET_CACHE/lib" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
  fresh installed "$here/pom.xml"
fi
if stale compiled "$here"/*.java installed; then
  javac -nowarn -cp 'lib/*' -d classes "$here"/*.java
  fresh compiled "$here"/*.java installed
fi
exec java -XX:+UseSerialGC -Xmx256m -cp 'classes:lib/*' Suite
