#!/usr/bin/env bash
# Installs what building needs and this machine lacks, by apt or Homebrew; says nothing where nothing is missing.
#   scripts/setup.sh [--demo | --guard]   with --demo also Fashion-MNIST, with --guard valgrind, where apt has them
set -euo pipefail

libraries=(openblas lapacke libturbojpeg spng zlib libwebp libwebpdemux)

say() { echo "setup: $*" >&2; }
die() {
  say "$*"
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root is needed for: $*"
  fi
}

# Names of the libraries that pkg-config does not find.
missing_libraries() {
  local library
  for library in "${libraries[@]}"; do
    pkg-config --exists "$library" 2>/dev/null || echo "$library"
  done
}

apt_package() {
  case $1 in
    openblas) echo libopenblas-dev ;;
    lapacke) echo liblapacke-dev ;;
    libturbojpeg) echo libturbojpeg0-dev ;;
    spng) echo libspng-dev ;;
    zlib) echo zlib1g-dev ;;
    libwebp | libwebpdemux) echo libwebp-dev ;;
    *) echo "$1" ;;
  esac
}

# The package lists are fetched only where a package is not in those at hand, or can no longer be downloaded.
apt_install() {
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1; then
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  fi
}

install_libraries() {
  local packages=() library
  command -v pkg-config >/dev/null || packages+=(pkg-config)
  if command -v apt-get >/dev/null; then
    for library in $(missing_libraries); do packages+=("$(apt_package "$library")"); done
    if [ ${#packages[@]} -gt 0 ]; then
      say "installing ${packages[*]}"
      apt_install "${packages[@]}"
    fi
  elif command -v brew >/dev/null; then
    # Homebrew's OpenBLAS has LAPACKE in it and is found by its prefix alone.
    PKG_CONFIG_PATH="$(brew --prefix)/opt/openblas/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
    export PKG_CONFIG_PATH
    libraries=(openblas libturbojpeg spng libwebp libwebpdemux)
    if [ ${#packages[@]} -gt 0 ] || [ -n "$(missing_libraries)" ]; then
      say "installing openblas, jpeg-turbo, libspng and webp"
      brew install --quiet pkgconf openblas jpeg-turbo libspng webp
    fi
  fi
  if [ -n "$(missing_libraries)" ]; then
    die "not found by pkg-config: $(missing_libraries | tr '\n' ' ')(install their development packages by hand)"
  fi
}

install_fashion_mnist() {
  [ ! -f /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz ] || return 0
  command -v apt-get >/dev/null || return 0
  say "installing dataset-fashion-mnist"
  apt_install dataset-fashion-mnist || say "dataset-fashion-mnist cannot be had here"
}

install_valgrind() {
  ! command -v valgrind >/dev/null || return 0
  command -v apt-get >/dev/null || return 0
  say "installing valgrind"
  apt_install valgrind || say "valgrind cannot be had here"
}

check_swift() {
  command -v swift >/dev/null || die "Swift 6.1 or later is needed; see https://www.swift.org/install"
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
  [ -n "$version" ] || die "'swift --version' does not tell its version"
  local major=${version% *} minor=${version#* }
  if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 1 ]; }; then
    die "Swift 6.1 or later is needed, this is $major.$minor; see https://www.swift.org/install"
  fi
}

case ${1:-} in
  "" | --demo | --guard) ;;
  *) die "unknown argument $1 (usage: setup.sh [--demo | --guard])" ;;
esac
check_swift
install_libraries
[ "${1:-}" != --demo ] || install_fashion_mnist
[ "${1:-}" != --guard ] || install_valgrind
