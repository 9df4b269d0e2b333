#!/usr/bin/env bash
# Trains four detectors on BCCD, measures them on its test set, compresses Fast R-CNN's head, and sweeps λ:
#   Reports/bccd/run.sh FOLDER [yolo|faster|fast|compressed|rcnn|lambda ...]
# FOLDER gets a run's folder for each, what the commands said, and NAME.json with the test set's measures. COLONNADE_DATA names
# the folder that has bccd/ and weights/ (default: ../shared/data), COLONNADE the command (default: the release build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

out=${1:?a folder for the runs}
shift
if [ $# = 0 ]; then set -- yolo faster fast compressed rcnn lambda; fi
data=${COLONNADE_DATA:-../shared/data}
command=${COLONNADE:-.build/release/colonnade}
mobilenet=$data/weights/mobilenet_v2/mobilenet_v2-b0353104.pth
squeezenet=$data/weights/squeezenet1_1.safetensors
mkdir -p "$out"

# run NAME OPTIONS…: trains on the split train, keeps the best epoch by mAP on val, measures on test.
run() {
  local name=$1
  shift
  local start=$SECONDS
  "$command" train "$data/bccd" --out "$out/$name" --seed 0 "$@" 2>&1 | tee "$out/$name.txt"
  echo "$name: trained in $((SECONDS - start)) s" | tee -a "$out/$name.txt"
  "$command" evaluate "$data/bccd" --part test --weights "$out/$name/best.safetensors" --json >"$out/$name.json"
}

for name in "$@"; do
  case $name in
    yolo) run yolo --network yolo-mobilenet_v2 --weights "$mobilenet" --epochs 14 ;;
    faster) run faster --network fasterrcnn_mobilenet_v2 --weights "$mobilenet" --size 480 --epochs 10 ;;
    fast) run fast --network fastrcnn_mobilenet_v2 --weights "$mobilenet" --size 480 --epochs 10 ;;
    rcnn) run rcnn --network rcnn_squeezenet1_1 --weights "$squeezenet" ;;
    compressed) # of what fast has trained
      for rank in 0 256 64 16; do
        options=(--part test --weights "$out/fast/best.safetensors" --json)
        if [ "$rank" != 0 ]; then options+=(--compress-fc "$rank"); fi
        start=$SECONDS
        "$command" evaluate "$data/bccd" "${options[@]}" >"$out/fast-$rank.json"
        echo "fast-$rank: measured in $((SECONDS - start)) s" | tee "$out/fast-$rank.txt"
      done
      ;;
    lambda)
      for lambda in 0 0.5 1 2 5; do
        run "lambda-$lambda" --network fasterrcnn_mobilenet_v2 --weights "$mobilenet" --size 240 --epochs 5 --lambda "$lambda"
      done
      ;;
    *)
      echo "run.sh: there is no run '$name'" >&2
      exit 64
      ;;
  esac
done
