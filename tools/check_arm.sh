#!/usr/bin/env bash
# Builds the kernels for 64-bit ARM and runs their tests in an emulator: on CPUs with i8mm, with dotprod alone, and
# with neither.
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

usage() {
  cat <<'HELP'
tools/check_arm.sh [TEST...]   all tests of the kernels by default, in about five minutes; needs Debian
                               and the packages of [arm] in tools/packages.txt, which it installs as root
HELP
}
case ${1-} in
  -h | --help) usage && exit ;;
  -*) usage >&2 && exit 2 ;;
esac

if ! dpkg --print-foreign-architectures | grep -qx arm64; then
  ((EUID == 0)) || die "needs packages for arm64. As root, run: dpkg --add-architecture arm64 && apt-get update"
  dpkg --add-architecture arm64
  apt-get update -q >&2
fi
install_packages build test arm

cd "$root"
cmake -S . -B build/arm64 -G Ninja -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake -DSPARSIGHT_KERNELS_ONLY=ON -DSPARSIGHT_WERROR=ON >&2
cmake --build build/arm64 >&2
for cpu in max cortex-a76 cortex-a57; do
  say "$cpu:"
  qemu-aarch64 -cpu "$cpu" build/arm64/sparsight_kernel_tests "$@"
done
