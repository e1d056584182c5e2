#!/usr/bin/env bash
# Compares SmolVLM2 on Sparsight with PyTorch and llama.cpp on this machine: the first word about a video, and tokens after it.
set -euo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

usage() {
  cat <<'HELP'
tools/bench_families.sh [--dir DIR] [--build DIR] [--shape NAME] [--rounds N] [--threads N]

  --dir DIR     keep the peers and their model there (7 GB), and reuse what is there; by default they are made in a
                temporary folder, which takes a quarter of an hour, and removed at the end
  --build DIR   folder of sparsight_bench; default: build/release, built first
  --shape NAME  smolvlm2-256m, smolvlm2-500m (default) or smolvlm2-2.2b
  --rounds N    turns that each program takes; default 3, which take ten minutes for the default shape. Figures are medians
  --threads N   threads of each program; default: as many as there are cores

  tools/bench_families.sh --dir ~/.cache/sparsight-families >table.md

Each program has random weights of the shape. PyTorch with transformers, in float32 and in bfloat16, and `sparsight_bench
first-word` encode 8 frames, read 68 more tokens and compute the first word's logits. llama.cpp's Q8_0 and `sparsight_bench
generate` generate 64 tokens after 600. The table goes to standard output, progress to standard error. On a busy machine
llama.cpp waits for its threads far longer than the others do: let nothing else run. Needs Debian's packages of tools/run,
Python 3 with venv, PyPI. PyTorch is what PyPI has; llama.cpp is built from the source in PyPI's llama-cpp-python, for this CPU.
HELP
}

dir='' build_dir='' shape=smolvlm2-500m arguments=()
while (($# > 0)); do
  case $1 in
  -h | --help) usage && exit ;;
  --dir) dir=${2:?--dir wants a folder} && shift 2 ;;
  --build) build_dir=${2:?--build wants a folder} && shift 2 ;;
  --shape) shape=${2:?--shape wants a name} && shift 2 ;;
  --rounds | --threads) arguments+=("$1" "${2:?$1 needs a value}") && shift 2 ;;
  *) die "$1: unknown option; --help lists them" ;;
  esac
done
[[ $shape == smolvlm2-* && -e $root/resources/shapes/$shape.json ]] || die "--shape $shape: not a shape of SmolVLM2"

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

if [[ ! -x $dir/venv/bin/python ]]; then
  say "installing PyTorch, transformers and llama.cpp into $dir (log: $dir/peers.log)"
  python3 -m venv "$dir/new"
  CMAKE_ARGS=-DGGML_NATIVE=ON "$dir/new/bin/pip" install --no-cache-dir --no-binary llama-cpp-python torch torchvision transformers \
    numpy pillow gguf llama-cpp-python >"$dir/peers.log" 2>&1 || { tail -n 30 "$dir/peers.log" >&2 && die "no peers"; }
  mv "$dir/new" "$dir/venv"
fi
python=("$dir/venv/bin/python" "$root/tools/bench_families.py")
[[ -e $dir/$shape-Q8_0.gguf ]] || "${python[@]}" gguf --dir "$dir" --shape "$shape"
"${python[@]}" compare --dir "$dir" --build "$build_dir" --shape "$shape" "${arguments[@]}"
