#!/usr/bin/env bash
# From a clean clone to a trained network in a few minutes: installs what is missing, builds, trains a small ResNet on
# Fashion-MNIST (on the handwritten digits where that cannot be had), evaluates it, classifies a few pictures and
# writes a report.
#   scripts/demo.sh [DIR]   DIR, which must not exist, takes what is written; the default is a new folder in runs/
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
run=${1:-$root/runs/demo-$(date +%Y%m%d-%H%M%S)}
if [ -e "$run" ]; then
  echo "demo: $run exists; name a folder that does not" >&2
  exit 1
fi

step() { printf '\n== %s\n' "$*"; }

step "Setup"
"$root/scripts/setup.sh" --demo

step "Build"
swift build --package-path "$root" -c release --product colonnade
colonnade=$(swift build --package-path "$root" -c release --product colonnade --show-bin-path)/colonnade

fashion=/usr/share/datasets/fashion-mnist
if [ -f "$fashion/train-images-idx3-ubyte.gz" ]; then
  data=$fashion
  pictures=("$root"/scripts/demo-pictures/fashion-*.png)
  recipe=(--epochs 2 --batch 128 --learning-rate 0.1)
else
  data=digits
  pictures=("$root"/scripts/demo-pictures/digit-*.png)
  recipe=(--epochs 40 --batch 64 --learning-rate 0.1)
fi

step "Train resnet20 on $data: about two minutes on two cores"
mkdir -p "$(dirname "$run")"
"$colonnade" train "$data" --network resnet20 --out "$run" --optimizer sgd --schedule cosine \
  --weight-decay 0.0005 --seed 1 "${recipe[@]}"

step "Evaluate on the test pictures"
"$colonnade" evaluate "$data" --network resnet20 --weights "$run/best.safetensors"

step "Classify ${#pictures[@]} of them"
"$colonnade" classify "${pictures[@]}" --network resnet20 --weights "$run/best.safetensors" --top 3

step "Report"
"$colonnade" report "$run" --out "$run/report.html"
echo "Everything is in $run; open $run/report.html in a browser."
