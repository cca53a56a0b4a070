#!/usr/bin/env bash
# Configures and builds a preset: deploy/build.sh [--preset NAME] [TARGET...].
# Without targets everything is built. Output comes only when it fails.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

preset=release
if [ "${1:-}" = --preset ]; then
  preset=$2
  shift 2
fi
folder=build
[ "$preset" = release ] || folder="build-$preset"

# One job per core, but at most one per 1.5 GB: RESTinio takes 1 GB a unit.
memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
jobs=$((memory_kb / 1500000))
cores=$(nproc)
[ "$jobs" -le "$cores" ] || jobs=$cores
[ "$jobs" -ge 1 ] || jobs=1

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! { cmake --preset "$preset" \
  && cmake --build "$folder" -j "$jobs" ${1:+--target "$@"}; } \
  >"$log" 2>&1 </dev/null; then
  grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking|Generating)' "$log" >&2 || true
  echo "build: preset $preset failed" >&2
  exit 1
fi
