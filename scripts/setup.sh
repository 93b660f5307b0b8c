#!/usr/bin/env bash
# Installs what the tests need besides Node: a Redis server and a Chromium browser.
# Does nothing if both are there. Uses the system's package manager, with sudo where that is needed.
set -euo pipefail

readonly browsers=(chromium chromium-browser google-chrome google-chrome-stable)
readonly mac_browsers=('/Applications/Chromium.app' '/Applications/Google Chrome.app')

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

has_redis() { has redis-server && redis-server --version >/dev/null 2>&1; }

has_browser() {
  local candidate
  for candidate in "${browsers[@]}"; do
    # Some systems have a command of this name that only tells how to install the browser: it must really run.
    if has "$candidate" && "$candidate" --version >/dev/null 2>&1; then return 0; fi
  done
  if [[ "$(uname -s)" == Darwin ]]; then
    for candidate in "${mac_browsers[@]}"; do
      if [[ -d "$candidate" ]]; then return 0; fi
    done
  fi
  return 1
}

as_root() {
  if [[ "$(id -u)" -eq 0 ]]; then
    "$@"
  elif ! has sudo; then
    fail "'$*' needs root, and there is no sudo. Run it as root, then try again."
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@" || fail "'sudo $*' did not succeed without a terminal. Run it yourself, then try again."
  fi
}

announced_root() {
  say "running: $*"
  as_root "$@"
}

install() {
  # install <redis|browser>: by the first package manager that is there
  local what="$1"
  if has apt-get; then
    if [[ -z "${apt_updated:-}" ]]; then
      announced_root apt-get update
      apt_updated=1
    fi
    local package=redis-server
    if [[ "$what" == browser ]]; then package=chromium; fi
    announced_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$package"
  elif has dnf; then
    if [[ "$what" == redis ]]; then announced_root dnf install --assumeyes redis; else announced_root dnf install --assumeyes chromium; fi
  elif has apk; then
    if [[ "$what" == redis ]]; then announced_root apk add redis; else announced_root apk add chromium; fi
  elif has brew; then
    if [[ "$what" == redis ]]; then
      say 'running: brew install redis'
      brew install redis
    else
      say 'running: brew install --cask chromium'
      brew install --cask chromium
    fi
  else
    fail "no apt-get, dnf, apk or brew here. Install redis-server and Chromium so that they are on the PATH, then try again."
  fi
}

missing=()
has_redis || missing+=(redis)
has_browser || missing+=(browser)

if [[ ${#missing[@]} -eq 0 ]]; then
  say 'redis-server and a browser are there, nothing to do.'
  exit 0
fi

say "missing: ${missing[*]}. Installing with the system's package manager."
for what in "${missing[@]}"; do
  install "$what" || fail "could not install: $what. Install it by hand, then try again."
done

has_redis || fail 'redis-server is still not on the PATH. Install Redis by hand, then try again.'
has_browser || fail "none of ${browsers[*]} runs. Install Chromium or Google Chrome by hand, then try again."
say 'redis-server and a browser are there.'
