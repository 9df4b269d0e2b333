#!/usr/bin/env bash
# Trains networks from fixed seeds and holds their accuracy against the floors in Tests/floors.md. Not a part of CI.
#   scripts/regress.sh [--update] [--keep DIR] [NAME…]
# NAME is a job of the table; the default is all of them. --update writes what was measured into the table, where the
# floor held; --keep leaves the runs in DIR, which must not exist, for 'colonnade report'.
# The exit status is 1 where a floor was missed, or could not be measured.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
floors=$root/Tests/floors.md
shared=${COLONNADE_DATA:-$root/../shared/data}

die() {
  echo "regress: $*" >&2
  exit 2
}

# Sets what a job trains on (data), the options of 'colonnade train' (recipe), and the files it needs (needs).
job() {
  case $1 in
    squeezenet)
      # Of ImageNet's weights, whose rows for the ten classes are where the output layer begins.
      data=$shared/imagenette
      needs=("$data/val" "$shared/weights/squeezenet1_1.safetensors")
      recipe=(--network squeezenet1_1 --weights "${needs[1]}" --epochs 5 --batch 32 --weight-decay 0.0001
        --augment flip)
      ;;
    imagenette)
      data=$shared/imagenette
      needs=("$data/val")
      recipe=(--network resnet18 --size 128 --epochs 12 --batch 32 --learning-rate 0.02 --warm-up 1
        --augment crop --label-smoothing 0.1)
      ;;
    digits)
      data=digits
      needs=()
      recipe=(--network resnet20 --size 16 --epochs 20 --batch 32 --learning-rate 0.1 --warm-up 1
        --weight-decay 0.002 --augment shift --label-smoothing 0.05)
      ;;
    fashion)
      data=fashion-mnist
      needs=(/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz)
      recipe=(--network resnet20 --epochs 12 --batch 128 --learning-rate 0.1 --warm-up 1 --augment crop)
      ;;
    *) die "there is no job $1; jobs: $(names | xargs)" ;;
  esac
}

# The table's rows as 'name floor', and a name's floor in per cent.
rows() { sed -nE 's/^\| ([a-z0-9_]+) \| ([0-9.]+) % \|.*/\1 \2/p' "$floors"; }
names() { rows | cut -d ' ' -f 1; }
floor_of() { rows | sed -n "s/^$1 //p"; }

# Writes the last two columns of a row.
update() {
  sed -E "s/^(\| $1 \| [0-9.]+ % \|).*/\1 $2 % | $3 |/" "$floors" >"$runs/floors.md"
  cat "$runs/floors.md" >"$floors"
}

updates=false keep='' selected=()
while [ $# -gt 0 ]; do
  case $1 in
    --update) updates=true ;;
    --keep)
      keep=${2:?--keep needs a folder}
      shift
      ;;
    -*) die "unknown option $1 (usage: regress.sh [--update] [--keep DIR] [NAME…])" ;;
    *) selected+=("$1") ;;
  esac
  shift
done
[ ${#selected[@]} -gt 0 ] || read -ra selected <<<"$(names | xargs)"
for name in "${selected[@]}"; do job "$name"; done

if [ -n "$keep" ]; then
  [ ! -e "$keep" ] || die "$keep exists; name a folder that does not"
  runs=$keep
  mkdir -p "$runs"
else
  runs=$(mktemp -d)
  trap 'rm -rf "$runs"' EXIT
fi

"$root/scripts/setup.sh"
swift build --package-path "$root" -c release --product colonnade
colonnade=$(swift build --package-path "$root" -c release --product colonnade --show-bin-path)/colonnade

missed=0 table=()
for name in "${selected[@]}"; do
  job "$name"
  floor=$(floor_of "$name") measured=– seconds=– ok=no
  printf '\n== %s\n' "$name"
  missing=''
  for file in ${needs[@]+"${needs[@]}"}; do
    [ -e "$file" ] || missing=$file
  done
  start=$SECONDS
  if [ -n "$missing" ]; then
    echo "regress: $name: $missing is missing" >&2
  elif "$colonnade" train "$data" "${recipe[@]}" --seed 1 --out "$runs/$name" \
    && "$colonnade" evaluate "$data" --weights "$runs/$name/last.safetensors" --json >"$runs/$name.json"; then
    seconds=$((SECONDS - start))
    measured=$(sed -nE 's/^ *"top1" : ([0-9.e-]+),?$/\1/p' "$runs/$name.json" | awk '{ printf "%.2f", 100 * $1 }')
    if awk "BEGIN { exit !($measured >= $floor) }"; then ok=yes; fi
  fi
  if [ $ok = no ]; then
    missed=1
  elif $updates; then
    update "$name" "$measured" "$seconds"
  fi
  table+=("$name | $floor | $measured | $seconds | $ok")
done

printf '\nname | floor %% | measured %% | seconds | ok\n'
printf '%s\n' "${table[@]}"
exit "$missed"
