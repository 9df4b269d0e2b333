#!/usr/bin/env bash
# Builds every file of Snippets/ as a program of a package outside this one, which depends on a tag of a clone of the last
# commit, and runs it: what the examples use is public, and a dependency builds. Changes that are not committed are left out.
# The package is the clone's Benchmarks, with the examples beside the benchmarks, so that the library is built once for both.
#   scripts/check_snippets.sh [FOLDER]   with FOLDER the clone stays there, as FOLDER/colonnade
#
# Pictures and weights for the examples that take arguments are looked for in COLONNADE_DATA or ../shared/data; an example
# whose data are missing is built alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clone=$(realpath "${1:-$work}")/colonnade
version=99.0.0
git clone --quiet . "$clone"
git -C "$clone" tag "$version"

data=${COLONNADE_DATA:-../shared/data}
data=$(cd "$data" 2>/dev/null && pwd || true)

package=$clone/Benchmarks
names=()
for file in "$clone"/Snippets/*.swift; do
  name=$(basename "$file" .swift)
  names+=("$name")
  mkdir "$package/Sources/$name"
  cp "$file" "$package/Sources/$name/main.swift"
done
dependency='.package(name: "colonnade", path: "..")'
grep -qF "$dependency" "$package/Package.swift"
sed -i.before "s|$dependency|.package(url: \"file://$clone\", exact: \"$version\")|" "$package/Package.swift"
for name in "${names[@]}"; do
  echo "package.targets.append(.executableTarget(name: \"$name\", dependencies: [colonnade]))"
done >>"$package/Package.swift"

swift build -c release --package-path "$package"

# Some pictures of the first classes of a data set, as links: 16 of two classes to train on and 8 to measure by.
few_pictures() {
  local part class count
  [ -d "$1/train" ] && [ -d "$1/val" ] || return 1
  for part in train val; do
    count=$([ "$part" = train ] && echo 8 || echo 4)
    for class in $(ls "$1/$part" | head -n 2); do
      mkdir -p "$2/$part/$class"
      find "$1/$part/$class" -type f | sort | head -n "$count" | xargs -I{} ln -s {} "$2/$part/$class/"
    done
  done
}

# A few annotated pictures of a data set in Pascal VOC's format, as links.
few_annotated() {
  local part id
  [ -d "$1/Annotations" ] || return 1
  mkdir -p "$2/ImageSets/Main" "$2/Annotations" "$2/JPEGImages"
  for part in train val; do
    head -n 8 "$1/ImageSets/Main/$part.txt" >"$2/ImageSets/Main/$part.txt"
    while read -r id _; do
      ln -s "$1/Annotations/$id.xml" "$2/Annotations/"
      ln -s "$1/JPEGImages/$id.jpg" "$2/JPEGImages/"
    done <"$2/ImageSets/Main/$part.txt"
  done
}

# The arguments that an example takes; fails where they are not there.
arguments() {
  case $1 in
    Classify)
      set -- "$data"/weights/squeezenet1_1*
      [ -f "$1" ] && [ -f "$data/pictures/dog.jpg" ] && echo "$1 $data/pictures/dog.jpg"
      ;;
    FineTune)
      set -- "$data"/weights/squeezenet1_1*.safetensors
      [ -f "$1" ] && few_pictures "$data/imagenette" "$work/pictures" && echo "$1 $work/pictures"
      ;;
    FindObjects)
      set -- "$data"/weights/mobilenet_v2/*.pth
      [ -f "$1" ] && few_annotated "$data/bccd" "$work/annotated" && echo "$1 $work/annotated"
      ;;
  esac
}

mkdir "$work/run"
for name in "${names[@]}"; do
  if ! given=$(arguments "$name"); then
    echo "snippets: $name is built but not run: its data are not in ${data:-../shared/data}"
    continue
  fi
  echo "snippets: $name"
  # shellcheck disable=SC2086 # words
  (cd "$work/run" && "$package/.build/release/$name" $given) || {
    echo "snippets: $name failed" >&2
    exit 1
  }
done
