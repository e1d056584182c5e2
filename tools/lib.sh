# shellcheck shell=bash
# Shared by the scripts of this folder: packages, configuring, building. Sourced, never run; sets `root`, the checkout.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Everything but a program's answer goes to standard error, so that standard output can be piped.
say() { printf '%s\n' "$*" >&2; }
die() {
  say "$(basename "$0"): $*"
  exit 1
}

# show_log LOG LINES: shows after a failure the first ten lines with an error, and the last LINES lines.
show_log() {
  local errors
  errors=$(grep -naE '(^|[^[:alnum:]_])(error|Error|E|ERROR|FAILED|FAIL!?): |fatal error|undefined reference to |CMake Error' "$1" | head -n 10 || true)
  if [[ -n $errors ]] && (($(wc -l <"$1") > $2)); then
    say "Errors, by line of the log:"
    say "$errors"
    say "The end of the log:"
  fi
  tail -n "$2" "$1" >&2
}

# packages_of SECTION...: the names listed in packages.txt.
packages_of() {
  local section
  for section in "$@"; do
    sed -n "/^\[$section\]/,/^\[/p" "$root/tools/packages.txt" | sed -e 's/#.*//' -e '/^\[/d' -e 's/[[:space:]]//g' -e '/^$/d'
  done
}

# The packages named on standard input that are not installed.
missing_packages() {
  local name
  while read -r name; do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
  done
}

# install_packages SECTION...: installs what is missing, or prints the command and stops if it may not.
install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "This is not Debian: assuming that the packages in tools/packages.txt are installed."
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(packages_of "$@" | missing_packages)
  ((${#missing[@]} > 0)) || return 0
  local apt=(apt-get install -y --no-install-recommends "${missing[@]}")
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "missing Debian packages. As root, run:
  apt-get update && ${apt[*]}"
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! {
    { fresh_package_lists || "${as_root[@]}" apt-get update -q; } &&
      { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${apt[@]}" -q ||
        # The lists may name versions that the mirror has since replaced.
        { "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${apt[@]}" -q; }; }
  } >"$log" 2>&1 </dev/null; then
    show_log "$log" 30
    rm -f "$log"
    die "apt-get failed. The command was:
  ${as_root[*]:+sudo }${apt[*]}"
  fi
  rm -f "$log"
}

# Whether the package lists of apt are less than a day old.
fresh_package_lists() {
  [[ -n $(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 -print -quit 2>/dev/null) ]]
}

# build PRESET [cmake --build arguments]: configures where needed and builds; output in build/PRESET/build.log.
build() {
  local preset=$1 dir=$root/build/$1
  shift
  local log=$dir/build.log cache=$dir/CMakeCache.txt configure=()
  mkdir -p "$dir"
  if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
    configure=(cmake --fresh --preset "$preset")
  elif [[ ! -f $dir/build.ninja || $root/CMakePresets.json -nt $dir/build.ninja ]]; then
    configure=(cmake --preset "$preset")
  fi
  say "Building (log: build/$preset/build.log)"
  if ! (
    cd "$root"
    if ((${#configure[@]} > 0)); then "${configure[@]}" || exit; fi
    cmake --build "build/$preset" "$@"
  ) >"$log" 2>&1 </dev/null; then
    show_log "$log" 40
    say "The build failed: build/$preset/build.log"
    return 1
  fi
}

# start_display: sets DISPLAY to an X server of our own, which ends with this script, unless there is a display.
start_display() {
  [[ -z ${DISPLAY-} ]] || return 0
  local number=""
  exec {display_fd}< <(exec Xvfb -displayfd 1 -screen 0 1440x900x24 -nolisten tcp 2>/dev/null)
  # shellcheck disable=SC2064  # the process of now
  trap "kill $! 2>/dev/null || true" EXIT
  read -r -t 60 number <&"$display_fd" || true
  [[ -n $number ]] || { say "Xvfb did not start" && return 1; }
  export DISPLAY=:$number
}
