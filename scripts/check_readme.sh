#!/usr/bin/env bash
# The examples in README and in the tutorial are files that the build compiles: each block after a line
#   <!-- Snippets/NAME.swift -->          must be that file, to the letter,
#   <!-- Snippets/NAME.swift PART -->     its lines between `// snippet.PART` and `// snippet.end`,
# those marks themselves left out. `scripts/check_readme.sh --update` copies from the files into the pages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pages=(
  README.md
  Sources/Colonnade/Colonnade.docc/{FirstProgram,OwnPictures,OwnNetwork,OwnTask,OwnObjects}.md
)
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT

# A page with the block after each marker replaced by what the marker names.
renew() {
  awk '
    function fail(message) { print FILENAME ": " message > "/dev/stderr"; failed = 1; exit 1 }
    function copy(    lines, status, line, inside) {
      lines = 0
      inside = part == ""
      while ((status = (getline line < file)) > 0) {
        if (line ~ /^\/\/ snippet\./) {
          if (part != "") inside = line == "// snippet." part
          continue
        }
        if (inside) { print line; lines++ }
      }
      if (status < 0 || lines == 0) fail("there is no " file " " part)
      close(file)
    }
    skipping { if ($0 == "```") { skipping = 0; print }; next }
    expecting {
      if ($0 != "```swift") fail("a ```swift block must follow the marker of " file)
      print
      copy()
      expecting = 0; skipping = 1; next
    }
    /^<!-- Snippets\/[A-Za-z]+\.swift ([a-z]+ )?-->$/ {
      file = $2; part = NF == 4 ? $3 : ""; expecting = 1; markers++
    }
    { print }
    END {
      if (!failed && (expecting || skipping)) fail("the block of " file " does not end")
      if (!failed && markers == 0) fail("no example is marked <!-- Snippets/NAME.swift -->")
    }
  ' "$1"
}

status=0
for page in "${pages[@]}"; do
  renew "$page" >"$fresh"
  if [ "${1:-}" = --update ]; then
    cat "$fresh" >"$page"
  else
    diff -u "$page" "$fresh" || {
      echo "$page: an example differs from its file in Snippets/ (scripts/check_readme.sh --update)" >&2
      status=1
    }
  fi
done
exit "$status"
