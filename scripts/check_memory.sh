#!/usr/bin/env bash
# Trains and watches the memory of the process: it must be flat. Not a part of CI; a minute or two.
#   scripts/check_memory.sh [--binary FILE] [EPOCHS [DATA [OPTIONS OF 'colonnade train'…]]]
# With --binary that command is run, else it is built. The default is 50 epochs of ResNet-20 on the digits. Of each epoch the
# most resident memory and the fewest open files and threads are kept, of some twenty looks a second: a checkpoint's file is
# open for a moment, one that leaked for good. The exit status is 1 where the last ten epochs had more than 3 % and 2 MiB above
# epochs 6 to 15 (the first ones fill the pools), or where their fewest files or threads were more.
# Needs Linux.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

die() {
  echo "check_memory: $*" >&2
  exit 2
}

colonnade=
if [ "${1:-}" = --binary ]; then
  colonnade=$(realpath "${2:?--binary FILE}")
  shift 2
fi
epochs=${1:-50} data=${2:-digits}
shift $(($# < 2 ? $# : 2))
[[ $epochs =~ ^[0-9]+$ ]] && [ "$epochs" -ge 25 ] || die "at least 25 epochs are needed to compare their ends"
[ -r /proc/self/status ] || die "only Linux says how much memory a process has"
[ $# -gt 0 ] || set -- --network resnet20 --batch 32 --augment shift

if [ -z "$colonnade" ]; then
  "$root/scripts/setup.sh"
  swift build --package-path "$root" -c release --product colonnade
  colonnade=$(swift build --package-path "$root" -c release --product colonnade --show-bin-path)/colonnade
fi

work=$(mktemp -d)
trap 'kill "${process:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
"$colonnade" train "$data" "$@" --epochs "$epochs" --seed 1 --out "$work/run" >"$work/output" 2>&1 &
process=$!

# A line a look: the epoch that is under way, KiB resident, open files, threads.
while kill -0 "$process" 2>/dev/null; do
  finished=$( (wc -l <"$work/run/log.jsonl") 2>/dev/null || echo 0)
  status=$(cat "/proc/$process/status" 2>/dev/null || true)
  resident=$(sed -nE 's/^VmRSS:\s*([0-9]+) kB/\1/p' <<<"$status")
  threads=$(sed -nE 's/^Threads:\s*([0-9]+)/\1/p' <<<"$status")
  files=$( (ls "/proc/$process/fd" 2>/dev/null || true) | wc -l)
  if [ -n "$resident" ] && [ "$files" -gt 0 ]; then echo "$((finished + 1)) $resident $files $threads"; fi
  sleep 0.05
done >"$work/looks"
wait "$process" || { cat "$work/output" >&2; die "the training failed"; }

awk -v last="$epochs" '
  function most(from, to,   epoch, value) {
    for (epoch = from; epoch <= to; epoch++) if (memory[epoch] > value) value = memory[epoch]
    return value + 0
  }
  function fewest(counts, from, to,   epoch, value) {
    for (epoch = from; epoch <= to; epoch++) if (epoch in counts && (!value || counts[epoch] < value)) value = counts[epoch]
    return value + 0
  }
  {
    looks++
    if ($2 > memory[$1]) memory[$1] = $2
    if (!files[$1] || $3 < files[$1]) files[$1] = $3
    if (!threads[$1] || $4 < threads[$1]) threads[$1] = $4
  }
  END {
    for (epoch = 1; epoch <= last; epoch++) {
      if (epoch == 1 || epoch % 10 == 0)
        printf "epoch %3d: %6.1f MiB, %d files, %d threads\n", epoch, memory[epoch] / 1024, files[epoch], threads[epoch]
    }
    early = most(6, 15); late = most(last - 9, last)
    if (!early || !late) { print "check_memory: the epochs were too short to look at"; exit 2 }
    early_files = fewest(files, 6, 15); late_files = fewest(files, last - 9, last)
    early_threads = fewest(threads, 6, 15); late_threads = fewest(threads, last - 9, last)
    grown = late > 1.03 * early + 2048 || late_files > early_files || late_threads > early_threads
    printf "%d looks; epochs 6 to 15: %.1f MiB, %d files, %d threads; %d to %d: %.1f MiB, %d files, %d threads: %s\n", \
      looks, early / 1024, early_files, early_threads, last - 9, last, late / 1024, late_files, late_threads, \
      grown ? "NOT FLAT" : "flat"
    exit grown
  }' "$work/looks"
