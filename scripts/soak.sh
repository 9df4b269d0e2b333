#!/usr/bin/env bash
# Feeds broken files to what reads files from strangers: to every reader, or to those named, for MINUTES in all.
#   scripts/soak.sh [--debug] MINUTES [READER…]   with --debug built without optimization: sooner there, and slower then
#   scripts/soak.sh --list
# Guided by coverage where the toolchain has libFuzzer, else by mutation of the first inputs. Inputs worth keeping stay in
# Fuzzing/.build/soak/corpus, and the next time begins with them. An input that crashes its reader, takes it longer than
# 25 seconds or has it allocate more than it may is written to FINDINGS (Fuzzing/.build/soak/findings), made smaller where
# libFuzzer can; the exit status is then 1. To see it again:
#   SWIFT_BACKTRACE=enable=no Fuzzing/.build/release/fuzz --reader=READER --show FILE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { echo "soak: $*"; }
die() {
  say "$*" >&2
  exit 2
}

configuration=release
if [ "${1:-}" = --debug ]; then
  configuration=debug
  shift
fi
minutes=${1:-}
[ -n "$minutes" ] || die "usage: soak.sh [--debug] MINUTES [READER…], or soak.sh --list"
shift
if [ "$minutes" != --list ] && ! [[ $minutes =~ ^[0-9]+(\.[0-9]+)?$ ]]; then die "'$minutes' is no number of minutes"; fi

scripts/setup.sh
shelf=Fuzzing/.build/soak
findings=${FINDINGS:-$shelf/findings}
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT

options=(-c "$configuration" --package-path Fuzzing --product fuzz)
# Preconditions of the standard library's unsafe pointers are checked too: release builds leave them out.
[ "$configuration" = debug ] || options+=(-Xswiftc -assert-config -Xswiftc Debug)
probe='@_cdecl("LLVMFuzzerTestOneInput") public func f(_ data: UnsafePointer<UInt8>, _ size: Int) -> Int32 { 0 }'
guided=false
if (cd "$work" && swiftc -sanitize=fuzzer -parse-as-library -o probe - <<<"$probe") >/dev/null 2>&1; then
  guided=true
  options+=(--sanitize fuzzer -Xswiftc -DLIBFUZZER)
else
  say "no libFuzzer here: inputs are changed without regard to coverage"
fi
swift build "${options[@]}" >&2
fuzz=$(swift build "${options[@]}" --show-bin-path)/fuzz

if [ "$minutes" = --list ]; then
  "$fuzz" --list
  exit
fi
if [ $# -gt 0 ]; then readers=("$@"); else mapfile -t readers < <("$fuzz" --list); fi
for reader in "${readers[@]}"; do "$fuzz" --list | grep -qxF "$reader" || die "there is no reader '$reader'"; done

processors=$(getconf _NPROCESSORS_ONLN)
at_once=$((processors < ${#readers[@]} ? processors : ${#readers[@]}))
seconds=$(awk -v m="$minutes" -v n="${#readers[@]}" -v p="$at_once" 'BEGIN { printf "%d", m * 60 * p / n + 0.5 }')
mkdir -p "$findings"
findings=$(cd "$findings" && pwd)
say "${#readers[@]} readers, $seconds s each, $at_once at once"

# One reader's turn; leaves $work/READER.failed where something was found.
soak() {
  local reader=$1 seeds=$work/$1.seeds corpus=$shelf/corpus/$1 log=$work/$1.log status=0
  local finding=$findings/$reader-$(date +%Y%m%d-%H%M%S)
  mkdir -p "$seeds" "$corpus" "$work/$reader"
  export TMPDIR=$work/$reader
  "$fuzz" --reader="$reader" --seeds="$seeds" --root=. || {
    touch "$work/$reader.failed"
    return
  }
  if $guided; then
    "$fuzz" --reader="$reader" -max_total_time="$seconds" -timeout=25 -report_slow_units=25 -rss_limit_mb=6000 \
      -max_len=65536 -exact_artifact_path="$finding" -print_final_stats=1 "$corpus" "$seeds" >"$log" 2>&1 || status=$?
    echo "soak: $reader: $(sed -nE 's/^stat::number_of_executed_units: *//p' "$log") inputs," \
      "$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | cut -d ' ' -f 2) edges covered," \
      "$(ls "$corpus" | wc -l) inputs kept"
  else
    "$fuzz" --reader="$reader" --seconds="$seconds" --seed="$RANDOM" --finding="$finding" "$seeds" >"$log" 2>&1 || status=$?
    echo "soak: $reader: $(tail -n 1 "$log")"
  fi
  [ "$status" -ne 0 ] || return 0

  touch "$work/$reader.failed"
  {
    echo "soak: $reader FAILED (status $status): $(grep -hE 'Fatal error|^fuzz:|ERROR: ' "$log" | head -n 3 | tr '\n' ' ')"
    if $guided && [ -f "$finding" ]; then
      "$fuzz" --reader="$reader" -minimize_crash=1 -max_total_time=20 -timeout=25 -rss_limit_mb=6000 \
        -exact_artifact_path="$finding.small" "$finding" >/dev/null 2>&1 || true
      [ ! -s "$finding.small" ] || mv "$finding.small" "$finding"
    fi
    if [ -f "$finding" ]; then
      echo "soak: the input is $finding; by base64 -d | gunzip, of these lines:"
      # A machine of CI is gone when somebody wants to see the file.
      gzip -9c "$finding" | base64 -w 900 | head -n 10
    else
      tail -n 20 "$log"
    fi
  } >&2
}
export -f soak
export shelf findings work fuzz seconds guided OPENBLAS_NUM_THREADS=1 SWIFT_BACKTRACE=enable=no
printf '%s\n' "${readers[@]}" | xargs -P "$at_once" -I{} bash -c 'set -uo pipefail; soak "$1"' soak {}

failed=$(find "$work" -name '*.failed' | wc -l)
[ "$failed" -eq 0 ] || {
  say "$failed readers failed" >&2
  exit 1
}
say "nothing found"
