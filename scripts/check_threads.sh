#!/usr/bin/env bash
# Runs what uses one network in every way at once under ThreadSanitizer; fails where it reports a race. Five minutes and
# more on two processors, nearly all of it building.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=.build-tsan
# Optimized: the fast path of Swift's Mutex and Atomic is then in our code, where ThreadSanitizer sees it.
swift build -c release --build-tests --sanitize=thread --scratch-path "$build"
library=$PWD/$build/mutex_sanitizer.so
clang -shared -fPIC -O2 scripts/mutex_sanitizer.c -o "$library" -ldl
tests=$(swift build -c release --scratch-path "$build" --sanitize=thread --show-bin-path)/colonnadePackageTests.xctest

LD_PRELOAD=$library TSAN_OPTIONS="halt_on_error=0 exitcode=66" \
  "$tests" ModelsTests.SharedNetworkTests,ModelsTests.ConcurrentPassesTests
echo "check_threads: no race reported"
