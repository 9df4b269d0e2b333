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
