#!/usr/bin/env bash
# Does the studies of this folder again:
#   Reports/studies/run.sh FOLDER [STUDY ...]
# FOLDER gets of each its page, what it prints for programs, and its runs: a study that was stopped goes on where it was.
# COLONNADE_DATA names the folder that has imagenette/ and weights/ (default: ../shared/data), COLONNADE the command (default:
# the release build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

out=${1:?a folder for the runs}
shift
if [ $# = 0 ]; then
  set -- error inference batchnorm baseline robustness augmentation depth bias transfer selfsupervision
fi
data=$(realpath "${COLONNADE_DATA:-../shared/data}")
command=$(realpath "${COLONNADE:-.build/release/colonnade}")

# Pages tell their command, so paths are short.
mkdir -p "$out"
cd "$out"
ln -sfn "$data/imagenette" imagenette
ln -sfn "$data/weights" weights
for study in "$@"; do
  case $study in
    error) options=(--budget 5 --weights weights) ;;
    inference) options=(--budget 5) ;;
    baseline) options=(--epochs 60 --seeds 1,2,3 --size 64 --weights weights) ;;
    robustness) options=(--budget 20 --weights weights) ;;
    batchnorm) options=(--budget 20 --size 32) ;;
    bias) options=(--epochs 40 --size 32) ;;
    augmentation) options=(--budget 60 --size 32) ;;
    depth) options=(--budget 60) ;;
    transfer) options=(--epochs 4 --size 128 --weights weights) ;;
    selfsupervision) options=(--budget 60) ;;
    *)
      echo "run.sh: there is no study '$study'" >&2
      exit 64
      ;;
  esac
  "$command" reproduce "$study" --data imagenette "${options[@]}" --out "$study.html" --json >"$study.json.new"
  mv "$study.json.new" "$study.json"
done
