#!/usr/bin/env bash
# Checks that tools/run and tools/test work on a bare Debian 12: makes a minimal system in a temporary folder, clones this
# repository's HEAD into it and runs both commands there. Packages come from the sources of this machine's apt.
# shellcheck disable=SC2317  # functions that trap and timed call
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

usage() {
  cat <<'HELP'
tools/check_fresh.sh          needs root, debootstrap, git, and about 3 GB in TMPDIR
tools/check_fresh.sh --keep   keeps the system and prints its path
HELP
}
keep=no
case ${1-} in
  '') ;;
  --keep) keep=yes ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac
((EUID == 0)) || die "needs root: debootstrap and chroot"
command -v debootstrap >/dev/null || die "needs debootstrap: apt-get install debootstrap"

# In a mount namespace of its own every mount disappears with this process, however it ends.
if [[ ${SPARSIGHT_OWN_MOUNTS-} != yes ]]; then
  SPARSIGHT_OWN_MOUNTS=yes exec unshare --mount --propagation private "$0" "$@"
fi

suite=bookworm
sources=$(apt-get indextargets --format "deb \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' |
  awk -v suite=$suite '$3 == suite || $3 == suite "-updates" || $3 == suite "-security"' | sort -u)
mirror=$(awk -v suite=$suite '$3 == suite {print $2; exit}' <<<"$sources")
[[ -n $mirror ]] || die "apt knows no source of $suite here"
settings=$(apt-config dump | grep -E '^Acquire::(http|https|Check-Valid-Until|Check-Date|Retries|Languages)\b' || true)
for scheme in http https; do
  variable=${scheme}_proxy proxy=
  eval "$(apt-config shell proxy "Acquire::$scheme::Proxy")"
  if [[ -n $proxy && $proxy != DIRECT && -z ${!variable-} ]]; then export "$variable=$proxy"; fi
done

place='/srv/a place with spaces'
system=$(mktemp -d "${TMPDIR:-/tmp}/sparsight-fresh-XXXXXX")
finish() {
  local status=$?
  umount "$system/proc" "$system/sys" 2>/dev/null || true
  if [[ $keep == yes ]]; then
    say "Kept: $system"
  elif mountpoint -q "$system/proc" || mountpoint -q "$system/sys"; then
    say "Still mounted, not removed: $system"
  else
    rm -rf --one-file-system "$system"
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

report=()
timed() {
  local name=$1 start=$SECONDS status=0
  shift
  say "== $name"
  "$@" || status=$?
  report+=("$(printf '%-16s %5d s  exit status %d' "$name" $((SECONDS - start)) "$status")")
  return "$status"
}
disk() { report+=("$(printf '%-16s %5d MB' "$1" "$(du -sxm "$system" | cut -f1)")"); }
inside() {
  chroot "$system" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@" </dev/null
}

timed debootstrap debootstrap --variant=minbase --include=ca-certificates "$suite" "$system" "$mirror" >/dev/null ||
  die "debootstrap failed: $system/debootstrap/debootstrap.log (with --keep)"
disk "bare system"

printf '%s\n' "$sources" >"$system/etc/apt/sources.list"
printf '%s\n' "$settings" >"$system/etc/apt/apt.conf.d/90host"
cp -n /etc/apt/trusted.gpg.d/* "$system/etc/apt/trusted.gpg.d/" 2>/dev/null || true
cp -L /etc/resolv.conf /etc/hosts "$system/etc/"
mount -t proc proc "$system/proc"
mount -t sysfs -o ro sysfs "$system/sys"

mkdir -p "$system$place"
git clone --quiet --no-hardlinks "$root" "$system$place/sparsight"
# Copied, not mounted, so that nothing outside the system can be removed or changed.
if [[ -d $root/../shared ]]; then cp -r "$root/../shared" "$system$place/shared"; fi

result=0
timed "tools/run" inside "$place/sparsight/tools/run" || result=1
disk "after tools/run"
timed "tools/run again" inside "$place/sparsight/tools/run" || result=1
timed "tools/test" inside "$place/sparsight/tools/test" || result=1
disk "after tools/test"
printf '%s\n' "== times and disk" "${report[@]}"
exit "$result"
