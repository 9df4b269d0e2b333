#!/usr/bin/env bash
# Counts the instructions that the cases of `instructions` execute, under callgrind, and holds them against
# instructions.txt: no noise of the machine reaches these numbers.
#   Benchmarks/guard.sh [--record] [CASE…]   all cases, or those named; with --record their counts are written down
# Fails where a case executes more than 3 % above its recorded count, is not recorded, or does not run.
set -euo pipefail
export LC_ALL=C
directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
file=$directory/instructions.txt

say() { echo "guard: $*"; }
die() {
  say "$*" >&2
  exit 1
}
# Where nothing can be counted, nothing is held against the code.
cannot() {
  say "CANNOT RUN HERE, nothing was checked: $*"
  exit 0
}

record=false
if [ "${1:-}" = --record ]; then
  record=true
  shift
fi
[ "$(uname -s)" = Linux ] || cannot "valgrind counts on Linux alone"
[ "$(uname -m)" = x86_64 ] || cannot "the recorded counts are those of x86_64, this is $(uname -m)"
grep -qw avx2 /proc/cpuinfo || cannot "the recorded counts are those of OpenBLAS's kernels for AVX2"
"$directory/../scripts/setup.sh" --guard
command -v valgrind >/dev/null || cannot "valgrind is missing and could not be installed"

swift build --package-path "$directory" -c release --product instructions >&2
program=$(swift build --package-path "$directory" -c release --show-bin-path)/instructions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Writes one case's count into $work/CASE. Hashes have a fixed seed, OpenBLAS its kernels for AVX2 (valgrind knows no
# AVX-512), and memcpy no `rep movsb`, which counts as an instruction a byte and is taken from some size on.
count() {
  env SWIFT_DETERMINISTIC_HASHING=1 OPENBLAS_CORETYPE=Haswell OPENBLAS_NUM_THREADS=1 \
    GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=0x1000000000 \
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=colonnade_counted \
    --log-file="$work/$1.log" "$program" "$1" >"$work/$1.output" 2>&1 || tail -n 5 "$work/$1".{output,log} >&2
  sed -nE 's/^==[0-9]+== Collected : ([1-9][0-9]*)$/\1/p' "$work/$1.log" >"$work/$1"
}
export -f count
export program work

toolchain() {
  local swift
  swift=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9.]+).*/\1/p' | head -n 1)
  echo "Swift $swift, OpenBLAS $(pkg-config --modversion openblas)," \
    "libjpeg-turbo $(pkg-config --modversion libturbojpeg), $(getconf GNU_LIBC_VERSION), $(valgrind --version)"
}

"$program" --list >"$work/.all"
if [ $# -eq 0 ]; then cp "$work/.all" "$work/.chosen"; else printf '%s\n' "$@" >"$work/.chosen"; fi
touch "$work/.recorded"
[ ! -f "$file" ] || cp "$file" "$work/.recorded"
for name in $(grep -vxFf "$work/.all" "$work/.chosen"); do die "there is no case '$name'"; done
present=$(toolchain)
before=$(sed -n 's/^# With //p' "$work/.recorded")
if [ "$before" != "$present" ]; then
  ! $record || [ $# -eq 0 ] || die "the other cases were recorded with $before; record all of them anew"
  $record || say "recorded with ${before:-nothing}; this is $present"
fi

# A case that fails leaves no count, which is said below.
xargs -P 2 -I{} bash -c 'count "$1"' count {} <"$work/.chosen" || true

recorded() { awk -v name="$1" '$1 == name { print $2 }' "$work/.recorded"; }
faults=()
# fault CASE WHAT
fault() {
  say "$*"
  faults+=("$1")
}

# One case's count beside the recorded one.
compare() {
  local now old line
  now=$(cat "$work/$1")
  old=$(recorded "$1")
  if [ -z "$old" ]; then
    fault "$1" "executes $now instructions, none are recorded"
    return
  fi
  line="executes $now instructions, recorded are $old: $(awk "BEGIN { printf \"%+.2f %%\", 100 * ($now / $old - 1) }")"
  if ((100 * now > 103 * old)); then
    fault "$1" "$line"
  elif ((100 * now < 97 * old)); then
    say "$1 $line; record it"
  else
    echo "$1 $line"
  fi
}

while read -r name; do
  if [ ! -s "$work/$name" ]; then
    fault "$name" "was not counted"
  elif ! $record; then
    compare "$name"
  fi
done <"$work/.chosen"
if [ $# -eq 0 ] && ! $record; then
  for name in $(awk '!/^#/ { print $1 }' "$work/.recorded" | grep -vxFf "$work/.all"); do
    fault "$name" "is recorded, but there is no such case"
  done
fi
[ ${#faults[@]} -eq 0 ] || die "failed: ${faults[*]}"

if $record; then
  {
    echo "# Instructions that each case executes; written by Benchmarks/guard.sh --record."
    echo "# With $present"
    while read -r name; do
      now=$(cat "$work/$name" 2>/dev/null || recorded "$name")
      [ -z "$now" ] || echo "$name $now"
    done <"$work/.all"
  } >"$file.new"
  mv "$file.new" "$file"
  say "recorded $(wc -l <"$work/.chosen") cases"
fi
