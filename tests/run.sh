#!/usr/bin/env bash
# Installs, builds and runs every test: tests/run.sh [ctest's own arguments],
# e.g. tests/run.sh -L unit, tests/run.sh -R e2e.main_job -V.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

deploy/install-packages.sh
deploy/build.sh
exec ctest --test-dir build --output-on-failure --no-tests=error \
  -j "$(nproc)" "$@" </dev/null
