#!/usr/bin/env bash
# Builds the reference of all libraries, with the articles of Sources/Colonnade/Colonnade.docc, into .build/documentation; a
# warning is an error. Fails where a library's symbols are not in it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

libraries=(Engine Images Datasets Models Training Colonnade)
targets=()
for library in "${libraries[@]}"; do targets+=(--target "$library"); done

mkdir -p .build
rm -rf .build/documentation
swift package --allow-writing-to-directory .build/documentation \
  generate-documentation --enable-experimental-combined-documentation "${targets[@]}" \
  --output-path .build/documentation --warnings-as-errors

# A library without symbols is a page of its own and nothing under it.
for library in "${libraries[@]:0:5}"; do
  folder=$(tr '[:upper:]' '[:lower:]' <<<"$library")
  pages=$(find ".build/documentation/data/documentation/$folder" -name '*.json' 2>/dev/null | wc -l)
  echo "documentation: $library: $pages pages"
  if [ "$pages" -lt 20 ]; then
    echo "documentation: the symbols of $library are missing" >&2
    exit 1
  fi
done
for page in firstprogram ownpictures ownnetwork owntask; do
  test -f ".build/documentation/data/documentation/colonnade/$page.json" || {
    echo "documentation: the page $page is missing" >&2
    exit 1
  }
done
