#!/usr/bin/env bash
# Lists what has changed in the public API, so that a program that used it no longer compiles, since the last tag:
#   scripts/api_changes.sh [TAG]
# TAG may be any commit. Exit status 1 where something broke, 2 where there is nothing to compare with. Builds both in debug.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { echo "api: $*" >&2; }

tag=${1:-$(git describe --tags --abbrev=0 2>/dev/null || true)}
if [ -z "$tag" ]; then
  say "no commit before this one has a tag, so there is no API to compare with; name a commit: scripts/api_changes.sh COMMIT"
  exit 2
fi
if ! git rev-parse --quiet --verify "$tag^{commit}" >/dev/null; then
  say "there is no tag or commit $tag"
  exit 2
fi

scripts/setup.sh
say "against $tag ($(git log -1 --format=%cs "$tag"))"
# Of the command, whose module nobody imports, nothing is compared.
targets=()
while read -r target; do targets+=(--targets "$target"); done < <(
  swift package dump-package | python3 -c '
import json, sys
print("\n".join(t["name"] for t in json.load(sys.stdin)["targets"] if t["type"] == "regular" and t["name"] != "TestSupport"))')
swift package diagnose-api-breaking-changes "$tag" "${targets[@]}"
