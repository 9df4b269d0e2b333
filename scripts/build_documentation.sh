#!/usr/bin/env bash
# Builds the DocC documentation of the library into .build/documentation; a warning is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mkdir -p .build
swift package --allow-writing-to-directory .build/documentation \
  generate-documentation --target Colonnade --output-path .build/documentation --warnings-as-errors
