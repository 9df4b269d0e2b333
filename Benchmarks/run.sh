#!/usr/bin/env bash
# Builds a benchmark and runs it while no other holds the lock: Benchmarks/run.sh NAME [ARGUMENT…]
set -euo pipefail
directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=${1:?usage: run.sh gemm|convolution|memory|networks|loader|listing|loading|training-step|detection|callers|waiting|pyramid|smoke|probe [ARGUMENT…]}
shift

"$directory/../scripts/setup.sh"
swift build --package-path "$directory" -c release --product "$name" >&2
program=$(swift build --package-path "$directory" -c release --show-bin-path)/$name
lock=${TMPDIR:-/tmp}/bench.lock
if command -v flock >/dev/null; then
  exec flock "$lock" "$program" "$@"
fi
exec "$program" "$@"
