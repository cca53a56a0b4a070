#!/usr/bin/env bash
# Format of all sources, clang-tidy on what changed. Prints only problems.
#
#   tests/lint.sh            tidy since LINT_BASE, else since the last commit's
#                            parent, uncommitted changes included
#   tests/lint.sh --all      tidy on everything (minutes)
#   tests/lint.sh --format   no tidy
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

mode="${1:-changed}"
case "$mode" in
  changed | --all | --format) ;;
  *) sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac

# Everything that git knows or could add, as it is in the working tree.
sources() {
  git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp' \
    | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

sources | xargs -r -n 20 -P 2 clang-format --dry-run --Werror
[ "$mode" != --format ] || exit 0

# Names of the files that differ from the base.
changed() {
  local base="${LINT_BASE:-}"
  if [ -z "$base" ]; then
    base="$(git rev-parse -q --verify 'HEAD~1^{commit}' || true)"
  elif ! git rev-parse -q --verify "$base^{commit}" >/dev/null; then
    echo "lint: LINT_BASE=$base is no commit here" >&2
    exit 2
  fi
  if [ -z "$base" ]; then
    echo "lint: no earlier commit to compare with; try --all" >&2
    return 0
  fi
  git diff --name-only "$base" --
  git ls-files --others --exclude-standard
}

# The units to look at: a changed header is seen through the source of its name.
units() {
  if [ "$mode" = --all ]; then
    sources
  else
    changed
  fi | sed -n 's/\.[ch]pp$/.cpp/p' | sort -u \
    | while read -r file; do
      grep -qF "\"$PWD/$file\"" build/compile_commands.json && echo "$file"
    done || true
}

[ -f build/compile_commands.json ] || {
  echo "lint: no build/compile_commands.json; run deploy/build.sh first" >&2
  exit 2
}

# clang-tidy takes 5 to 20 s a unit. Where time is short (CI), LINT_SECONDS says
# when to begin no more; what was left out is then named.
LINT_DEADLINE=$(($(date +%s) + ${LINT_SECONDS:-36000}))
export LINT_DEADLINE

# Its counts of suppressed warnings in system headers are no problem of ours. A
# failing unit makes xargs, and so this script, fail.
units | xargs -r -n 1 -P 2 bash -c '
  if [ "$(date +%s)" -ge "$LINT_DEADLINE" ]; then
    echo "lint: no time left for clang-tidy on $0" >&2
    exit 0
  fi
  out="$(clang-tidy -p build --quiet "$0" 2>&1)" && exit 0
  grep -vE "^[0-9]+ warnings? (generated|treated)|^Suppressed " <<<"$out"
  exit 1'
