#!/usr/bin/env bash
# README's examples are files that the build compiles: each block after a line `<!-- Snippets/NAME.swift -->` must be
# that file, to the letter. `scripts/check_readme.sh --update` copies the files into README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT

# README.md with the block after each marker replaced by the file that the marker names.
awk '
  function fail(message) { print "README.md: " message > "/dev/stderr"; failed = 1; exit 1 }
  skipping { if ($0 == "```") { skipping = 0; print }; next }
  expecting {
    if ($0 != "```swift") fail("a ```swift block must follow the marker of " file)
    print
    lines = 0
    while ((status = (getline line < file)) > 0) { print line; lines++ }
    if (status < 0 || lines == 0) fail("there is no " file)
    close(file)
    expecting = 0; skipping = 1; next
  }
  /^<!-- Snippets\/[A-Za-z]+\.swift -->$/ { file = $2; expecting = 1; markers++ }
  { print }
  END {
    if (!failed && (expecting || skipping)) fail("the block of " file " does not end")
    if (!failed && markers == 0) fail("no example is marked <!-- Snippets/NAME.swift -->")
  }
' README.md >"$fresh"

if [ "${1:-}" = --update ]; then
  cat "$fresh" >README.md
else
  diff -u README.md "$fresh" || {
    echo "README.md: an example differs from its file in Snippets/ (scripts/check_readme.sh --update)" >&2
    exit 1
  }
fi
