#!/usr/bin/env bash
# Runs the commands of the tutorial's page ByCommand, from the first to the last, each of which must end with 0.
#   scripts/check_tutorial.sh [--binary FILE]   with FILE, that command does it and nothing is built
# Without it, what the page says is done in this folder: for a clean clone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
page=Sources/Colonnade/Colonnade.docc/ByCommand.md

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$page" >"$work/commands"
if [ "${1:-}" = --binary ]; then
  # In a folder of its own, where a run before it is not in the way.
  mkdir "$work/bin" "$work/here"
  ln -s "$(realpath "$2")" "$work/bin/colonnade"
  ln -s "$root/scripts" "$work/here/scripts"
  sed -i -e '/^swift build /d' -e '/^PATH=/d' "$work/commands"
  PATH=$work/bin:$PATH
  cd "$work/here"
fi
bash -euxo pipefail "$work/commands"
echo "check_tutorial: $(grep -c '^colonnade ' "$work/commands") commands ran"
