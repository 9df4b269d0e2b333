#!/usr/bin/env bash
# Builds the tests in release and runs them: scripts/test.sh [ARGUMENT OF swift test…], such as --filter EngineTests.
# The last line counts test methods; the exit status is the runner's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh
swift build -c release --build-tests

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
swift test -c release --skip-build --disable-swift-testing "$@" 2>&1 | tee "$log" || status=$?

# XCTest's own totals count failed assertions; its line for each test method counts methods. A method that began
# and did not end took the runner down with it.
count() { grep -cE "Test Case '[^']*' $1" "$log" || true; }
passed=$(count passed)
failed=$(count failed)
skipped=$(count skipped)
unfinished=$(($(count started) - passed - failed - skipped))
if [ "$unfinished" -gt 0 ]; then failed=$((failed + unfinished)); fi
if [ "$status" -eq 0 ] && [ $((passed + failed)) -eq 0 ]; then
  echo "test: no test was run" >&2
  status=1
fi
if [ "$status" -eq 0 ] && [ "$failed" -gt 0 ]; then status=1; fi
# However the runner ended, a line that says "0 failed" beside a failure would be read as success.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi

if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
exit "$status"
