#!/usr/bin/env bash
# Installs the command with its completion scripts and its manual page:
#   scripts/install.sh [--binary FILE] PREFIX   installs what is missing and builds; with FILE, that one is installed
#   scripts/install.sh --uninstall PREFIX       takes away what was installed there, and folders that are empty then
# What is built has Swift's own libraries in it where the toolchain has them to link, and needs but the shared libraries of
# setup.sh. Files are put in place by renaming, so that a command that is there is replaced at once or not at all.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { echo "install: $*" >&2; }
die() {
  say "$*"
  exit 1
}
usage() { die "usage: install.sh [--binary FILE] PREFIX, or install.sh --uninstall PREFIX"; }

# Under the prefix; the command last, for it is what one looks for.
files=(
  share/man/man1/colonnade.1
  share/bash-completion/completions/colonnade
  share/zsh/site-functions/_colonnade
  share/fish/vendor_completions.d/colonnade.fish
  bin/colonnade
)

binary='' prefix='' uninstalls=false
while [ $# -gt 0 ]; do
  case $1 in
    --binary)
      [ $# -gt 1 ] || usage
      binary=$2
      shift
      ;;
    --uninstall) uninstalls=true ;;
    -*) usage ;;
    *)
      [ -z "$prefix" ] && [ -n "$1" ] || usage
      prefix=$1
      ;;
  esac
  shift
done
[ -n "$prefix" ] || usage

if $uninstalls; then
  [ -z "$binary" ] || usage
  removed=0
  for file in "${files[@]}"; do
    [ -e "$prefix/$file" ] || [ -L "$prefix/$file" ] || continue
    rm -f "$prefix/$file"
    removed=$((removed + 1))
    folder=$(dirname "$file")
    while [ "$folder" != . ] && rmdir "$prefix/$folder" 2>/dev/null; do folder=$(dirname "$folder"); done
  done
  [ "$removed" -gt 0 ] || die "nothing is installed in $prefix"
  say "removed $removed files from $prefix"
  exit
fi

# Prints the path of a new build.
build() {
  local options=(--package-path "$root" --scratch-path "$root/.build-install" -c release --product colonnade)
  local libraries
  libraries=$(swiftc -static-stdlib -print-target-info | sed -nE 's/.*"runtimeResourcePath": *"(.*)".*/\1/p')
  # Of macOS Swift's libraries are a part.
  if [ "$(uname -s)" = Linux ]; then
    if [ -f "$libraries/linux/libFoundation.a" ]; then
      options+=(--static-swift-stdlib)
    else
      say "this toolchain has no libraries to link: the command will need them where they are now"
    fi
  fi
  swift build "${options[@]}" >&2
  echo "$(swift build "${options[@]}" --show-bin-path)/colonnade"
}

strips=false
if [ -z "$binary" ]; then
  "$root/scripts/setup.sh"
  binary=$(build)
  # A third of it is names for debuggers. (On macOS its signature would go.)
  if [ "$(uname -s)" = Linux ] && command -v strip >/dev/null; then strips=true; fi
fi
[ -f "$binary" ] || die "$binary: no such file"

mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
# On the same disk, for renaming.
stage=$(mktemp -d "$prefix/.colonnade-XXXXXX")
trap 'rm -rf "$stage"' EXIT
for file in "${files[@]}"; do mkdir -p "$stage/$(dirname "$file")"; done

command=$stage/bin/colonnade
cp "$binary" "$command"
if $strips; then strip "$command"; fi
chmod 755 "$command"
version=$("$command" --version) || die "$binary does not run here"
"$command" --generate-completion-script bash >"$stage/share/bash-completion/completions/colonnade"
"$command" --generate-completion-script zsh >"$stage/share/zsh/site-functions/_colonnade"
"$command" --generate-completion-script fish >"$stage/share/fish/vendor_completions.d/colonnade.fish"
"$root/scripts/manual_page.sh" "$command" >"$stage/share/man/man1/colonnade.1"
for file in "${files[@]}"; do [ -s "$stage/$file" ] || die "$file could not be made"; done

for file in "${files[@]}"; do
  mkdir -p "$prefix/$(dirname "$file")"
  mv -f "$stage/$file" "$prefix/$file"
done
say "colonnade $version is $prefix/bin/colonnade"
case :$PATH: in
  *":$prefix/bin:"*) ;;
  *) say "$prefix/bin is not in PATH" ;;
esac
