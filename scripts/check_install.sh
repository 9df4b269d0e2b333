#!/usr/bin/env bash
# Installs into a new folder, hides the folders of builds, and runs from there every example of every --help whose data there
# are: the digits, pictures of this repository, weights that an example before it made, and of COLONNADE_DATA or
# ../shared/data what they have. Then takes away what was installed.
#   scripts/check_install.sh [--binary FILE]   with FILE, that one is installed and nothing is built
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

say() { echo "check_install: $*"; }
die() {
  say "$*" >&2
  exit 1
}

work=$(mktemp -d)
hidden=()
# Where an earlier run was killed, what it hid comes back.
show_builds() {
  local folder
  for folder in "$root"/.build*.hidden; do
    if [ -d "$folder" ] && [ ! -e "${folder%.hidden}" ]; then mv "$folder" "${folder%.hidden}"; fi
  done
}
trap 'show_builds; rm -rf "$work"' EXIT
show_builds

prefix=$work/prefix
scripts/install.sh "$@" "$prefix"
# Once more, over what is there.
scripts/install.sh --binary "$prefix/bin/colonnade" "$prefix" 2>/dev/null
for file in share/man/man1/colonnade.1 share/bash-completion/completions/colonnade \
  share/zsh/site-functions/_colonnade share/fish/vendor_completions.d/colonnade.fish; do
  grep -q evaluate "$prefix/$file" || die "$file does not know the commands"
done
bash -n "$prefix/share/bash-completion/completions/colonnade"
[ -z "$(find "$prefix" -name '.colonnade-*')" ] || die "something is left in $prefix"

for folder in .build .build-install; do [ ! -d "$folder" ] || mv "$folder" "$folder.hidden"; done

# What the examples name and this repository or the shared data have.
mkdir "$work/here"
cd "$work/here"
mkdir runs
ln -s digits runs/demo
ln -s digits runs/photos
cp "$root/Tests/DatasetsTests/Fixtures/jpeg_420.jpg" cat.jpg
cp "$root/Tests/DatasetsTests/Fixtures/jpeg_444.jpg" dog.jpg
cp "$root/Tests/DatasetsTests/Fixtures/png_rgb_8.png" dog.png
ln -s runs/digits/best.safetensors weights.safetensors
ln -s runs/digits/best.safetensors vgg16.safetensors
data=${COLONNADE_DATA:-$root/../shared/data}
for file in "$data"/weights/*; do
  name=$(basename "$file")
  [ ! -f "$file" ] || ln -s "$(realpath "$file")" "${name/%-*.safetensors/.safetensors}" 2>/dev/null || true
done

# A few of the annotated pictures, two in each part.
if [ -d "$data/bccd/Annotations" ]; then
  mkdir -p cells/ImageSets/Main
  for part in Annotations JPEGImages; do ln -s "$(realpath "$data/bccd/$part")" "cells/$part"; done
  for part in train val trainval test; do
    head -n 2 "$data/bccd/ImageSets/Main/$part.txt" >"cells/ImageSets/Main/$part.txt"
  done
fi

# The examples of a --help, each in one line.
examples() {
  sed -n '/^EXAMPLES:/,/^$/p' | sed -e :a -e '/\\$/N; s/ *\\\n */ /; ta' | sed -nE 's/^  (colonnade .*)/\1/p'
}

# What an example reads and is not here.
missing() {
  local word before='' files=0
  set -f
  for word in $1; do
    case $before:$word in
      --output:* | --trace:* | --freeze:*) ;;
      --out:*) [[ $1 != *--resume* ]] || [ -e "$word" ] || echo "$word" ;;
      *:imagenette | *:photos | *:photos/train | *:cells | *:VOC20*) [ -d "$word" ] || echo "$word" ;;
      *:fashion-mnist) echo "$word (a minute's training)" ;;
      *:*.jpg | *:*.png | *:*.pth | *:*.safetensors | *:*.npz | *:*.weights | *:*.cfg | *:*.names | *:runs/*)
        files=$((files + 1))
        # The second file of a conversion is written.
        [[ $1 == "colonnade convert"* && $files -gt 1 ]] || compgen -G "$word" >/dev/null || echo "$word"
        ;;
    esac
    before=$word
  done
  set +f
}

run() { env -i PATH="$prefix/bin:/usr/bin:/bin" HOME="$work" LANG=C.UTF-8 bash -c "$1" >"$work/output" 2>&1; }

colonnade=$prefix/bin/colonnade
ran=0 failed=0
mapfile -t lines < <(
  # As a terminal of the usual width shows them: a line that is broken there cannot be copied.
  export COLUMNS=80
  "$colonnade" --help | examples
  for name in $("$colonnade" --help | sed -nE '/^SUBCOMMANDS:/,$ s/^  ([a-z]+) .*/\1/p'); do
    "$colonnade" help "$name" | examples
  done)
for line in "${lines[@]}"; do
  lacking=$(missing "$line" | tr '\n' ' ')
  if [ -n "$lacking" ]; then
    say "not run, for want of $lacking: $line"
    continue
  fi
  # Of trainings the first epoch; of two options the last counts.
  command=$line
  if [[ $line == "colonnade train"* || $line == "colonnade pretrain"* ]]; then
    if [[ $line == *--resume* ]]; then
      command+=" --epochs 2"
    else
      command+=" --epochs 1"
      out=$(sed -nE 's/.*--out ([^ ]+).*/\1/p' <<<"$line")
      rm -rf "$out"
    fi
  fi
  start=$SECONDS
  if run "$command"; then
    say "ok ($((SECONDS - start)) s): $line"
  else
    say "FAILED: $command" >&2
    tail -n 5 "$work/output" >&2
    failed=$((failed + 1))
  fi
  ran=$((ran + 1))
done
[ "$failed" -eq 0 ] || die "$failed of $ran examples failed"
[ "$ran" -ge 12 ] || die "only $ran examples ran"

cd "$root"
scripts/install.sh --uninstall "$prefix" 2>/dev/null
[ -z "$(find "$prefix" -mindepth 1)" ] || die "uninstalling leaves $(find "$prefix" -mindepth 1 | head -n 3 | xargs)"
say "$ran examples ran from $prefix"
