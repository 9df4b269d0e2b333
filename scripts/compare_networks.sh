#!/usr/bin/env bash
# Holds `colonnade run` against torchvision, on the files of `python -m goldens weights`:
#   scripts/compare_networks.sh DIR [NETWORK…]
# Writes DIR where it is empty. PYTHON names a Python that has scripts/requirements.txt; where it is not given, a
# virtual environment is made for it in .venv/.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
directory=${1:?usage: compare_networks.sh DIR [NETWORK…]}
shift
networks=("$@")
[ ${#networks[@]} -gt 0 ] || networks=(alexnet vgg16 googlenet resnet50 squeezenet1_1)

if [ -z "${PYTHON:-}" ]; then
  PYTHON=$root/.venv/bin/python
  if [ ! -x "$PYTHON" ]; then
    python3 -m venv "$root/.venv"
    "$PYTHON" -m pip install --quiet -r "$root/scripts/requirements.txt"
  fi
fi

missing=()
for network in "${networks[@]}"; do
  [ -f "$directory/${network}_io.safetensors" ] || missing+=("$network")
done
if [ ${#missing[@]} -gt 0 ]; then
  PYTHONPATH=$root/scripts "$PYTHON" -m goldens weights "$directory" "${missing[@]}"
fi

"$root/scripts/setup.sh"
colonnade=${COLONNADE:-}
if [ -z "$colonnade" ]; then
  swift build --package-path "$root" -c release --product colonnade
  colonnade=$(swift build --package-path "$root" -c release --show-bin-path)/colonnade
fi

outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT
failed=0
for network in "${networks[@]}"; do
  "$colonnade" run --network "$network" --weights "$directory/$network.safetensors" \
    --input "$directory/${network}_io.safetensors" --output "$outputs/$network.safetensors" \
    >"$outputs/log" 2>&1 || {
    printf '%-14s FAIL  colonnade run: %s\n' "$network" "$(tail -n 1 "$outputs/log")"
    failed=$((failed + 1))
    continue
  }
  "$PYTHON" "$root/scripts/compare_logits.py" "$network" \
    "$directory/${network}_io.safetensors" "$outputs/$network.safetensors" || failed=$((failed + 1))
done
echo "$((${#networks[@]} - failed)) of ${#networks[@]} networks agree with torchvision"
[ "$failed" -eq 0 ]
