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
mapfile -t modules < <(
  swift package dump-package | python3 -c '
import json, sys
print("\n".join(t["name"] for t in json.load(sys.stdin)["targets"] if t["type"] == "regular" and t["name"] != "TestSupport"))')

# Of modules that no product names, which come with Colonnade, SwiftPM makes no baseline and compares nothing: it gets them here.
scratch=$(mktemp -d)
trap 'git worktree remove --force "$scratch/earlier" 2>/dev/null || true; rm -rf "$scratch"' EXIT
git worktree add --quiet --detach "$scratch/earlier" "$tag"
swift build --package-path "$scratch/earlier" >&2
baseline=$scratch/baseline/$(git rev-parse "$tag^{commit}")
mkdir -p "$baseline"
maps=()
for map in "$scratch"/earlier/Sources/*/module.modulemap; do maps+=(-Xcc "-fmodule-map-file=$map"); done
targets=()
for module in "${modules[@]}"; do
  if [ ! -d "$scratch/earlier/Sources/$module" ]; then
    say "$module is new"
    continue
  fi
  swift-api-digester -dump-sdk -module "$module" -o "$baseline/$module.json" -avoid-location \
    -sdk "$(xcrun --show-sdk-path 2>/dev/null || echo /)" -I "$scratch/earlier/.build/debug/Modules" "${maps[@]}" >&2
  targets+=(--targets "$module")
done
swift package diagnose-api-breaking-changes "$tag" --baseline-dir "$scratch/baseline" "${targets[@]}"
