#!/usr/bin/env bash
# Runs the suites that go through the whole library on the oldest Node that the package supports. What tests the tests
# themselves depends on no Node, and is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

version=22.13.1
home=.cache/node-22
node="$home/node_modules/node/bin/node"

if [[ "$("$node" --version 2>/dev/null || true)" != "v$version" ]]; then
  echo "Fetching Node $version from npm into $home"
  mkdir -p "$home"
  [[ -f "$home/package.json" ]] || echo '{ "private": true, "allowScripts": { "node": true } }' >"$home/package.json"
  npm install --prefix "$home" --no-audit --no-fund --loglevel=error "node@$version"
fi

exec "$node" node_modules/vitest/vitest.mjs run --project 'behaviour*' --project torture \
  libs test/audit test/concurrency test/conformance test/contract/{connect,foreign,memory,redis,sqlite} test/cookies \
  test/devices/devices.spec.ts test/e2e test/events test/guards test/impersonation test/login test/migration \
  test/outages/outage test/outages/store test/registry test/responses test/rotation test/sealed test/single-use \
  test/standalone test/startup test/step-up test/timeouts test/torture "$@"
