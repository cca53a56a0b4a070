#!/usr/bin/env bash
# Fuzzes what parses bytes: tests/fuzz/run.sh [seconds for each target].
# Inputs that broke something once, and others that lead far, are in corpus/;
# what a run finds beyond them stays in build-fuzz/found. An input that breaks
# something is named at the end of the output: add it to corpus/ with the fix.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
seconds="${1:-20}"
build=build-fuzz

cmake -S tests/fuzz -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 \
  -DCMAKE_BUILD_TYPE=None >/dev/null
cmake --build "$build"
for name in decode record query; do
  mkdir -p "$build/found/$name"
  echo "fuzz: $name for $seconds s"
  "$build/fuzz_$name" -max_total_time="$seconds" -max_len=8192 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -print_funcs=0 -verbosity=0 \
    -artifact_prefix="$build/crash-$name-" \
    "$build/found/$name" "tests/fuzz/corpus/$name" 2>&1 \
    | grep -vE '^(INFO|"|#####|stat::(peak_rss|slowest|new_units_added|average))' \
    || [ "${PIPESTATUS[0]}" -eq 0 ]
done
